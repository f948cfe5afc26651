"""The twin without a window: a source to a session folder, or to CSV on standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ..model.errors import EXIT_FAILURE, AvceError, InputError, storage_error
from ..model.predictor import Predictor
from .analysis.analyser import Analyser, Analysis
from .analysis.baseline import BASELINE_SECONDS, UNSTEADY, Baseline
from .analysis.pipeline import Pipeline, Sink, analyse_file
from .analysis.reading import Extras
from .analysis.watchdog import Watchdog, words
from .lsl.outlet import LslSink
from .opening import open_analyser, open_model
from .session.earlier import recorded_before
from .session.free_space import FreeSpace, LowSpace, expected_rate
from .session.reader import read_session
from .session.rows import header, row
from .session.seen import seen
from .session.writer import SessionWriter, open_session
from .settings import EXIT_DAMAGED, RunSettings
from .sources import open_source
from .sources.base import Source, is_damaged, remarks
from .sources.endings import shown

_LOOK_SECONDS = 0.2


class CsvSink(Sink):
    """Writes the rows of every analysis to a text stream, in the form of `frames.csv`."""

    def __init__(self, out: TextIO, extras: Extras = ()) -> None:
        self._out, self._extras = out, extras
        out.write(header(extras).decode())

    def write(self, analysis: Analysis) -> None:
        lines = "".join(row(reading, self._extras) for reading in analysis.readings)
        self._out.write(shown(lines))
        self._out.flush()


class Outputs(Sink):
    """Hands every analysis to several sinks, a session among them once there is one."""

    def __init__(self, sinks: Iterable[Sink]) -> None:
        self._sinks = list(sinks)
        self.session: SessionWriter | None = None
        self.baselines: Callable[[], Mapping[int, Baseline]] = dict
        """Asks the analyser, once there is one."""
        self.seconds = 0.0
        """Of the source, from its first analysis to the newest."""
        self._first: float | None = None

    def streams(self) -> list[dict[str, str]]:
        """The streams among them, by their facts."""
        return [sink.facts for sink in self._sinks if isinstance(sink, LslSink)]

    def add(self, sink: Sink) -> None:
        """Hand to this one too."""
        self._sinks.append(sink)

    def record(self, session: SessionWriter) -> None:
        """Hand to this session too."""
        self.session = session
        self.add(session)

    def mark(self, words: str, timestamp: float) -> None:
        """Put a marker into the session, where there is one."""
        if self.session is not None:
            self.session.event(words, timestamp)

    def write(self, analysis: Analysis) -> None:
        now = analysis.frame.timestamp
        self._first = now if self._first is None else self._first
        self.seconds = now - self._first
        for sink in self._sinks:
            sink.write(analysis)

    def end(self, *, complete: bool) -> None:
        """Close them all, also where one of them fails at it; further calls do nothing."""
        with ExitStack() as stack:
            while self._sinks:
                stack.callback(self._sinks.pop().close, complete=complete)


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


def run_headless(settings: RunSettings, *, sinks: Iterable[Sink] = ()) -> int:
    """Run to the end of the source, for `duration` seconds, or until Ctrl-C; returns 0, or 3 where
    what was read is damaged.

    A file that is interrupted leaves its session finished as far as it came, and returns 130.
    Without a folder to record into, readings go to standard output as CSV. What is said about the
    run goes to standard error. Raises `InputError` for a source or model that cannot be had.
    """
    source = open_source(settings.source, loop=settings.loop)
    outputs = Outputs(sinks)
    interrupted = False
    with ExitStack() as stack:
        stack.enter_context(source)
        predictor = open_model(settings)
        stack.callback(lambda: _draw(outputs.session, predictor))
        stack.push(lambda kind, *_: outputs.end(complete=kind is None))
        progress = stack.enter_context(_progress())
        tally = Tally(progress, settings.duration or (None if settings.loop else source.duration))
        outputs.add(tally)
        if settings.recording.folder is None:
            outputs.add(CsvSink(sys.stdout, settings.extras))
        try:
            _run(settings, source, predictor, outputs)
        except KeyboardInterrupt:
            interrupted = True
            outputs.end(complete=False)
    _say(source, tally, outputs.session, predictor)
    if settings.baseline is not None:
        _say_baselines(settings.baseline, outputs.baselines())
    return 130 if interrupted else EXIT_DAMAGED if is_damaged(source) else 0


def _run(settings: RunSettings, source: Source, predictor: Predictor, outputs: Outputs) -> None:
    """Send every analysis to the outputs."""

    def make_analyser() -> Analyser:
        analyser = open_analyser(settings, source, predictor)
        outputs.baselines = analyser.baselines
        if settings.recording.folder is not None:
            if before := recorded_before(settings.recording):
                print(before, file=sys.stderr)
            try:
                outputs.record(open_session(settings, source, analyser, outputs.streams))
            except BaseException:
                analyser.close()
                raise
        return analyser

    if settings.lsl_markers:
        outputs.add(_marker_inlet(source, outputs))
    if not source.live:
        with make_analyser() as analyser, _watched(analyser, predictor, outputs):
            analyses = analyse_file(source, analyser, duration=settings.duration)
            with closing(analyses):
                for analysis in analyses:
                    outputs.write(analysis)
        return
    live = Pipeline(
        source,
        make_analyser,
        sinks=[outputs],
        duration=settings.duration,
        give_up_after=settings.give_up_after,
        kept=0,
    )
    live.start()
    room = _room(settings, source, outputs)
    try:
        while not live.wait_for_end(_LOOK_SECONDS):
            for report in (*live.reports(), *filter(None, [room()])):
                print(report, file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        # The usual way to end a live run: everything analysed so far is written.
        pass
    finally:
        live.stop()
    if outputs.session is not None:
        outputs.session.update({"frames_dropped": live.statistics().frames_dropped})
    if live.error is not None:
        raise live.error


def _room(settings: RunSettings, source: Source, outputs: Outputs) -> Callable[[], str]:
    """Gives a warning where the disk will be full, once for each."""
    space, low = FreeSpace(), LowSpace()

    def warning() -> str:
        if outputs.session is None:
            return ""
        done = outputs.seconds
        wanted = None if settings.duration is None else settings.duration - done
        rate = expected_rate(source, settings.max_faces, settings.recording)
        return low.words(space.seconds(outputs.session.path, rate, done), wanted)

    return warning


def _watched(analyser: Analyser, predictor: Predictor, outputs: Outputs) -> Watchdog:
    """Ends the process where the model holds the main thread: nothing else can."""

    def end() -> None:
        print(words(predictor.path.name), file=sys.stderr, flush=True)
        with suppress(AvceError, OSError):
            outputs.end(complete=False)
        os._exit(EXIT_FAILURE)

    return Watchdog(lambda: analyser.busy_since, end)


def _marker_inlet(source: Source, outputs: Outputs) -> Sink:
    if not source.live:
        raise InputError(
            "--lsl-markers needs a live source, as a camera: nothing relates the time of a file "
            "to that of another program."
        )
    from .lsl.markers import MarkerInlet

    return MarkerInlet(outputs.mark).start()


def _draw(session: SessionWriter | None, predictor: Predictor) -> None:
    """Give a session its summary, however the run ended."""
    if session is None:
        return
    from .session.summary import write_summary

    try:
        write_summary(session.path, estimator=predictor)
    except AvceError as error:
        print(f"The summary could not be drawn: {error}", file=sys.stderr)
    except OSError as error:
        told = storage_error(error, session.path)
        print(f"The summary could not be drawn: {told}", file=sys.stderr)


def _say(source: Source, tally: Tally, session: SessionWriter | None, predictor: Predictor) -> None:
    print(f"{source.name}: {tally.text()}", file=sys.stderr)
    print(f"model: {predictor.path.stem} on {predictor.provider}", file=sys.stderr)
    for remark in remarks(source):
        print(remark, file=sys.stderr)
    if session is not None:
        found = seen(read_session(session.path).readings)
        if found is not None:
            print(found.words, file=sys.stderr)
        print(f"session: {session.path}", file=sys.stderr)


def _say_baselines(at: float, baselines: Mapping[int, Baseline]) -> None:
    for face_id, taken in sorted(baselines.items()):
        words = f"neutral baseline of face {face_id}, {taken.start:.2f} to {taken.end:.2f} s: "
        words += f"valence {taken.valence:+.2f}, arousal {taken.arousal:+.2f}"
        print(words + ("" if taken.steady else f". {UNSTEADY}"), file=sys.stderr)
    if not baselines:
        print(
            f"No neutral baseline was taken: no face was seen over {BASELINE_SECONDS:g} s "
            f"from {at:g} s after the first frame on.",
            file=sys.stderr,
        )
