"""The run without a window: how its session ends when the run does not end well."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from avce.app import headless
from avce.app.analysis.analyser import Analyser, Analysis
from avce.app.session.reader import Session, read_session
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources.base import Frame

from .stand_ins import Collector, FilmSource, StandInFinder, StandInNetwork, frame


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
) -> int:
    used = network or StandInNetwork()
    monkeypatch.setattr(headless, "open_source", lambda spec, loop=False: source)
    monkeypatch.setattr(headless, "find_model", lambda model: used.path)
    monkeypatch.setattr(headless, "Predictor", lambda path, provider: used)
    monkeypatch.setattr(
        headless,
        "Analyser",
        lambda predictor, **options: Analyser(predictor, StandInFinder(), **options),
    )
    settings = RunSettings(source="0", headless=True, recording=RecordingOptions(folder))
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
