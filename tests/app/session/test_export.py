"""Sessions as tables for other programs: nothing lost, nothing overwritten, nothing that runs."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from avce.app.analysis.reading import FIELDS
from avce.app.cli import main
from avce.app.session.export import (
    ABOUT_ROWS,
    FORMATS,
    JUDGED,
    ExportOptions,
    blanked,
    export_csv,
    export_session,
)
from avce.app.session.reader import Event, read_session
from avce.app.session.rows import read_rows
from avce.app.session.spreadsheets import bare, guarded
from avce.model.errors import InputError
from avce.model.system.whole_file import whole_file

from ..session_folders import analysis, face, writer
from .exported import session_of

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "=cmd|' /C calc'!A0",
    "'=1",
    "''-",
    "＝1",
]
PLAIN = ["", "a", "'", "'a", "1", " =1", "a=1", "n/a", "–", "ß\n=1"]


def test_parquet_holds_every_row_and_what_the_session_says_of_itself(tmp_path: Path) -> None:
    path = session_of(tmp_path)
    (file,) = export_session(path, "parquet")
    assert file == path / "frames.parquet"
    table = parquet.read_table(file)
    session = read_session(path)
    assert table.column_names == list(FIELDS)
    types = {name: str(table.schema.field(name).type) for name in FIELDS}
    assert types["timestamp"] == "double"
    assert types["frame"] == types["face_id"] == "int64"
    assert types["success"] == "bool"
    assert types["valence"] == types["confidence"] == "float"
    for name in FIELDS:
        np.testing.assert_array_equal(table[name].to_numpy(), session.readings[name], err_msg=name)
    assert table["valence"].null_count == int(np.isnan(session.readings["valence"]).sum()) == 9
    assert json.loads(table.schema.metadata[b"avce.session"]) == session.info
    events = json.loads(table.schema.metadata[b"avce.events"])
    assert events == [{"timestamp": 2.5, "label": "a\tb\nc", "duration": 0.0}]


def test_csv_holds_every_row_and_whose_it_is(tmp_path: Path) -> None:
    path = session_of(tmp_path, participant="P01", condition="=A", task="talk, again")
    (file,) = export_session(path, "csv")
    assert file == path / f"{path.name}.csv"
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert list(rows[0]) == [*FIELDS, *ABOUT_ROWS]
    assert {tuple(row[name] for name in ABOUT_ROWS) for row in rows} == {
        ("P01", "", "'=A", "talk, again")
    }
    read, wrong = read_rows(file.read_bytes())
    assert not wrong
    session = read_session(path)
    for name in FIELDS:
        np.testing.assert_array_equal(read[name], session.readings[name], err_msg=name)
    assert set(read["condition"]) == {"=A"}


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_folder_given_for_a_file_gets_one_named_after_the_session(
    tmp_path: Path, kind: str
) -> None:
    path = session_of(tmp_path)
    (tmp_path / "out").mkdir()
    named = tmp_path / "out" / f"{path.name}.{kind}"
    assert export_session(path, kind, tmp_path / "out") == [named]
    made = export_session(path, kind, tmp_path / "new" / f"x.{kind}")
    assert made[0].is_file()


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_nothing_is_overwritten_unasked(tmp_path: Path, kind: str) -> None:
    path, out = session_of(tmp_path), tmp_path / f"mine.{kind}"
    out.write_bytes(b"precious")
    with pytest.raises(InputError, match=r"already exists: .*--overwrite"):
        export_session(path, kind, out)
    assert out.read_bytes() == b"precious"
    export_session(path, kind, out, ExportOptions(overwrite=True))
    assert out.read_bytes() != b"precious"
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".tmp")] == []


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_an_export_never_takes_the_place_of_a_recording(tmp_path: Path, kind: str) -> None:
    path = session_of(tmp_path)
    for name in ("frames.csv", "events.csv", "session.json"):
        before = (path / name).read_bytes()
        with pytest.raises(InputError, match="is a recording itself"):
            export_session(path, kind, path / name, ExportOptions(overwrite=True))
        assert (path / name).read_bytes() == before


def test_a_file_that_comes_while_another_writes_it_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"

    def written() -> None:
        with whole_file(out, overwrite=False) as part:
            part.write_bytes(b"late")
            out.write_bytes(b"early")

    with pytest.raises(InputError, match="already exists"):
        written()
    assert out.read_bytes() == b"early"
    assert list(tmp_path.iterdir()) == [out]


def test_wrong_exports_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = session_of(tmp_path)
    with pytest.raises(InputError, match="no export to 'xlsx': choose parquet, csv, bids"):
        export_session(path, "xlsx")
    (tmp_path / "file").write_text("")
    for kind in FORMATS:
        with pytest.raises(InputError, match="is not a session folder"):
            export_session(tmp_path / "nothing", kind)
        with pytest.raises(InputError, match="cannot be written"):
            export_session(path, kind, tmp_path / "file" / f"out.{kind}")
    assert main(["export", str(path), "--format", "csv", "--run", "2"]) == 2
    assert "are for BIDS alone" in capsys.readouterr().err


# Cells that a spreadsheet would run.


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_would_run_is_text_and_comes_back(text: str) -> None:
    assert guarded(text) == "'" + text
    assert bare(guarded(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_other_cells_stand_as_they_are(text: str) -> None:
    assert guarded(text) == text
    assert bare(text) == text


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\na1＝"), max_size=6))
def test_every_text_comes_back(text: str) -> None:
    assert bare(guarded(text)) == text
    assert not guarded(text).startswith(tuple("=+-@\t\r\n＝"))


def test_no_csv_of_a_session_begins_a_cell_with_a_formula(tmp_path: Path) -> None:
    with writer(tmp_path, participant="=P", condition="@c", task="+t") as session:
        for number, label in enumerate([*FORMULAS, *PLAIN]):
            session.event(label, float(number))
    read = read_session(session.path)
    assert [event.label for event in read.events] == [*FORMULAS, *PLAIN]
    with (session.path / "events.csv").open(newline="") as file:
        cells = [row[1] for row in csv.reader(file)]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]


def test_a_session_of_before_keeps_its_labels(tmp_path: Path) -> None:
    path = session_of(tmp_path)
    (path / "events.csv").write_bytes(b'timestamp,label\n1.0,"=old"\n2.0,"it\'s"\n')
    assert read_session(path).events == (Event(1.0, "=old"), Event(2.0, "it's"))


def test_names_of_images_and_added_columns_are_guarded_and_numbers_are_not(tmp_path: Path) -> None:
    session = read_session(session_of(tmp_path))
    count = len(session)
    added = {"=name": np.full(count, "-a", object), "trial": np.arange(count) - 3}
    named = {"file": np.array(["=1.png"] * count, object)}
    odd = replace(session, readings={**session.readings, **named, **added})
    export_csv(odd, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        header, first, *_ = csv.reader(file)
    cells = dict(zip(header, first, strict=True))
    assert (cells["file"], cells["'=name"], cells["trial"]) == ("'=1.png", "'-a", "-3")
    assert float(cells["valence"]) == pytest.approx(-0.4)
    read, wrong = read_rows((tmp_path / "out.csv").read_bytes())
    assert not wrong
    for name in odd.readings:
        np.testing.assert_array_equal(read[name], odd.readings[name], err_msg=name)


def test_pandas_reads_the_exports(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    path = session_of(tmp_path, participant="P01")
    table = pandas.read_csv(export_session(path, "csv")[0])
    same = pandas.read_parquet(export_session(path, "parquet")[0])
    assert (table["participant"] == "P01").all()
    for name in ("timestamp", "face_id", "valence"):
        np.testing.assert_allclose(table[name], same[name], rtol=1e-6)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_readings_of_less_quality_are_blank_in_an_export_and_nothing_is_deleted(
    form: str, tmp_path: Path
) -> None:
    path = session_of(tmp_path)
    session = read_session(path)
    quality = np.where(np.arange(len(session)) % 3, 0.9, 0.2).astype(np.float32)
    quality[5] = np.nan  # not known, so not poor
    session = replace(session, readings={**session.readings, "quality": quality})
    poor = quality < 0.5
    less = blanked(session, 0.5)
    for name, values in session.readings.items():
        expected = np.where(poor, np.nan, values) if name in JUDGED else values
        np.testing.assert_array_equal(less.readings[name], expected, err_msg=name)
    assert blanked(session, 0.0) is session
    # The command says what it did, and the session stays as it was.
    before = (path / "frames.csv").read_bytes()
    assert main(["export", str(path), "--format", form, "--min-quality", "0.5"]) == 0
    assert (path / "frames.csv").read_bytes() == before
    with pytest.raises(InputError, match="--min-quality lies between 0 and 1, not at 2"):
        ExportOptions(min_quality=2)


@pytest.mark.parametrize("format", FORMATS)
def test_half_of_a_recording_is_not_exported(format: str, tmp_path: Path) -> None:  # noqa: A002
    session = writer(tmp_path / "sessions", participant="P01")
    session.write(analysis(0, face(0)))
    with pytest.raises(InputError, match="still being recorded: export it once it has ended"):
        export_session(session.path, format, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    session.close()
    assert export_session(session.path, format, tmp_path / "out")
