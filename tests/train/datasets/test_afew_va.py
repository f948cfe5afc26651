"""AFEW-VA: integers of ten steps, frames from 0, and clips that stay on one side."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from made_data import splits_read_both_ways, write_image

from avce.model.errors import InputError
from avce.train.datasets.afew_va import AFEW_VA_FOLDS, SPLITS, read_afew_va
from avce.train.datasets.splits import check_leak

MARKS = [[10.0 + i % 17, 20.0 + i // 2] for i in range(68)]  # x 10 to 26, y 20 to 53


def _clip(folder: Path, frames: dict[str, Any], images: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    labels = {"video_id": folder.name, "frames": frames}
    (folder / f"{folder.name}.json").write_text(json.dumps(labels))
    for name in images:
        write_image(folder / f"{name}.png", shape=(8, 8))


def _frame(valence: Any, arousal: Any, landmarks: Any = MARKS) -> dict[str, Any]:
    return {"landmarks": landmarks, "valence": valence, "arousal": arousal}


def test_integers_of_ten_steps_become_units(tmp_path: Path) -> None:
    frames = {"00000": _frame(-10, 10), "00001": _frame(3, 0), "00002": _frame(7, -2, None)}
    _clip(tmp_path / "001", frames, list(frames))
    listing = read_afew_va(tmp_path)
    assert [(s.path.name, s.valence, s.arousal, s.frame) for s in listing.samples] == [
        ("00000.png", -1.0, 1.0, 0),
        ("00001.png", 0.3, 0.0, 1),
        ("00002.png", 0.7, -0.2, 2),
    ]
    assert {s.video for s in listing.samples} == {"001"}
    assert not listing.precropped


def test_the_box_spans_the_landmarks(tmp_path: Path) -> None:
    frames = {"00000": _frame(0, 0), "00001": _frame(0, 0, [[1, 2], ["x", 3]])}
    _clip(tmp_path / "001", frames, list(frames))
    first, second = read_afew_va(tmp_path).samples
    assert first.box == (10.0, 20.0, 16.0, 33.0)
    assert second.box is None


def test_faults_are_counted(tmp_path: Path) -> None:
    frames = {
        "00000": _frame(0, 0),
        "00001": _frame(11, 0),
        "00002": _frame("3", 0),
        "00003": _frame(True, 0),
        "00004": {"landmarks": []},
        "00005": _frame(0, 0),
        "../002/00000": _frame(0, 0),
        "00006": None,
    }
    _clip(tmp_path / "001", frames, ["00000", "00001", "00002", "00003", "00004", "00006"])
    write_image(tmp_path / "002" / "00000.png")
    (tmp_path / "003").mkdir()
    (tmp_path / "003" / "003.json").write_text("[]")
    (tmp_path / "004").mkdir()
    (tmp_path / "004" / "004.json").write_text('{"frames": ')
    listing = read_afew_va(tmp_path)
    assert [s.path.name for s in listing.samples] == ["00000.png"]
    assert listing.faults() == {
        "valence or arousal is outside [-10, 10]": 1,
        "valence or arousal is not a number": 3,
        "the image is missing": 1,
        "the frame is not a number with its labels": 2,
        "the clip's label file is not AFEW-VA's JSON": 2,
    }


def test_clips_fall_into_three_splits_that_share_none(tmp_path: Path) -> None:
    for i in range(1, 41):
        _clip(tmp_path / f"{i:03d}", {"00000": _frame(0, 0)}, ["00000"])
    parts = {split: read_afew_va(tmp_path, split) for split in SPLITS}
    sizes = {split: len(part.samples) for split, part in parts.items()}
    assert sum(sizes.values()) == len(read_afew_va(tmp_path).samples) == 40
    assert sizes["train"] > sizes["val"] > 0 < sizes["test"] < sizes["train"]
    for one, other in combinations(parts.values(), 2):
        check_leak(one, other)


def test_archives_that_unpack_a_folder_deeper_give_the_same_splits(tmp_path: Path) -> None:
    for i in range(1, 9):
        frames = {"00000": _frame(i, 0)}
        _clip(tmp_path / "flat" / f"{i:03d}", frames, ["00000"])
        _clip(tmp_path / "deep" / f"{1 + i // 5:02d}" / f"{i:03d}", frames, ["00000"])

    def seen(root: Path) -> list[tuple[str, str, float]]:
        return [(s.video, s.split, s.valence) for s in read_afew_va(root).samples]

    assert seen(tmp_path / "flat") == seen(tmp_path / "deep")


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no AFEW-VA clips"):
        read_afew_va(tmp_path)


def test_each_split_from_one_reading_is_the_split_read_alone(tmp_path: Path) -> None:
    frames = {"00000": _frame(0, 0), "00001": _frame(11, 0)}
    for number in range(1, 20):
        _clip(tmp_path / f"{number:03d}", frames, list(frames))
    together, alone = splits_read_both_ways("afew-va", tmp_path)
    assert together == alone
    assert set(together) == set(SPLITS)


def test_five_folds_test_every_clip_once_and_validate_on_another(tmp_path: Path) -> None:
    clips = [f"{number:03d}" for number in range(1, 31)]
    for clip in clips:
        _clip(tmp_path / clip, {"00000": _frame(0, 0)}, ["00000"])
    tested: list[str] = []
    for data in AFEW_VA_FOLDS:
        parts = [{s.video for s in data.read(tmp_path, split).samples} for split in SPLITS]
        assert all(parts), data.name
        assert all(one.isdisjoint(other) for one, other in combinations(parts, 2)), data.name
        assert set().union(*parts) == set(clips)
        tested += parts[SPLITS.index("test")]
    assert sorted(tested) == clips
