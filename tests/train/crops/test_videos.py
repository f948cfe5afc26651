"""A video's frames meet the labels of the same number."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from display_matrix import set_display_matrix
from made_data import write_video

from avce.train.crops.cropping import FRAMES, STILLS, _portions
from avce.train.crops.preparation import Preparation
from avce.train.crops.prepare import prepare
from avce.train.crops.videos import ENDED, TORN, chosen_frames
from avce.train.datasets import DataSource
from avce.train.datasets.base import Sample


def _shades(count: int) -> list[np.ndarray]:
    return [np.full((48, 64, 3), 20 + 8 * i, np.uint8) for i in range(count)]


def _number(image: np.ndarray | str) -> int | str:
    return image if isinstance(image, str) else round((float(image.mean()) - 20) / 8)


def test_frames_come_by_their_numbers_in_order_of_presentation(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", _shades(20))
    found = list(chosen_frames(tmp_path / "a.mp4", [0, 3, 4, 11, 19]))
    assert [_number(image) for image in found] == [0, 3, 4, 11, 19]
    assert isinstance(found[0], np.ndarray)
    assert found[0].shape == (48, 64, 3)


def test_frames_are_mirrored_where_their_file_says_so(tmp_path: Path) -> None:
    light_left = np.repeat(np.linspace(220, 20, 64, dtype=np.uint8)[None, :, None], 48, axis=0)
    write_video(tmp_path / "a.mp4", [np.repeat(light_left, 3, axis=2)])
    (stored,) = chosen_frames(tmp_path / "a.mp4", [0])
    set_display_matrix(tmp_path / "a.mp4", -1, 0, 0, 1)
    (shown,) = chosen_frames(tmp_path / "a.mp4", [0])
    assert isinstance(stored, np.ndarray)
    assert isinstance(shown, np.ndarray)
    assert np.array_equal(shown, stored[:, ::-1])


def test_labels_behind_the_end_get_no_frame(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", _shades(5))
    found = list(chosen_frames(tmp_path / "a.mp4", [3, 5, 9]))
    assert [_number(image) for image in found] == [3, ENDED, ENDED]


def test_what_is_no_video_gives_a_reason_for_every_label(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("no video")
    assert list(chosen_frames(tmp_path / "a.mp4", [0, 1])) == [TORN, TORN]
    assert list(chosen_frames(tmp_path / "gone.mp4", [0])) == [TORN]


def test_behind_damage_no_frame_meets_a_wrong_label(tmp_path: Path) -> None:
    noise = np.random.default_rng(0)
    images = [noise.integers(0, 256, (48, 64, 3), dtype=np.uint8) // 8 + s for s in _shades(25)]
    write_video(tmp_path / "a.avi", images)
    whole = (tmp_path / "a.avi").read_bytes()
    (tmp_path / "b.avi").write_bytes(whole[: len(whole) // 2])
    good = list(chosen_frames(tmp_path / "a.avi", list(range(25))))
    torn = list(chosen_frames(tmp_path / "b.avi", list(range(25))))
    assert len(torn) == 25
    assert torn[-1] in (TORN, ENDED)
    for expected, found in zip(good, torn, strict=True):
        assert isinstance(found, str) or np.array_equal(found, expected)


def test_frames_travel_with_their_samples_and_stills_stay_in_their_order(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", _shades(FRAMES + 3))
    frames = [
        Sample(tmp_path / "a.mp4", 0, 0, "train", frame=i, in_video=True)
        for i in (*range(1, FRAMES + 3), 0)
    ]
    stills = [Sample(tmp_path / f"{i}.png", 0, 0, "train") for i in range(STILLS, -1, -1)]
    portions = list(_portions([*frames[:2], *stills, *frames[2:]]))
    assert [s for part, images in portions if images is None for s in part] == stills
    together = [
        (sample.frame, _number(image))
        for part, images in portions
        if images is not None
        for sample, image in zip(part, images, strict=True)
    ]
    assert together == [(i, i) for i in range(FRAMES + 3)]


def test_aff_wild_is_prepared_from_its_videos(tmp_path: Path) -> None:
    photographs = pytest.importorskip("skimage.data")
    face = np.asarray(photographs.astronaut(), dtype=np.uint8)[:256, 96:352]
    levels = [0.5, 0.6, 0.7, 0.8, 0.9]
    darker = [cv2.convertScaleAbs(face, alpha=level) for level in levels]
    write_video(tmp_path / "videos" / "train" / "105.mp4", darker)
    lines = [f"{level:.1f}" for level in levels]
    for kind in ("valence", "arousal"):
        path = tmp_path / "annotations" / "train" / kind / "105.txt"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join([*lines[:2], "7", *lines[3:], "0.0"]) + "\n")
    listing = DataSource("aff-wild", tmp_path).read(max_faulty=0.4)
    prepared = prepare(listing, Preparation(tmp_path / "crops", 1, 0.4), size=64)
    assert prepared.target[:, 0].tolist() == pytest.approx([0.5, 0.6, 0.8, 0.9])
    brightness = prepared.crops.mean(axis=(1, 2))
    assert brightness / brightness[0] == pytest.approx(
        np.array([0.5, 0.6, 0.8, 0.9]) / 0.5, rel=0.03
    )
    assert prepared.names == ["105.mp4#0", "105.mp4#1", "105.mp4#3", "105.mp4#4"]
    report = (prepared.folder / "report.json").read_text()
    assert "105.mp4#5: the video ends before this frame" in report
    assert "outside [-1, 1]" in report
