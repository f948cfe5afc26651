"""A CSV of one's own is read, and its faults are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_data import splits_read_both_ways, write_image

from avce.model.errors import InputError
from avce.train.datasets.plain_csv import read_csv


@pytest.fixture
def table(tmp_path: Path) -> Path:
    for i in range(4):
        write_image(tmp_path / f"face{i}.png", seed=i)
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
    path.write_bytes(b"\x81\x00\xff\xfe\x00")
    with pytest.raises(InputError, match=r"cannot be read as a text file of labels.*binary"):
        read_csv(path)


def test_an_unknown_split_is_refused(table: Path) -> None:
    with pytest.raises(InputError, match="no split 'holdout'"):
        read_csv(table, "holdout")


def test_each_split_from_one_reading_is_the_split_read_alone(table: Path) -> None:
    together, alone = splits_read_both_ways("csv", table)
    assert together == alone
    assert set(together) == {"train", "val"}


ROWS = "path,valence,arousal,frame\n1.png,0.5,-0.25,0.0\n2.png,-1.0,1,\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ROWS, "utf-8-sig"),
        (ROWS, "utf-16"),
        (ROWS.replace(",", ";").replace(".5", ",5").replace("-0.25", "-0,25"), "utf-8"),
        (ROWS.replace(",", "\t"), "utf-8"),
        (ROWS.replace(",", "; "), "utf-8-sig"),
        (ROWS.replace("\n", "\r\n"), "utf-8-sig"),
    ],
)
def test_tables_as_spreadsheets_save_them_are_read(
    text: str, encoding: str, tmp_path: Path
) -> None:
    for name in ("1.png", "2.png"):
        write_image(tmp_path / name)
    (tmp_path / "labels.csv").write_bytes(text.encode(encoding))
    listing = read_csv(tmp_path)
    assert listing.skipped == []
    assert [(s.valence, s.arousal, s.frame) for s in listing.samples] == [
        (0.5, -0.25, 0),
        (-1.0, 1.0, 0),
    ]


def test_a_table_in_windows_1252_is_refused_with_its_line_and_what_to_do(tmp_path: Path) -> None:
    text = "path,valence,arousal\n" + "a.png,0,0\n" * 3000 + "café.png,0,0\n"
    (tmp_path / "labels.csv").write_bytes(text.encode("cp1252"))
    with pytest.raises(InputError, match=r"line 3002 is not UTF-8.*Windows-1252.*CSV UTF-8"):
        read_csv(tmp_path)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1.png,0.1,0.1,3.5", "the frame is not a whole number"),
        ("1.png,0.1,0.1,nan", "the frame is not a whole number"),
        ("1.png,0.1,0.1,inf", "the frame is not a whole number"),
        ('1.png,"1.000,5",0.1,0', "valence, arousal or face box is not a number"),
    ],
)
def test_what_is_wrong_with_a_row_is_named_truly(row: str, reason: str, tmp_path: Path) -> None:
    write_image(tmp_path / "1.png")
    (tmp_path / "labels.csv").write_text(f"path,valence,arousal,frame\n{row}\n")
    assert [item.reason for item in read_csv(tmp_path).skipped] == [reason]


def test_decimal_commas_between_commas_are_named_and_not_read_as_other_numbers(table: Path) -> None:
    table.write_text("path,valence,arousal\nface0.png,0,1,0,2\nface1.png,0.5,0,\n", "utf-8")
    listing = read_csv(table)
    assert [(s.path.name, s.valence, s.arousal) for s in listing.samples] == [("face1.png", 0.5, 0)]
    ((reason, count),) = listing.reasons().items()
    assert count == 1
    assert "more cells than the header" in reason
