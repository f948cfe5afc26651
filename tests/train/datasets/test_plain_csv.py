"""A CSV of one's own is read, and its faults are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_data import splits_read_both_ways, write_picture

from avce.model.errors import InputError
from avce.train.datasets.plain_csv import read_csv


@pytest.fixture
def table(tmp_path: Path) -> Path:
    for i in range(4):
        write_picture(tmp_path / f"face{i}.png", seed=i)
    path = tmp_path / "labels.csv"
    path.write_text(
        "path,valence,arousal,split,identity\n"
        "face0.png,0.5,-0.25,train,anna\n"
        "face1.png,-1,1,val,ben\n"
        "face2.png,1.5,0,train,anna\n"
        "face3.png,high,0,train,anna\n"
        "gone.png,0,0,train,anna\n"
        "face3.png,0,0,holiday,anna\n"
    )
    return path


def test_rows_are_read_and_faults_are_listed(table: Path) -> None:
    listing = read_csv(table)
    assert [(s.path.name, s.valence, s.arousal, s.split) for s in listing.samples] == [
        ("face0.png", 0.5, -0.25, "train"),
        ("face1.png", -1.0, 1.0, "val"),
    ]
    assert sum(listing.reasons().values()) == 4
    assert "valence or arousal is outside [-1, 1]" in listing.reasons()


def test_one_split_is_read_alone_and_a_folder_stands_for_its_table(table: Path) -> None:
    assert [s.path.name for s in read_csv(table.parent, "val").samples] == ["face1.png"]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("file,valence\nx.png,0\n")
    with pytest.raises(InputError, match="no column path, arousal"):
        read_csv(path)


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="cannot be read as a CSV"):
        read_csv(path)


def test_an_unknown_split_is_refused(table: Path) -> None:
    with pytest.raises(InputError, match="no split 'holdout'"):
        read_csv(table, "holdout")


def test_each_split_from_one_reading_is_the_split_read_alone(table: Path) -> None:
    together, alone = splits_read_both_ways("csv", table)
    assert together == alone
    assert set(together) == {"train", "val"}
