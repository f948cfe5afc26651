"""A session format that grows: old sessions open for good, newer ones keep what they add."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import shutil
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avce.app.analysis.reading import COLUMN, COLUMNS, FIELDS, OPTIONAL, Reading, no_face
from avce.app.gui.review.data import load, save_readings
from avce.app.session import rows
from avce.app.session.export import export_session
from avce.app.session.reader import read_session
from avce.app.session.rows import FIRST_FIELDS, HEADER, read_rows, row, table
from avce.app.session.summary import write_summary

from ..session_folders import face, writer

ROOT = Path(__file__).resolve().parents[3]
FIRST = Path(__file__).parent / "data" / "20261125-143005_demo"
"""Written by the version of November 2026, before a column was added; never to be changed."""


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIRST, tmp_path / FIRST.name))


def added(columns: rows.Columns) -> list[str]:
    return [name for name in columns if name not in FIELDS]


# Old sessions.


def test_a_session_of_the_first_version_opens_whole(first: Path) -> None:
    session = read_session(first)
    with (first / "frames.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert session.damaged == ()
    assert len(session) == len(lines) == 40
    for name in FIRST_FIELDS:
        written = np.array([float(line[name] or "nan") for line in lines])
        np.testing.assert_array_equal(session.readings[name], written.astype(
            session.readings[name].dtype
        ))  # fmt: skip
    assert [(e.timestamp, e.label) for e in session.events] == [
        (0.2, 'look "here"'), (0.75, "smile"),
    ]  # fmt: skip
    assert session.info["note"] == "agreed to ✓"


def test_what_an_old_session_lacks_is_missing_and_not_nought(first: Path) -> None:
    readings = read_session(first).readings
    assert list(readings) == list(FIELDS)
    later = [COLUMN[name] for name in FIELDS if name not in FIRST_FIELDS]
    assert [c.name for c in later][:2] == ["valence_halfwidth", "arousal_halfwidth"]
    for column in later:
        if column.dtype == "str":
            assert readings[column.name].tolist() == [""] * 40
        else:
            assert readings[column.name].dtype == column.dtype
            assert np.isnan(readings[column.name]).all()


def test_an_old_session_is_reviewed_drawn_and_exported(first: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    review = load(first)
    assert len(review.time) == 40
    assert review.main_face == 0
    assert write_summary(first).is_file()
    assert export_session(first, "parquet")[0].is_file()
    sidecar = json.loads(export_session(first, "bids", tmp_path / "out")[1].read_text("utf-8"))
    assert "yaw" not in sidecar["Columns"], "a column without a number says nothing"
    assert sidecar["Baseline"]["readings"] == 16


# Newer sessions.


@pytest.fixture
def newer(first: Path) -> Path:
    """The same session as a later version may write it: new columns, among the known ones too."""
    path = first / "frames.csv"
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    names = ["frame", "pupil", *FIRST_FIELDS[1:], "label", "trial"]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        for i, line in enumerate(lines):
            pupil = "" if i == 3 else repr(3.5 + i / 7)
            writer.writerow(line | {"pupil": pupil, "label": f'a, "{i}"\nb', "trial": str(i // 10)})
    return first


def test_a_newer_session_keeps_the_columns_that_it_adds(newer: Path) -> None:
    session = read_session(newer)
    assert session.damaged == ()
    assert list(session.readings) == [*FIELDS, "pupil", "label", "trial"]
    assert session.readings["pupil"][[0, 7]].tolist() == [3.5, 4.5]
    assert np.isnan(session.readings["pupil"][3])
    assert session.readings["label"][2] == 'a, "2"\nb'
    assert session.readings["trial"].dtype == np.int64
    assert session.of_face(0)["trial"].tolist() == [i // 10 for i in range(40)]
    np.testing.assert_array_equal(
        session.readings["valence"], read_session(FIRST).readings["valence"]
    )


def test_what_a_newer_session_adds_survives_every_export(newer: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = parquet.read_table(export_session(newer, "parquet")[0])
    assert columns["label"].to_pylist()[5] == 'a, "5"\nb'
    files = export_session(newer, "bids", tmp_path / "out")
    names = json.loads(files[1].read_text("utf-8"))["Columns"]
    lines = gzip.decompress(files[0].read_bytes()).decode().splitlines()
    assert float(lines[7].split("\t")[names.index("pupil")]) == pytest.approx(4.5)
    assert "label" not in names, "a table of numbers holds no text"
    save_readings(tmp_path / "part.csv", load(newer), range(2, 9))
    part, wrong = read_rows((tmp_path / "part.csv").read_bytes())
    assert not wrong
    assert part["label"].tolist() == [f'a, "{i}"\nb' for i in range(2, 9)]


def test_a_session_that_is_read_and_written_again_is_the_same(newer: Path) -> None:
    readings = read_session(newer).readings
    again, wrong = read_rows(table(readings))
    assert not wrong
    assert list(again) == list(readings)
    for name, values in readings.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)
        assert again[name].dtype == values.dtype


@pytest.mark.parametrize(
    "header",
    [
        ",".join(n for n in FIELDS if n != "valence"),
        HEADER.decode().strip() + ",yaw",
        HEADER.decode().strip().replace("valence_smooth", "valence-smooth"),
        "",
    ],
)
def test_a_header_that_lacks_or_repeats_a_column_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="columns of a session"):
        read_rows(f"{header}\n".encode())


# Every reading comes back, by whichever way it is read.

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
numbers = st.floats(width=32, allow_infinity=False)
readings = st.builds(
    Reading,
    frame=st.integers(0, 2**53),
    timestamp=st.floats(-1e11, 1e11),
    face_id=st.integers(-1, 1000),
    success=st.booleans(),
    file=texts,
    **{c.name: numbers for c in COLUMNS if c.dtype == "float32"},
)


def same(reading: Reading, columns: rows.Columns, at: int) -> bool:
    there = tuple(columns[name][at] for name in FIELDS)
    here = tuple(getattr(reading, name) for name in FIELDS)
    return all(a == b or (a != a and b != b) for a, b in zip(here, there, strict=True))


def test_ordinary_rows_are_read_at_once() -> None:
    written = [no_face(0, 0.0), replace(no_face(1, 0.04), face_id=0, success=True, valence=0.25)]
    data = HEADER + rows.encoded("".join(map(row, written)))
    at_once = rows._at_once(FIELDS, data, data.index(b"\n") + 1)
    assert at_once is not None
    assert all(same(reading, at_once, i) for i, reading in enumerate(written))


@given(st.lists(readings, max_size=5))
def test_every_reading_comes_back_exactly(written: list[Reading]) -> None:
    data = HEADER + rows.encoded("".join(map(row, written)))
    columns, wrong = read_rows(data)
    assert not wrong
    assert all(same(reading, columns, i) for i, reading in enumerate(written))
    assert all(columns[c.name].dtype == (object if c.dtype == "str" else c.dtype) for c in COLUMNS)
    start = data.index(b"\n") + 1
    at_once = rows._at_once(FIELDS, data, start)
    assert at_once is None or all(same(reading, at_once, i) for i, reading in enumerate(written))


def test_many_lines_are_read_at_once_as_one_by_one() -> None:
    pytest.importorskip("pyarrow")
    written = [face(i, valence=(i % 201 - 100) / 100) for i in range(500)]
    data = HEADER + "".join(map(row, written)).encode()
    at_once = rows._at_once(FIELDS, data, len(HEADER))
    assert at_once is not None
    slow, wrong = rows._in_chunks(FIELDS, data[len(HEADER) :])
    assert not wrong
    for name in FIELDS:
        np.testing.assert_array_equal(at_once[name], slow[name])
        assert at_once[name].dtype == slow[name].dtype


def test_lines_that_end_with_a_carriage_return_alone_are_no_rows() -> None:
    lines = row(face(0)).replace("\n", "\r") + row(face(1)).replace("\n", "\r") + row(face(2))
    data = HEADER + lines.encode()
    assert rows._at_once(FIELDS, data, len(HEADER)) is None
    columns, wrong = read_rows(data)
    assert wrong == [2]
    assert not len(columns["frame"])


def test_a_text_that_stands_in_many_rows_is_looked_at_and_kept_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []
    bare = rows.bare

    def counted(cell: str) -> str:
        looked.append(cell)
        return bare(cell)

    monkeypatch.setattr(rows, "bare", counted)
    cells = ["'=1+1", "a.png", "a.png", "'=1+1", "'b"] * 400
    found = rows._bare(np.array(cells, object))
    assert found.tolist() == ["=1+1", "a.png", "a.png", "=1+1", "'b"] * 400
    assert sorted(looked) == ["'=1+1", "'b", "a.png"]
    assert len({id(text) for text in found}) == 3


def test_damaged_lines_are_never_read_in_two_ways() -> None:
    pytest.importorskip("pyarrow")
    lines = [row(face(i, valence=i / 20)) for i in range(12)]
    chance = random.Random(5)
    taken = 0
    for _ in range(400):
        data = bytearray("".join(lines).encode())
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.choice(b' ",\n\r.x-0159e\xff')
        whole = HEADER + bytes(data[: data.rfind(b"\n") + 1])
        at_once = rows._at_once(FIELDS, whole, len(HEADER))
        if at_once is None:
            continue
        taken += 1
        slow, wrong = rows._in_chunks(FIELDS, whole[len(HEADER) :])
        assert not wrong, whole
        for name in FIELDS:
            np.testing.assert_array_equal(at_once[name], slow[name], err_msg=f"{name} {whole!r}")
    assert taken > 20


@pytest.mark.parametrize("damage", ['"', '",', 'a "b', "x", "1,2,3"])
def test_a_damaged_line_costs_itself_alone(damage: str) -> None:
    lines = [row(face(i)) for i in range(9)]
    lines[4] = damage + lines[4]
    columns, wrong = read_rows(HEADER + "".join(lines).encode())
    assert wrong == [6]
    assert columns["frame"].tolist() == [0, 1, 2, 3, 5, 6, 7, 8]


def test_a_name_that_is_no_utf8_is_told_by_its_bytes() -> None:
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    columns, _ = read_rows(HEADER + rows.encoded(row(Reading(0, 0.0, -1, file=name))))
    assert columns["file"].tolist() == ["caf\\udce9.png"]


# What is said of the columns.


def test_every_column_says_its_unit_type_range_and_meaning() -> None:
    assert [c.name for c in COLUMNS] == [f.name for f in fields(Reading) if f.name not in OPTIONAL]
    for column in COLUMN.values():
        assert re.fullmatch(r"[A-Z][^.]*[^.\s]", column.description), column
        assert column.unit in {"", "s", "px", "deg", "arbitrary"}
        assert column.low < column.high
    assert COLUMN["valence"].range == "-1 to 1"
    assert COLUMN["width"].range == "from 0"
    assert COLUMN["x"].range == ""


def test_the_page_on_the_format_has_every_column_as_the_program_has_it() -> None:
    page = (ROOT / "docs" / "session-format.md").read_text(encoding="utf-8")
    written = [line for line in page.splitlines() if re.match(r"\| `\w+` \| \w+ \|", line)]
    stated = [
        f"| `{c.name}` | {c.dtype} | {c.unit} | {c.range} | {c.description} |"
        for c in (*COLUMNS, *OPTIONAL["emotions"])
    ]
    assert written == stated


def test_the_page_on_the_format_has_every_key_of_session_json(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "session-format.md").read_text(encoding="utf-8")
    with writer(tmp_path) as session:
        pass
    assert not [key for key in session.info() if f"`{key}`" not in page]


def test_parquet_says_the_unit_of_each_column(first: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    schema = parquet.read_schema(export_session(first, "parquet")[0])
    assert schema.field("timestamp").metadata[b"unit"] == b"s"
    assert schema.field("yaw").metadata[b"description"] == COLUMN["yaw"].description.encode()


def test_csv_readers_of_others_read_the_rows() -> None:
    text = HEADER.decode() + row(Reading(7, 0.5, 1, file='a,"b"\nc.png'))
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (line["frame"], line["file"], line["valence"]) == ("7", 'a,"b"\nc.png', "")
