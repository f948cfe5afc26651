"""What demuxers do not say: a second recording behind the first, a missing index, a cut packet."""

from __future__ import annotations

from pathlib import Path

import pytest

from avce.app.sources.video import VideoSource
from avce.model.errors import InputError

from ..videos import write_recorder, write_video

CODECS = {"webm": "libvpx-vp9", "mpg": "mpeg2video", "avi": "mpeg4", "ogv": "libvpx"}
CODECS |= {"gif": "gif"}
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}


def recorded(folder: Path, ending: str, name: str = "a") -> Path:
    codec = CODECS.get(ending, "libx264")
    pixels = "rgb8" if ending == "gif" else "yuv420p"
    return write_recorder(folder / f"{name}.{ending}", 20, rate=25, codec=codec, pixels=pixels)


def joined(folder: Path, ending: str) -> Path:
    one, two = recorded(folder, ending), recorded(folder, ending, "b")
    both = folder / f"both.{ending}"
    both.write_bytes(one.read_bytes() + two.read_bytes())
    return both


def read(path: Path) -> tuple[int, str, int]:
    """How many frames, what is damaged, how many jumps in time."""
    with VideoSource(path) as source:
        frames = sum(1 for _ in iter(source.read, None))
        return frames, source.damaged, len(source.discontinuities)


@pytest.mark.parametrize("ending", ["mp4", "mov", "3gp", "flv", "wmv"])
def test_a_recording_behind_another_that_is_not_read_is_told(ending: str, tmp_path: Path) -> None:
    frames, damaged, _ = read(joined(tmp_path, ending))
    assert frames == 20
    assert "another recording begins behind its end, which is not read" in damaged


@pytest.mark.parametrize("ending", ["ts", "m2ts", "mpg", "mkv", "webm"])
def test_a_recording_behind_another_that_is_read_is_a_jump_in_time(
    ending: str, tmp_path: Path
) -> None:
    assert read(joined(tmp_path, ending)) == (40, "", 1)


@pytest.mark.parametrize("ending", ["mp4", "mov"])
@pytest.mark.parametrize("share", [0.4, 0.8])
def test_a_file_without_its_index_says_what_happened_to_it(
    ending: str, share: float, tmp_path: Path
) -> None:
    path = recorded(tmp_path, ending)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match="its index is missing: it was cut off"):
        read(path)


def test_an_index_that_stands_in_front_or_in_parts_is_there(tmp_path: Path) -> None:
    times = range(0, 1000, 40)
    fast = write_video(tmp_path / "fast.mp4", times, options={"movflags": "faststart"})
    parts = write_video(tmp_path / "parts.mp4", times, options=FRAGMENTS)
    assert read(fast) == read(parts) == (25, "", 0)


def test_an_index_that_is_cut_within_is_missing(tmp_path: Path) -> None:
    path = recorded(tmp_path, "mp4")
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"hdlr")])
    with pytest.raises(InputError, match="its index is missing: it was cut off"):
        read(path)


def test_an_avi_behind_another_is_read_as_one_with_it_and_told(tmp_path: Path) -> None:
    frames, damaged, _ = read(joined(tmp_path, "avi"))
    assert frames == 40
    assert "another recording is put behind it and read as one with it" in damaged


@pytest.mark.parametrize("ending", ["ogv", "gif"])
@pytest.mark.parametrize("missing", [1, 0.5])
def test_a_file_without_the_mark_of_its_end_was_cut(
    ending: str, missing: float, tmp_path: Path
) -> None:
    path = recorded(tmp_path, ending)
    whole = path.read_bytes()
    assert read(path) == (20, "", 0)
    path.write_bytes(whole[: -1 if missing == 1 else round(len(whole) * missing)])
    assert "its last packet is truncated" in read(path)[1]


@pytest.mark.parametrize(("ending", "size"), [("ts", 188), ("m2ts", 192)])
def test_a_transport_stream_that_ends_within_a_packet_was_cut(
    ending: str, size: int, tmp_path: Path
) -> None:
    path = recorded(tmp_path, ending)
    whole = path.read_bytes()
    assert len(whole) % size == 0
    path.write_bytes(whole[: -size // 2])
    assert "its last packet is truncated" in read(path)[1]
    path.write_bytes(whole)
    assert read(path)[1] == ""


def test_an_flv_that_ends_within_a_tag_was_cut(tmp_path: Path) -> None:
    path = recorded(tmp_path, "flv")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "its last packet is truncated" in read(path)[1]


@pytest.mark.parametrize("ending", ["mxf", "wmv"])
def test_containers_that_tell_when_a_frame_is_decoded_miss_none(
    ending: str, tmp_path: Path
) -> None:
    assert read(recorded(tmp_path, ending)) == (20, "", 0)


def test_an_empty_file_is_called_that(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    with pytest.raises(InputError, match="the file is empty"):
        read(tmp_path / "a.mp4")
