"""The run without a window: how its session ends when the run does not end well."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avce.app import headless, opening
from avce.app.analysis.analyser import Analyser, Analysis
from avce.app.session.reader import Session, read_session
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources.base import Frame
from avce.model.errors import AvceError
from avce.model.face.face import Face

from .stand_ins import Collector, FilmSource, StandInFinder, StandInNetwork, face_at, frame


class BreaksOff(FilmSource):
    """Gives its frames, then fails; live or not."""

    def __init__(self, frames: Sequence[Frame], *, live: bool) -> None:
        super().__init__(frames, "breaks off")
        self.live = live

    def read(self) -> Frame | None:
        found = super().read()
        if found is None:
            raise RuntimeError("the driver broke")
        return found


def run(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    source: FilmSource,
    network: StandInNetwork | None = None,
    sinks: Sequence[Collector] = (),
    script: Callable[[int], Sequence[Face]] | None = None,
    **wanted: Any,
) -> int:
    used = network or StandInNetwork()
    monkeypatch.setattr(headless, "open_source", lambda spec, loop=False: source)
    monkeypatch.setattr(headless, "open_model", lambda settings: used)
    monkeypatch.setattr(
        opening,
        "Analyser",
        lambda predictor, **options: Analyser(predictor, StandInFinder(script), **options),
    )
    wanted.setdefault("recording", RecordingOptions(folder))
    settings = RunSettings("0", headless=True, **wanted)
    return headless.run_headless(settings, sinks=sinks)


def recorded(folder: Path) -> Session:
    (path,) = folder.iterdir()
    return read_session(path)


FRAMES = [frame(i) for i in range(3)]


@pytest.mark.parametrize("live", [True, False])
def test_a_source_that_breaks_leaves_its_rows_in_an_interrupted_session(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, live: bool
) -> None:
    outside = Collector()
    source = BreaksOff(FRAMES, live=live)
    with pytest.raises(RuntimeError, match="the driver broke"):
        run(monkeypatch, tmp_path, source, sinks=[outside])
    session = recorded(tmp_path)
    assert session.info["status"] == "interrupted"
    # A live source drops what the network had no time for.
    assert session.readings["frame"].tolist() == outside.indices
    assert live or outside.indices == [0, 1, 2]
    assert (outside.closed, outside.complete) == (1, False)
    assert (session.path / "summary.png").is_file()


@pytest.mark.parametrize("live", [True, False])
def test_a_network_that_fails_leaves_the_rows_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, live: bool
) -> None:
    calls: list[int] = []

    def fail_later() -> None:
        calls.append(0)
        if len(calls) == 3:
            raise RuntimeError("out of order")

    # Looped, so that a live source always has another frame for the network.
    class Endless(FilmSource):
        def read(self) -> Frame | None:
            self._next %= len(self.frames)
            return super().read()

    source = Endless(FRAMES) if live else FilmSource(FRAMES)
    source.live = live
    with pytest.raises(RuntimeError, match="out of order"):
        run(monkeypatch, tmp_path, source, StandInNetwork(fail_later))
    session = recorded(tmp_path)
    assert session.info["status"] == "interrupted"
    assert len(session.readings["frame"]) == 2
    assert session.info["counts"]["rows"] == 2


def test_a_full_disk_ends_the_run_and_the_rows_before_it_are_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from avce.app.session import writer as writing

    lines = writing.append_lines
    taken: list[bytes] = []

    def full(file: object, line: bytes) -> None:
        taken.append(line)
        if len(taken) == 5:  # two headings, two rows, then the disk is full
            raise OSError(errno.ENOSPC, "no space left on device")
        lines(file, line)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "append_lines", full)
    with pytest.raises(OSError, match="the disk is full"):
        run(monkeypatch, tmp_path, FilmSource(FRAMES))
    session = recorded(tmp_path)
    assert session.info["status"] == "interrupted"
    assert session.readings["frame"].tolist() == [0, 1]


def test_a_run_that_ends_well_is_complete_for_everybody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    outside = Collector()
    assert run(monkeypatch, tmp_path, FilmSource(FRAMES), sinks=[outside]) == 0
    assert recorded(tmp_path).info["status"] == "complete"
    assert outside.complete is True


def test_what_a_sink_saw_before_it_failed_is_not_called_complete(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Full(Collector):
        def write(self, analysis: Analysis) -> None:
            raise OSError("disk full")

    outside = Full()
    with pytest.raises(OSError, match="disk full"):
        run(monkeypatch, tmp_path, FilmSource(FRAMES), sinks=[outside])
    assert outside.complete is False


def test_a_damaged_source_is_the_exit_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    film = FilmSource(FRAMES, "cut.mkv")
    film.damaged = "cut.mkv is damaged: it ends at 1.000 s of the 2.000 s that it states."
    monkeypatch.setattr("avce.app.session.summary.write_summary", lambda *_, **__: None)
    assert run(monkeypatch, tmp_path, film) == 3
    assert film.damaged in capsys.readouterr().err
    assert recorded(tmp_path).source_damage == (film.damaged,)


def test_a_baseline_is_taken_over_three_seconds_of_the_sources_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Dark for 2 s, then brighter and brighter, 10 frames a second.
    frames = [frame(i, 7.0 + i / 10, value=20 if i < 20 else 20 + i) for i in range(80)]
    # The second face comes too late to be asked.
    script = lambda i: [face_at(15.0), *([face_at(50.0)] if i >= 55 else [])]  # noqa: E731
    monkeypatch.setattr("avce.app.session.summary.write_summary", lambda *_, **__: None)
    run(monkeypatch, tmp_path, FilmSource(frames), script=script, faces=2, baseline=2.0)
    session = recorded(tmp_path)
    (number,) = session.info["baselines"]
    taken = session.info["baselines"][number]
    assert (number, taken["start"], taken["end"], taken["readings"]) == ("0", 9.0, 12.0, 31)
    rows = session.of_face(0)
    inside = (rows["timestamp"] >= 9.0) & (rows["timestamp"] <= 12.0)
    assert taken["valence"] == pytest.approx(rows["valence"][inside].mean(), abs=1e-6)
    known = np.isfinite(rows["valence_relative"])
    assert rows["timestamp"][known].min() == 12.0
    np.testing.assert_allclose(
        rows["valence_relative"][known], rows["valence"][known] - taken["valence"], atol=1e-6
    )
    said = capsys.readouterr().err
    assert "neutral baseline of face 0, 9.00 to 12.00 s: valence -0.57, arousal -0.28" in said


@pytest.mark.parametrize("seen", [range(0), range(10), range(0, 40, 39)])
def test_a_baseline_that_could_not_be_taken_is_said(
    seen: range,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    frames = [frame(i, i / 10) for i in range(40)]
    script = lambda i: [face_at(30.0)] if i in seen else []  # noqa: E731
    monkeypatch.setattr("avce.app.session.summary.write_summary", lambda *_, **__: None)
    run(monkeypatch, tmp_path, FilmSource(frames), script=script, baseline=0.0)
    assert recorded(tmp_path).info["baselines"] == {}
    said = "No neutral baseline was taken: no face was seen over 3 s from 0 s after the first frame"
    assert said in capsys.readouterr().err


def test_a_participant_who_was_recorded_before_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("avce.app.session.summary.write_summary", lambda *_, **__: None)
    about = RecordingOptions(tmp_path, participant="P01")
    for said in (False, True):
        run(monkeypatch, tmp_path, FilmSource(FRAMES), recording=about)
        assert ("P01 was recorded before" in capsys.readouterr().err) is said


def test_where_no_session_can_be_opened_the_networks_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else MediaPipe complains at the end of the program.
    closed: list[str] = []
    monkeypatch.setattr(Analyser, "close", lambda _: closed.append("analyser"))
    (tmp_path / "file").touch()
    with pytest.raises(AvceError, match="cannot be written"):
        run(monkeypatch, tmp_path / "file", FilmSource([frame(0, 0.0)], "short"))
    assert closed == ["analyser"]
