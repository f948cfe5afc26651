"""Aff-Wild2: frames are numbered from 1, some are missing, and -5 is no label."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_data import splits_read_both_ways, write_image

from avce.model.errors import InputError
from avce.train.datasets.aff_wild2 import read_aff_wild2
from avce.train.datasets.splits import check_leak


def _video(root: Path, part: str, name: str, lines: str, frames: list[int]) -> None:
    table = root / "VA_Estimation_Challenge" / part / f"{name}.txt"
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text(lines)
    for number in frames:
        path = root / "cropped_aligned" / name / f"{number:05d}.jpg"
        write_image(path, seed=number, shape=(8, 8))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lines = "valence,arousal\n0.1,-0.1\n0.2,-0.2\n-5,-5\n0.4,-5\n1.2,0\nx,0\n0.7,-0.7\n\n0.9,-0.9\n"
    _video(tmp_path, "Train_Set", "1-30-1280x720", lines, [1, 3, 4, 5, 6, 7, 9, 12])
    _video(tmp_path, "Train_Set", "12-24_left", "valence,arousal\n0,0\n", [1])
    _video(tmp_path, "Validation_Set", "20-24", "Valence, Arousal\n-0.5,0.5\n", [1])
    return tmp_path


def test_the_first_line_is_frame_one_and_a_missing_frame_shifts_nothing(root: Path) -> None:
    listing = read_aff_wild2(root, "train")
    assert [(s.video, s.path.name, s.frame, s.valence, s.arousal) for s in listing.samples] == [
        ("1-30-1280x720", "00001.jpg", 0, 0.1, -0.1),
        ("1-30-1280x720", "00007.jpg", 6, 0.7, -0.7),
        ("1-30-1280x720", "00009.jpg", 8, 0.9, -0.9),
        ("12-24_left", "00001.jpg", 0, 0.0, 0.0),
    ]
    assert listing.precropped


def test_what_is_left_out_is_counted(root: Path) -> None:
    listing = read_aff_wild2(root, "train")
    assert listing.reasons() == {
        "the frame is unlabelled (-5)": 2,
        "the line does not hold two numbers": 2,
        "no face was detected in the frame": 1,
        "valence or arousal is outside [-1, 1]": 1,
        "the frame has no label": 1,
    }
    assert "the frame is unlabelled (-5)" not in listing.faults()


def test_the_official_splits_are_kept_and_share_no_video(root: Path) -> None:
    train, val = read_aff_wild2(root, "train"), read_aff_wild2(root, "val")
    assert [(s.video, s.split, s.valence) for s in val.samples] == [("20-24", "val", -0.5)]
    assert len(read_aff_wild2(root).samples) == len(train.samples) + 1
    check_leak(train, val)


def test_a_video_in_both_folders_is_a_leak(root: Path) -> None:
    _video(root, "Validation_Set", "12-24_left", "valence,arousal\n0,0\n", [])
    with pytest.raises(InputError, match="share the image"):
        check_leak(read_aff_wild2(root, "train"), read_aff_wild2(root, "val"))


def test_a_table_without_its_header_is_refused(root: Path) -> None:
    _video(root, "Train_Set", "3-1", "0.1,0.2\n", [1])
    with pytest.raises(InputError, match="first line must be valence,arousal"):
        read_aff_wild2(root, "train")


def test_missing_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="VA_Estimation_Challenge is missing"):
        read_aff_wild2(tmp_path)
    (tmp_path / "VA_Estimation_Challenge").mkdir()
    with pytest.raises(InputError, match="cropped_aligned is missing"):
        read_aff_wild2(tmp_path)
    (tmp_path / "cropped_aligned").mkdir()
    with pytest.raises(InputError, match="has no Validation_Set"):
        read_aff_wild2(tmp_path, "val")


def test_each_split_from_one_reading_is_the_split_read_alone(root: Path) -> None:
    together, alone = splits_read_both_ways("aff-wild2", root)
    assert together == alone
    assert set(together) == {"train", "val"}
