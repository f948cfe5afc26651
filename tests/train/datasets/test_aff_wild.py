"""Aff-Wild's lines meet their frames, and a video stays on one side."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_data import splits_read_both_ways, write_image

from avce.model.errors import InputError
from avce.train.datasets.aff_wild import read_aff_wild
from avce.train.datasets.base import drop_duplicates
from avce.train.datasets.splits import check_leak


def _video(
    root: Path, name: str, valence: str, arousal: str, frames: list[int], where: str = "frames"
) -> None:
    for kind, text in (("valence", valence), ("arousal", arousal)):
        path = root / "annotations" / "train" / kind / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for number in frames:
        write_image(root / where / name / f"{number:05d}.jpg", seed=number, shape=(8, 8))


def test_line_one_belongs_to_frame_one(tmp_path: Path) -> None:
    _video(tmp_path, "105", "0.1\n0.2\n0.3\n", "-0.1\n-0.2\n-0.3\n", [1, 2, 3])
    assert [
        (s.path.name, s.valence, s.arousal, s.video, s.frame)
        for s in read_aff_wild(tmp_path).samples
    ] == [
        ("00001.jpg", 0.1, -0.1, "105", 0),
        ("00002.jpg", 0.2, -0.2, "105", 1),
        ("00003.jpg", 0.3, -0.3, "105", 2),
    ]


def test_frames_that_were_extracted_from_zero_are_not_shifted(tmp_path: Path) -> None:
    _video(tmp_path, "105", "0.1\n0.2\n", "0\n0\n", [0, 1], where="frames/train")
    listing = read_aff_wild(tmp_path)
    assert [(s.path.name, s.valence) for s in listing.samples] == [
        ("00000.jpg", 0.1),
        ("00001.jpg", 0.2),
    ]
    assert listing.skipped == []


def test_every_fault_is_counted_and_shifts_nothing(tmp_path: Path) -> None:
    _video(
        tmp_path,
        "105",
        "0.1\n\n0.3\n1.5\nx\n0.6\n0.7\n\n",
        "0\n0\n0\n0\n0\n0\n",
        [1, 2, 4, 5, 6, 7, 9],
    )
    listing = read_aff_wild(tmp_path)
    assert [(s.path.name, s.valence) for s in listing.samples] == [
        ("00001.jpg", 0.1),
        ("00006.jpg", 0.6),
    ]
    assert listing.faults() == {
        "valence or arousal is not a number": 2,
        "the frame is missing": 1,
        "valence or arousal is outside [-1, 1]": 1,
        "valence and arousal have not the same number of lines": 1,
        "the frame has no label": 1,
    }


def test_a_video_without_one_of_its_files_is_listed_line_by_line(tmp_path: Path) -> None:
    _video(tmp_path, "105", "0.1\n0.2\n", "", [1, 2])
    (tmp_path / "annotations" / "train" / "arousal" / "105.txt").unlink()
    assert sum(read_aff_wild(tmp_path).faults().values()) == 2


def test_a_video_is_in_one_split_alone(tmp_path: Path) -> None:
    for i in range(30):
        _video(tmp_path, f"{i:03d}", "0\n0\n", "0\n0\n", [1, 2])
    train, val = read_aff_wild(tmp_path, "train"), read_aff_wild(tmp_path, "val")
    assert len(train.samples) + len(val.samples) == len(read_aff_wild(tmp_path).samples) == 60
    assert 0 < len(val.samples) < len(train.samples)
    check_leak(train, val)


def test_without_extracted_frames_the_lines_meet_the_frames_of_the_video(tmp_path: Path) -> None:
    _video(tmp_path, "105", "0.1\n0.2\n", "0\n0\n", [])
    _video(tmp_path, "106", "0.3\n", "0\n", [1])
    _video(tmp_path, "107", "0.4\n", "0\n", [])
    (tmp_path / "videos" / "train").mkdir(parents=True)
    (tmp_path / "videos" / "train" / "105.avi").write_bytes(b"not opened here")
    (tmp_path / "videos" / "106.mp4").write_bytes(b"nor here, since it has frames")
    listing = drop_duplicates(read_aff_wild(tmp_path))
    assert [(s.name, s.valence, s.in_video) for s in listing.samples] == [
        ("105.avi#0", 0.1, True),
        ("105.avi#1", 0.2, True),
        ("00001.jpg", 0.3, False),
    ]
    assert listing.faults() == {"the frame is missing": 1}


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels are in annotations/train"):
        read_aff_wild(tmp_path)
    (tmp_path / "annotations" / "train").mkdir(parents=True)
    with pytest.raises(InputError, match=r"holds no valence/NNN\.txt"):
        read_aff_wild(tmp_path)
    (tmp_path / "annotations" / "train" / "valence").mkdir()
    (tmp_path / "annotations" / "train" / "valence" / "105.txt").write_text("0\n")
    with pytest.raises(InputError, match=r"neither videos/train/NNN\.mp4 nor extracted frames"):
        read_aff_wild(tmp_path)
    with pytest.raises(InputError, match="no split 'test'"):
        read_aff_wild(tmp_path, "test")


def test_each_split_from_one_reading_is_the_split_read_alone(tmp_path: Path) -> None:
    for number in range(100, 120):
        _video(tmp_path, str(number), "0.1\n0.2\n0.3\n", "-0.1\n-0.2\n3\n", [1, 2])
    together, alone = splits_read_both_ways("aff-wild", tmp_path)
    assert together == alone
    assert set(together) == {"train", "val"}
