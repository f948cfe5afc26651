"""Images: their order, their kinds, and those that cannot be read."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avce.app.sources import images, open_source
from avce.app.sources.base import Frame, Source
from avce.app.sources.images import ImagesSource, load_image
from avce.model.errors import InputError

from ..videos import numbered_frame, write_images


def some(source: Source, count: int = 8) -> list[Frame]:
    """The first frames of an open source."""
    frames = (source.read() for _ in range(count))
    return [frame for frame in frames if frame is not None]


def test_images_come_in_natural_order_one_a_second(tmp_path: Path) -> None:
    for name in ("b10.png", "b9.png", "a.JPG", "notes.txt", ".hidden.png"):
        if name.endswith("txt"):
            (tmp_path / name).write_text("no image")
        else:
            Image.fromarray(numbered_frame(1)).save(tmp_path / name)
    with ImagesSource(tmp_path) as source:
        frames = some(source)
        assert source.duration == 3.0
    assert [frame.name for frame in frames] == ["a.JPG", "b9.png", "b10.png"]
    assert [frame.timestamp for frame in frames] == [0.0, 1.0, 2.0]


def test_damaged_images_are_left_out_and_listed(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "faces")
    whole = (folder / "face2.png").read_bytes()
    (folder / "face0.png").write_text("not an image at all")
    (folder / "face2.png").write_bytes(whole[: len(whole) // 2])
    with ImagesSource(folder) as source:
        frames = some(source)
        assert source.skipped == ("face0.png", "face2.png")
    assert [(frame.name, frame.timestamp) for frame in frames] == [("face1.png", 1.0)]


def test_a_folder_in_which_no_image_can_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no")
    with ImagesSource(tmp_path, loop=True) as source, pytest.raises(InputError, match=r"a\.png"):
        source.read()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_upright(orientation: int, tmp_path: Path) -> None:
    """The red patch comes out upper left, by the table of the EXIF standard (tag 0x0112)."""
    turn = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(turn(numbered_frame(5))))
    stored.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(load_image(tmp_path / "a.png"), numbered_frame(5))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "tif"])
def test_every_kind_of_image_is_read(suffix: str, tmp_path: Path) -> None:
    Image.fromarray(np.full((48, 64, 3), 90, np.uint8)).save(tmp_path / f"a.{suffix}")
    with open_source(str(tmp_path / f"a.{suffix}")) as source:
        (frame,) = some(source)
    assert frame.rgb.shape == (48, 64, 3)
    assert np.abs(frame.rgb.astype(int) - 90).max() <= 2


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.full((4, 4), 7, np.uint8), [7, 7, 7]),
        (np.full((4, 4), 7 * 257, np.uint16), [7, 7, 7]),
        (np.full((4, 4, 4), (10, 20, 30, 255), np.uint8), [10, 20, 30]),
        (np.full((4, 4, 4), (10, 20, 30, 0), np.uint8), [255, 255, 255]),
    ],
    ids=["grey", "16 bits", "opaque", "transparent"],
)
def test_grey_and_transparent_images_become_rgb(
    pixels: np.ndarray, expected: list[int], tmp_path: Path
) -> None:
    Image.fromarray(pixels).save(tmp_path / "a.png")
    rgb = load_image(tmp_path / "a.png")
    assert rgb.shape == (4, 4, 3)
    assert rgb[2, 2].tolist() == expected


@pytest.mark.parametrize(("loop", "sought"), [(False, 2.0), (True, 4.0)])
def test_a_folder_of_images_supports_seeking(loop: bool, sought: float, tmp_path: Path) -> None:
    with ImagesSource(write_images(tmp_path / "faces"), loop=loop) as source:
        some(source, 2)
        source.seek(4.2)
        frame = source.read()
    assert frame is not None
    assert (frame.index, frame.timestamp) == (sought, sought)


@pytest.mark.parametrize("size", [(32_767, 4), (4, 40_000), (12_000, 9_000)])
def test_an_image_that_is_too_large_is_refused_before_it_is_decoded(
    size: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "large.png"
    if size[0] * size[1] < 1_000_000:
        Image.new("L", size).save(path)
    else:
        # The header alone: nothing of it may be decoded.
        Image.new("L", (1, 1)).save(path)
        data = bytearray(path.read_bytes())
        data[16:24] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
        data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
        path.write_bytes(data)
    with pytest.raises(InputError, match=f"{size[0]} x {size[1]} pixels are too many"):
        load_image(path)


def test_heic_is_refused_with_the_way_to_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_reads_heic", lambda: False)
    path = tmp_path / "phone.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200))
    with pytest.raises(InputError, match="pip install pillow-heif"):
        load_image(path)
    write_images(tmp_path, 2)
    with open_source(tmp_path) as source:
        assert len(some(source)) == 2
        assert source.skipped == ("phone.heic",)


def test_what_else_is_in_a_folder_is_named(tmp_path: Path) -> None:
    write_images(tmp_path, 1)
    (tmp_path / "labels.csv").write_text("a,b")
    (tmp_path / "clip.mp4").write_bytes(b"")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "sub-01.png").symlink_to(".git/annex/objects/gone.png")
    with open_source(tmp_path) as source:
        some(source)
        assert source.left_out == ("clip.mp4 (a video)", "deeper (a folder)", "labels.csv")
        assert source.skipped == ("sub-01.png",)


def test_a_folder_of_videos_says_what_to_do_with_it(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"")
    with pytest.raises(InputError, match="avce-live batch"):
        open_source(tmp_path)
