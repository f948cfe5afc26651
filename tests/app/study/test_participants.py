"""participants.tsv as spreadsheets save it: numbers arrive as numbers, the rest as it stands."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from avce.app.cli import main
from avce.app.study.plan import StudyPlan
from avce.app.study.study import run_study

from ..study_folders import columns, session

TIMES = np.arange(0, 10, 0.1)
ROWS = columns(TIMES, valence=0.5, arousal=-0.5)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of_participants(tmp_path: Path, content: bytes) -> tuple[list[dict[str, str]], dict[str, str]]:
    """summary.csv by that participants.tsv, of P1 to P3, and what its columns are said to hold."""
    for i in (1, 2, 3):
        if not (tmp_path / "in" / f"s{i}").exists():
            rows = columns(TIMES, valence=0.1 * i, arousal=0.0)
            session(tmp_path / "in" / f"s{i}", rows, participant=f"P{i}")
    (tmp_path / "in" / "participants.tsv").write_bytes(content)
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    run_study(tmp_path / "in", out, StudyPlan(), report=False)
    told = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return table(out / "summary.csv"), {name: each["DataType"] for name, each in told.items()}


@pytest.mark.parametrize(
    ("cells", "found", "dtype"),
    [
        (("21,5", "33", "40,25"), ("21.5", "33.0", "40.25"), "float64"),
        (("21.5", "-3", "1e2"), ("21.5", "-3.0", "100.0"), "float64"),
        (("21", "n/a", ""), ("21", "", ""), "int64"),
        (("21,5", "young", "3"), ("21,5", "young", "3"), "str"),
        (("007", "12", "3"), ("007", "12", "3"), "str"),
        (("1.234", "21,5", "3"), ("1.234", "21,5", "3"), "str"),
        (("1_000", "2", "3"), ("1_000", "2", "3"), "str"),
        (("12345678901234567", "2", "3"), ("12345678901234567", "2", "3"), "str"),
        (("03.02.2001", "1999-12-31", "n/a"), ("03.02.2001", "1999-12-31", ""), "str"),
        (("Müller", "inf", "ß"), ("Müller", "inf", "ß"), "str"),
        (("n/a", "", "n/a"), ("", "", ""), "str"),
    ],
)
@pytest.mark.parametrize(
    ("divided_by", "encoding", "end"),
    [
        ("\t", "utf-8", "\n"),
        (";", "utf-8-sig", "\r\n"),
        (";", "cp1252", "\n"),
        ("\t", "utf-16", "\n"),
    ],
)
def test_what_is_known_of_participants_arrives_as_numbers_or_as_text(
    tmp_path: Path,
    cells: tuple[str, ...],
    found: tuple[str, ...],
    dtype: str,
    divided_by: str,
    encoding: str,
    end: str,
) -> None:
    lines = [("participant_id", "known"), *((f"P{i}", cell) for i, cell in enumerate(cells, 1))]
    content = "".join(divided_by.join(line) + end for line in lines)
    rows, dtypes = of_participants(tmp_path, content.encode(encoding))
    assert tuple(row["known"] for row in rows) == found
    assert dtypes["known"] == dtype


def test_a_decimal_comma_is_none_where_commas_divide_cells(tmp_path: Path) -> None:
    content = b'participant_id,age,share\nP1,"21,5",0.5\nP2,33,1\nP3,4,2\n'
    rows, dtypes = of_participants(tmp_path, content)
    assert [(row["age"], row["share"]) for row in rows] == [
        ("21,5", "0.5"),
        ("33", "1.0"),
        ("4", "2.0"),
    ]
    assert (dtypes["age"], dtypes["share"]) == ("str", "float64")


def test_columns_that_a_spreadsheet_left_empty_are_none(tmp_path: Path) -> None:
    content = b"participant_id\tage\t\t\nP1\t21,5\t\t\nP2\t3\t\t\nP3\t4\t\t\n"
    rows, _ = of_participants(tmp_path, content)
    assert list(rows[0])[-1] == "age"
    assert [row["age"] for row in rows] == ["21.5", "3.0", "4.0"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"participant_id\tage\n\nP1\t1\n\nP1\t2\n", "row 5: there is participant 'P1' again."),
        (b"participant_id\tage\nP1\t1\n\n\t2\n", "row 4: there is no participant."),
        (b"\tparticipant_id\n0\tP1\n", "column 1 has no name in line 1."),
        (b"P1\t21,5\n", "has no column participant_id."),
        (b"participant_id,age\nP1,21,5\n", "line 2: there are more cells than columns."),
        (b"participant_id\tface_name\nP1\tx\n", "the results have a column 'face_name' already"),
        (b"PK\x03\x04\x00", "is not a text file"),
    ],
)
def test_participants_that_cannot_be_read_are_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    session(tmp_path / "in" / "s", ROWS, participant="P1")
    (tmp_path / "in" / "participants.tsv").write_bytes(content)
    assert main(["study", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_not_available_is_no_condition(tmp_path: Path) -> None:
    for name in ("P1", "P2"):
        rows = columns(TIMES, valence=0.1 * int(name[1]), arousal=0.0)
        session(tmp_path / "in" / name, rows, participant=name)
    (tmp_path / "in" / "participants.tsv").write_text("participant_id\tgroup\nP1\tn/a\nP2\t1\n")
    run_study(tmp_path / "in", tmp_path / "out", StudyPlan(condition="group"), report=False)
    assert [row["condition"] for row in table(tmp_path / "out" / "summary.csv")] == ["", "1"]
