"""The twin without a window: a source to a session folder, or to CSV on standard output."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ..model.predictor import Predictor
from .analysis import Analyser, Analysis, find_model
from .pipeline import Pipeline, Sink, analyse_file
from .session import SessionWriter
from .session_files import row
from .session_reading import HEADER
from .settings import RunSettings
from .sources import open_source
from .sources.base import Source
from .summary import write_summary


class CsvSink(Sink):
    """Writes the rows of every analysis to a text stream, in the form of `frames.csv`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        out.write(HEADER.decode())

    def write(self, analysis: Analysis) -> None:
        self._out.write("".join(map(row, analysis.readings)))
        self._out.flush()


class Fan(Sink):
    """Hands every analysis to several sinks; whoever made them closes them."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)

    def write(self, analysis: Analysis) -> None:
        for sink in self._sinks:
            sink.write(analysis)


class Tally(Sink):
    """Counts what went by, and moves a progress display."""

    def __init__(self, progress: Progress, duration: float | None) -> None:
        self.frames = self.with_face = 0
        self._first: float | None = None
        self._progress = progress
        self._task = progress.add_task("", total=duration, rate="")

    def write(self, analysis: Analysis) -> None:
        time = analysis.frame.timestamp
        self._first = time if self._first is None else self._first
        self.frames += 1
        self.with_face += any(reading.success for reading in analysis.readings)
        self._progress.update(self._task, completed=time - self._first, rate=self.text())

    def text(self) -> str:
        share = self.with_face / self.frames if self.frames else 0.0
        return f"{self.frames} frames, a face in {share:.1%}"


@contextmanager
def _progress() -> Iterator[Progress]:
    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as p:
        yield p


def open_session(
    settings: RunSettings, folder: Path, source: Source, predictor: Predictor
) -> SessionWriter:
    """A session of this run inside `folder`."""
    is_file = source.kind == "video" and bool(source.location)
    return SessionWriter(
        folder,
        source=source,
        model=predictor,
        max_faces=settings.max_faces,
        record_video=settings.record_video,
        lossless=settings.lossless,
        first_run=0,
        file=Path(source.location) if is_file else None,
    )


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does, so that its session is finished."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run_headless(settings: RunSettings, *, sinks: Sequence[Sink] = ()) -> int:
    """Run to the end of the source, for `duration` seconds, or until Ctrl-C; returns 0.

    A file that is interrupted leaves its session finished as far as it came, and returns 130.
    Without a folder to record into, readings go to standard output as CSV. What is said about the
    run goes to standard error. Raises `InputError` for a source or network that cannot be had.
    """
    source = open_source(settings.source, loop=settings.loop)
    session: SessionWriter | None = None
    interrupted = False
    with ExitStack() as stack:
        stack.enter_context(_terminate_as_interrupt())
        source = stack.enter_context(source)
        predictor = Predictor(find_model(settings.model), provider=settings.provider)
        outputs: list[Sink] = [*sinks]
        for sink in sinks:
            stack.push(lambda kind, *_, sink=sink: sink.close(complete=kind is None))
        if settings.record is not None:
            session = stack.enter_context(
                open_session(settings, settings.record, source, predictor)
            )
            outputs.append(session)
        else:
            outputs.append(CsvSink(sys.stdout))
        progress = stack.enter_context(_progress())
        tally = Tally(progress, settings.duration or (None if settings.loop else source.duration))
        outputs.append(tally)
        try:
            _run(settings, source, predictor, Fan(outputs), session)
        except KeyboardInterrupt:
            interrupted = True
            if session is not None:
                session.close(complete=False)
    _say(source, tally, session, predictor)
    return 130 if interrupted else 0


def _run(
    settings: RunSettings,
    source: Source,
    predictor: Predictor,
    everybody: Fan,
    session: SessionWriter | None,
) -> None:
    """Send every analysis to the outputs."""

    def make_analyser() -> Analyser:
        video = source.kind != "images"
        return Analyser(predictor, max_faces=settings.max_faces, video=video)

    if not source.live:
        with make_analyser() as analyser:
            for analysis in analyse_file(source, analyser, duration=settings.duration):
                everybody.write(analysis)
        return
    live = Pipeline(source, make_analyser, sinks=[everybody], duration=settings.duration)
    live.start()
    try:
        while not live.wait_for_end(0.5):
            pass
    except KeyboardInterrupt:
        # The usual way to end a live run: everything analysed so far is written.
        pass
    finally:
        live.stop()
    if session is not None:
        session.update({"frames_dropped": live.statistics().frames_dropped})
    if live.error is not None:
        raise live.error


def _say(source: Source, tally: Tally, session: SessionWriter | None, predictor: Predictor) -> None:
    print(f"{source.name}: {tally.text()}", file=sys.stderr)
    for skipped in source.skipped:
        print(f"left out, as it cannot be read: {skipped}", file=sys.stderr)
    damage = getattr(source, "damaged", "")
    if damage:
        print(damage, file=sys.stderr)
    if session is not None:
        write_summary(session.path, estimator=predictor)
        print(f"session: {session.path}", file=sys.stderr)
