"""The program from Python: documented examples, data frames, and what a notebook shows."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import avce.app
from avce.app import Readings, analyse, notebook, read_session, stream
from avce.app.analysis.reading import COLUMN, FIELDS
from avce.app.headless import run_headless
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources.base import Frame, Source
from avce.model.anchors import EMOTIONS
from avce.model.errors import AvceError, InputError
from avce.model.session_people import People, write_people

from .study_folders import columns, session


class Endless(Source):
    """A camera that nobody looks through."""

    kind = "camera"
    name = "camera"
    live = True

    def open(self) -> None: ...

    def read(self) -> Frame | None:
        return None

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def half_a_second() -> Readings:
    return analyse("demo", duration=0.5, progress=False)


def test_a_recording_and_python_read_the_same(half_a_second: Readings, tmp_path: Path) -> None:
    run_headless(RunSettings("demo", recording=RecordingOptions(tmp_path), duration=0.5))
    session = read_session(next(tmp_path.iterdir()))
    recorded = Readings.of_session(session)
    assert len(recorded) == len(half_a_second) > 10
    for name in FIELDS:
        np.testing.assert_array_equal(recorded[name], half_a_second[name])
    assert recorded.source == half_a_second.source == "demo"


def test_frames_of_pandas_and_polars_agree_and_tell_units(half_a_second: Readings) -> None:
    pandas, polars = half_a_second.to_pandas(), half_a_second.to_polars()
    assert list(pandas.columns) == list(polars.columns) == list(FIELDS)
    for name in ("timestamp", "valence", "face_id"):
        np.testing.assert_array_equal(pandas[name], polars[name].to_numpy())
        np.testing.assert_array_equal(pandas[name], half_a_second[name])
    assert pandas.attrs["units"]["timestamp"] == "s"
    assert pandas.attrs["descriptions"]["yaw"] == COLUMN["yaw"].description
    field = half_a_second.to_arrow().schema.field("width")
    assert field.metadata[b"unit"] == b"px"


def test_a_stream_gives_a_tuple_for_each_frame(half_a_second: Readings) -> None:
    frames = list(stream("demo", duration=0.5))
    assert [rows[0].frame for rows in frames] == half_a_second["frame"].tolist()
    opened = stream("demo")
    assert next(opened)[0].frame == 0
    opened.close()


def test_optional_columns_are_there_where_they_are_asked_for(half_a_second: Readings) -> None:
    told = analyse("demo", duration=0.2, extras=("emotions",), progress=False)
    shares = np.stack([told[f"emotion_{name}"] for name in EMOTIONS], axis=1)
    found = told["success"]
    np.testing.assert_allclose(shares[found].sum(axis=1), 1, atol=1e-4)
    assert "emotion_neutral" not in half_a_second.columns
    assert "emotion_neutral" in told.to_pandas().columns
    with pytest.raises(InputError, match="no optional columns 'emotion'"):
        analyse("demo", duration=0.2, extras=("emotion",), progress=False)


def test_a_gap_and_two_faces_are_drawn_as_such() -> None:
    times = np.concatenate([np.arange(10), np.arange(50, 60)]) / 10
    n = 2 * len(times)
    columns = {
        "frame": np.arange(n),
        "timestamp": np.tile(times, 2),
        "face_id": np.repeat([0, 1], len(times)),
        "success": np.ones(n, bool),
        "valence_smooth": np.zeros(n),
        "arousal_smooth": np.zeros(n),
    }
    (axes,) = Readings("made", "", columns).plot().axes
    curves = [line for line in axes.lines if len(line.get_xdata()) == 10]
    assert len(curves) == 2 * 2 * 2
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [f"{axis}, face {i}" for i in (0, 1) for axis in ("valence", "arousal")]


def test_a_notebook_shows_the_curves_and_escapes_names(half_a_second: Readings) -> None:
    shown = Readings("<b>x</b>", "m.onnx", half_a_second.columns)._repr_html_()
    assert "<svg" in shown
    assert "&lt;b&gt;x" in shown
    assert "<b>x" not in shown
    assert shown.count("<tr>") == 1 + 5


def test_readings_without_a_row_are_shown_too(half_a_second: Readings) -> None:
    empty = {name: column[:0] for name, column in half_a_second.columns.items()}
    assert "0 readings" in Readings("none", "", empty)._repr_html_()


def test_a_live_source_needs_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "open_source", lambda _: Endless())
    with pytest.raises(InputError, match="give a duration"):
        analyse("0", progress=False)


def test_a_package_that_is_missing_is_named(
    half_a_second: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(AvceError, match="pip install polars"):
        half_a_second.to_polars()


def test_the_examples_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = Path(__file__).parents[2] / "README.md"
    section = readme.read_text(encoding="utf-8").split("## From Python")[1].split("\n## ")[0]
    example = section.split("```python")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    exec(example, {"__name__": "example"})
    (written,) = tmp_path.glob("*.csv")
    with written.open(newline="") as file:
        assert len(list(csv.DictReader(file))) > 10


def test_the_package_names_what_it_offers_and_nothing_else() -> None:
    assert all(getattr(avce.app, name) for name in avce.app.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = avce.app.nothing


def test_a_session_s_people_stand_beside_its_readings(tmp_path: Path) -> None:
    times = np.repeat(np.arange(0, 4, 0.1), 2)
    numbers = np.where(np.arange(80) % 2, 2, np.where(times < 2, 1, 3))
    folder = session(tmp_path / "s", columns(times, valence=0.5, arousal=0.1, face_id=numbers))
    assert "person" not in Readings.of_session(read_session(folder)).columns
    write_people(folder, People({1: "Anna"}, {3: 1}))
    readings = Readings.of_session(read_session(folder))
    frame = readings.to_pandas()
    told = set(zip(frame["face_id"], frame["person"], frame["face_name"], strict=True))
    assert told == {(1, 1, "Anna"), (2, 2, ""), (3, 1, "Anna")}
    (axes,) = readings.plot().axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["valence, Anna", "arousal, Anna", "valence, face 2", "arousal, face 2"]
