"""Sessions for other programs: nothing lost in Parquet, nothing invented in BIDS."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from avce.app.analysis import Analysis
from avce.app.baseline import Baseline
from avce.app.export_session import export_bids, export_session
from avce.app.reading import FIELDS, Reading, no_face
from avce.app.resampling import resample
from avce.app.session import ModelInfo, SessionWriter, SourceInfo, read_session
from avce.app.sources.base import Frame
from avce.model.errors import InputError, MissingExtraError

PICTURE = np.zeros((6, 8, 3), np.uint8)


def valence(t: float) -> float:
    """A straight line, which linear interpolation must give back at any rate."""
    return 0.1 * t - 0.4


def session_of(folder: Path, *, rate: float | None = 10.0, start: float = 2.0) -> Path:
    """3 s at 10 Hz from `start`: face 0 always but 1-2 s, face 1 in the last second alone."""
    writer = SessionWriter(
        folder,
        source=SourceInfo("video", "clip.mp4", rate=rate),
        model=ModelInfo(Path("net.onnx"), "ab", "cpu"),
    )
    for i in range(31):
        t = i / 10
        at = start + t
        v = valence(t)
        rows = []
        if not 1.0 < t < 2.0:
            rows.append(Reading(i, at, 0, 0.9, True, 0, 0, 5, 5, v, -v, v, -v, v, -v))
        if t >= 2.0:
            rows.append(Reading(i, at, 1, 0.8, True, 0, 0, 5, 5, 0.5, 0.5, 0.5, 0.5))
        found = tuple(rows) or (no_face(i, at),)
        writer.write(Analysis(Frame(i, at, PICTURE, 0.0), found))
    writer.event("a\tb\nc", start + 0.5)
    writer.update(baselines={0: Baseline(0.1, 0.2, 0.02, 0.01, start, start + 1, 10)})
    writer.close()
    return writer.path


def columns(path: Path, sidecar: Path) -> dict[str, list[str]]:
    names = json.loads(sidecar.read_text("utf-8"))["Columns"]
    text = gzip.decompress(path.read_bytes()).decode()
    rows = list(csv.reader(text.splitlines(), delimiter="\t"))
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def test_bids_files_have_the_names_and_the_sidecar_of_a_physiological_recording(
    tmp_path: Path,
) -> None:
    files = export_session(session_of(tmp_path), "bids", tmp_path / "out")
    assert [f.name for f in files] == [
        "sub-01_task-expression_recording-face0_physio.tsv.gz",
        "sub-01_task-expression_recording-face0_physio.json",
        "sub-01_task-expression_recording-face1_physio.tsv.gz",
        "sub-01_task-expression_recording-face1_physio.json",
        "sub-01_task-expression_events.tsv",
    ]
    sidecar = json.loads(files[1].read_text("utf-8"))
    assert sidecar["SamplingFrequency"] == 10.0
    assert sidecar["StartTime"] == 2.0
    assert sidecar["Columns"][:2] == ["valence", "arousal"]
    for name in sidecar["Columns"]:
        assert sidecar[name]["Description"]
        assert sidecar[name]["Units"]
    assert sidecar["Baseline"]["readings"] == 10
    assert sidecar["Model"]["sha256"] == "ab"
    assert json.loads(files[3].read_text("utf-8"))["Baseline"] is None
    assert files[4].read_text().splitlines() == [
        "onset\tduration\ttrial_type",
        "2.5\tn/a\ta b c",
    ]


def test_at_the_rate_of_the_source_the_readings_come_back(tmp_path: Path) -> None:
    table = columns(*export_session(session_of(tmp_path), "bids", tmp_path / "out")[:2])
    assert len(table["valence"]) == 31
    for i, cell in enumerate(table["valence"]):
        if 10 < i < 20:
            assert cell == "n/a"
        else:
            assert float(cell) == pytest.approx(valence(i / 10), abs=1e-6)
    other = columns(*export_session(session_of(tmp_path), "bids", tmp_path / "out")[2:4])
    assert other["valence"] == ["n/a"] * 20 + ["0.5"] * 11
    assert other["valence_relative"] == ["n/a"] * 31


@pytest.mark.parametrize("rate", [7.0, 25.0, 1000 / 3])
def test_another_rate_is_linear_within_stretches_and_empty_between(
    tmp_path: Path, rate: float
) -> None:
    session = read_session(session_of(tmp_path))
    files = export_bids(session, tmp_path / "out", rate=rate)
    cells = columns(*files[:2])["valence"]
    assert len(cells) == int(3.0 * rate + 1e-6) + 1
    for i, cell in enumerate(cells):
        t = i / rate
        if 1.0 + 1e-6 < t < 2.0 - 1e-6:
            assert cell == "n/a"
        else:
            assert float(cell) == pytest.approx(valence(t), abs=1e-6)


def test_a_source_without_a_rate_is_exported_at_the_rate_of_its_rows(tmp_path: Path) -> None:
    files = export_session(session_of(tmp_path, rate=None), "bids", tmp_path / "out")
    assert json.loads(files[1].read_text("utf-8"))["SamplingFrequency"] == 10.0


def test_resampling_gives_the_values_themselves_at_their_own_times() -> None:
    times = np.array([0.0, 0.05, 0.13, 0.2, 5.0, 5.1])
    values = np.array([1.0, -1.0, 3.0, np.nan, 7.0, 8.0])
    assert resample(times, values, times[[0, 1, 2, 4, 5]]).tolist() == [1, -1, 3, 7, 8]
    between = resample(times, values, np.array([0.025, 0.09, 0.2, 2.0, 5.05]))
    np.testing.assert_allclose(between, [0, 1, np.nan, np.nan, 7.5])


def test_bids_of_the_same_session_is_the_same_to_the_byte(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    first = export_session(session, "bids", tmp_path / "a")
    second = export_session(session, "bids", tmp_path / "b")
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in second]


def test_parquet_holds_every_row_and_what_the_session_says_of_itself(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
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
    assert events == [{"timestamp": 2.5, "label": "a\tb\nc"}]


def test_a_folder_given_for_parquet_gets_a_file_named_after_the_session(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = session_of(tmp_path)
    (tmp_path / "out").mkdir()
    assert export_session(path, "parquet", tmp_path / "out") == [
        tmp_path / "out" / f"{path.name}.parquet"
    ]
    made = export_session(path, "parquet", tmp_path / "new" / "x.parquet")
    assert made[0].is_file()


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"avce-live\[parquet\]"):
        export_session(session_of(tmp_path), "parquet")


def test_wrong_exports_are_one_sentence(tmp_path: Path) -> None:
    path = session_of(tmp_path)
    with pytest.raises(InputError, match="no export to 'xlsx': choose parquet or bids"):
        export_session(path, "xlsx")
    with pytest.raises(InputError, match="is not a session folder"):
        export_session(tmp_path / "nothing", "bids")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        export_session(path, "bids", tmp_path / "file")
    with pytest.raises(InputError, match="give another"):
        export_bids(read_session(path), tmp_path / "out", rate=0.0)
    with pytest.raises(InputError, match="no BIDS label"):
        export_bids(read_session(path), tmp_path / "out", subject="--")


def test_a_session_without_a_face_is_no_recording(tmp_path: Path) -> None:
    with SessionWriter(
        tmp_path,
        source=SourceInfo("video", "clip.mp4"),
        model=ModelInfo(Path("net.onnx"), "ab", "cpu"),
    ) as writer:
        writer.write(Analysis(Frame(0, 0.0, PICTURE, 0.0), (no_face(0, 0.0),)))
    with pytest.raises(InputError, match="holds no face"):
        export_session(writer.path, "bids")


def test_a_killed_session_can_be_exported(tmp_path: Path) -> None:
    path = session_of(tmp_path)
    (path / "session.json").unlink()
    frames = path / "frames.csv"
    frames.write_bytes(frames.read_bytes()[:-5])
    assert len(export_session(path, "bids")) == 5
