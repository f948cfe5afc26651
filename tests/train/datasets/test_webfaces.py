"""Web faces: one label an image, and a person on one side alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_data import splits_read_both_ways, write_image

from avce.model.anchors import RULES
from avce.model.errors import InputError
from avce.train.datasets.base import label
from avce.train.datasets.splits import check_leak
from avce.train.datasets.webfaces import read_webfaces


def _write(root: Path, rows: list[tuple[str, str, str]], missing: tuple[str, ...] = ()) -> Path:
    root.mkdir(exist_ok=True)
    lines = [f"{name},{emotion},{identity},lfw\n" for name, emotion, identity in rows]
    (root / "labels.csv").write_text("image,emotion,identity,source\n" + "".join(lines))
    for name, _, _ in rows:
        if name not in missing and not name.startswith(".."):
            write_image(root / "images" / name, shape=(8, 8))
    return root


def test_the_one_label_becomes_its_anchor(tmp_path: Path) -> None:
    root = _write(tmp_path, [("a.jpg", "anger", "ann"), ("b.jpg", "neutral", "")])
    first, second = label(read_webfaces(root, "test"), RULES["affectnet"]).samples
    assert (first.valence, first.arousal) == RULES["affectnet"].positions["anger"]
    assert first.votes == (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
    assert (first.identity, second.identity) == ("ann", "b.jpg")


def test_people_keep_the_sides_that_they_had_in_earlier_versions(tmp_path: Path) -> None:
    sides = {
        "person_30": "val",
        "person_31": "val",
        "person_00": "train",
        "person_01": "train",
        "person_02": "train",
        "person_03": "train",
    }
    root = _write(tmp_path, [(f"{who}.jpg", "neutral", who) for who in sides])
    assert {s.identity: s.split for s in read_webfaces(root).samples} == sides


def test_nobody_is_on_both_sides(tmp_path: Path) -> None:
    rows = [(f"{i}_{k}.jpg", "happiness", f"person {i}") for i in range(40) for k in range(2)]
    root = _write(tmp_path, rows)
    train, val = read_webfaces(root, "train"), read_webfaces(root, "val")
    assert len(train.samples) + len(val.samples) == len(read_webfaces(root, "test").samples) == 80
    assert val.samples
    check_leak(train, val)
    with pytest.raises(InputError, match="share the image"):
        check_leak(read_webfaces(root), val)


def test_faults_are_counted_for_the_split_that_is_read(tmp_path: Path) -> None:
    who = "person_00"  # a person of the training split
    rows = [("a.jpg", "bored", who), ("b.jpg", "anger", who), ("../c.jpg", "anger", who)]
    root = _write(tmp_path / "faces", rows, missing=("b.jpg",))
    write_image(tmp_path / "c.jpg")
    assert read_webfaces(root, "train").faults() == {
        "the emotion 'bored' has no anchor": 1,
        "the image is missing": 1,
        "the name leads out of the data set's folder": 1,
    }
    assert read_webfaces(root, "val").skipped == []


def test_a_short_row_is_a_fault_and_a_missing_column_an_error(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("image,emotion,identity\na.jpg\n")
    assert sum(read_webfaces(tmp_path, "test").faults().values()) == 1
    (tmp_path / "labels.csv").write_text("image,emotion\na.jpg,anger\n")
    with pytest.raises(InputError, match="no column identity"):
        read_webfaces(tmp_path)


def test_each_split_from_one_reading_is_the_split_read_alone(tmp_path: Path) -> None:
    people = ("person_00", "person_30")
    rows = [(f"{i}.jpg", "anger", identity) for i, identity in enumerate(people * 2)]
    rows += [(f"bored{i}.jpg", "boredom", identity) for i, identity in enumerate(people)]
    together, alone = splits_read_both_ways("webfaces", _write(tmp_path, rows, ("2.jpg",)))
    assert together == alone
    assert {name: len(part.skipped) for name, part in together.items()} == {"train": 2, "val": 1}
