"""From a source to readings: in order and whole for a file, newest frame first for a live source.

A live run has a thread that captures, one that finds faces, one that estimates, and a window that
paints: painting never waits for the model. A file is played at true speed and each of its frames is
analysed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from math import nan
from typing import Literal, Protocol

from ...model.errors import AvceError, InputError
from ..sources.base import Frame, Source
from .analyser import Analyser, Analysis
from .frame_queue import FrameQueue, ReadOut
from .frozen import FrozenWatch
from .looking_back import Found, LookBack
from .stages import ahead
from .statistics import Statistics
from .watchdog import PATIENCE_SECONDS, Watchdog, words

__all__ = ["Pipeline", "Sink", "State", "Statistics", "analyse_file", "frames_of"]

State = Literal["starting", "running", "paused", "lost", "ended", "failed"]
KEPT = 240
"""Analyses that wait for whoever asks for them, each without the pixels of its frame."""
_RETRY_SECONDS = 0.5
_QUICK_BYTES = 200_000_000
"""The frames of a larger file are not counted while somebody waits for a seek."""


class Sink(Protocol):
    """Takes every analysis in order, on the analysing thread."""

    def write(self, analysis: Analysis) -> None: ...

    def close(self, *, complete: bool = True) -> None:
        """The run is over; not `complete` where it failed. Further calls do nothing."""


def frames_of(
    source: Source,
    duration: float | None = None,
    *,
    start: float | None = None,
    end: float | None = None,
) -> Generator[Frame]:
    """All frames of an open source, those of its first `duration` seconds, or those from `start`
    on and before `end` (s, the source's time), each with its number in the source."""
    first: float | None = None
    # Where the numbers are not to be had otherwise, all frames before it are read.
    if start and source.number_frames():
        source.seek(start)
    while (frame := source.read()) is not None:
        if start is not None and frame.timestamp < start:
            continue
        if end is not None and frame.timestamp >= end:
            return
        first = frame.timestamp if first is None else first
        if duration is not None and frame.timestamp - first >= duration:
            return
        yield frame


def analyse_file(
    source: Source,
    analyser: Analyser,
    *,
    duration: float | None = None,
    start: float | None = None,
    end: float | None = None,
) -> Generator[Analysis]:
    """The frames of `frames_of`, in order, as fast as it goes; close it before the source."""
    yield from analyser.analyse_all(frames_of(source, duration, start=start, end=end))


class Pipeline:
    """Runs a source through an analyser on threads: capture, find, estimate.

    Args:
        source: opened by the pipeline if it is not open yet; closed by it.
        analyser_factory: makes the analyser, on the thread that estimates.
        sinks: get every analysis; closed after the last one, as incomplete where the run failed.
        duration: end after that many seconds of the source's time.
        give_up_after: fail once a live source has been lost for that many seconds; None never.
        kept: how many analyses wait for `drain` at most; 0 where nobody calls it.
        patience: seconds after which a model that does not answer has failed.
    """

    def __init__(
        self,
        source: Source,
        analyser_factory: Callable[[], Analyser],
        *,
        sinks: Sequence[Sink] = (),
        duration: float | None = None,
        give_up_after: float | None = None,
        kept: int = KEPT,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._patience = patience
        self.source = source
        self.error: Exception | None = None
        self._make_analyser = analyser_factory
        self._analyser: Analyser | None = None
        self._sinks = tuple(sinks)
        self._frames = FrameQueue(duration)
        self._give_up_after = give_up_after
        self._reports: deque[str] = deque()
        self._results: deque[Analysis] = deque(maxlen=kept)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads; once."""
        if self._threads:
            raise AvceError("This pipeline was started before: make a new one.")
        for target, name in ((self._capture, "avce-capture"), (self._analyse, "avce-analyse")):
            self._threads.append(threading.Thread(target=target, name=name, daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """End all threads and close source, analyser and sinks; whether that was done in time.

        What was analysed before this call is in the sinks. Further calls do nothing more.
        """
        never_started = not self._threads and not self._frames.stopping
        self._frames.stop()
        if never_started:
            self.source.close()
            self._close_sinks()
        self.source.interrupt()
        return self.join(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait for all threads to end by themselves; whether they have."""
        deadline = None if timeout is None else time.monotonic() + timeout
        for thread in self._threads:
            thread.join(None if deadline is None else max(deadline - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def state(self) -> State:
        """What is going on."""
        now = self._frames
        if self.error is not None:
            return "failed"
        if now.ended:
            return "ended"
        if now.lost:
            return "lost"
        if now.paused:
            return "paused"
        return "starting" if now.newest is None or not now.ready else "running"

    @property
    def analyser(self) -> Analyser | None:
        """The analyser, once its thread has made it."""
        return self._analyser

    def wait_for_end(self, seconds: float) -> bool:
        """Wait at most that long for the source to be analysed to its end; whether it is."""
        now = self._frames
        with now.changed:
            over = now.changed.wait_for(lambda: now.ended or now.stopping, seconds)
        if not over and self.source.live and now.time_is_over():
            now.finish()
            self.source.interrupt()
        return over

    def reports(self) -> list[str]:
        """What happened to a live source since the last call: lost, hanging, back again."""
        return [self._reports.popleft() for _ in range(len(self._reports))]

    def newest_frame(self) -> Frame | None:
        """The frame to paint."""
        return self._frames.newest

    def drain(self) -> list[Analysis]:
        """The analyses since the last call, in order.

        Only the last `kept` wait for a window that does not ask, and only the newest of them still
        has the pixels of its frame: large frames fill the memory within seconds. Sinks get all.
        """
        with self._frames.changed:
            results = list(self._results)
            self._results.clear()
        return results

    def statistics(self) -> Statistics:
        """Rates, delays and counts."""
        return self._frames.meter.statistics()

    def pause(self) -> None:
        """Pause; a live source keeps running."""
        self._frames.pause(True)

    def resume(self) -> None:
        """Resume."""
        self._frames.pause(False)

    def step(self) -> None:
        """While paused: one frame more."""
        self._frames.step()

    def seek(self, seconds: float) -> None:
        """Seek to that time of a file; also after its end."""
        if not self.source.seekable:
            raise InputError(f"{self.source.name} does not support seeking.")
        self._frames.seek(seconds)

    # The capturing thread.

    def _capture(self) -> None:
        try:
            if self.source.live:
                self._capture_live()
            else:
                self._capture_file()
        except Exception as error:
            self._fail(error)
        finally:
            with suppress(Exception):
                self.source.close()

    def _capture_live(self) -> None:
        lost: float | None = None
        watch = FrozenWatch()
        while not self._frames.stopping and not self._frames.read_out:
            try:
                self.source.open()
                for frame in frames_of(self.source):
                    if lost is not None:
                        self._reports.append(f"Reconnected after {time.monotonic() - lost:.1f} s.")
                        lost = None
                    if said := watch.frame(frame):
                        self._reports.append(said)
                    if self._frames.stopping or not self._frames.put_newest(frame):
                        break
                self._frames.finish()
                return
            except InputError as error:
                if self._frames.newest is None:
                    raise
                if lost is None:
                    lost = time.monotonic()
                    self._reports.append(f"{error} Reconnecting.")
                # Unplugged, or not back yet: try again until it is or the user has enough.
                self._frames.lost = True
                self.source.close()
                self._wait_for_return(lost, error)

    def _wait_for_return(self, lost: float, error: InputError) -> None:
        """Wait a moment; raises `InputError` once the source has been gone for too long."""
        if self._frames.time_is_over():
            self._frames.finish()
            return
        if self._give_up_after is None:
            self._frames.wait(_RETRY_SECONDS)
            return
        left = self._give_up_after - (time.monotonic() - lost)
        if left <= 0:
            raise InputError(f"{error} It did not come back within {self._give_up_after:g} s.")
        self._frames.wait(min(_RETRY_SECONDS, left))

    def _capture_file(self) -> None:
        self.source.open()
        numbered = False
        while True:
            seek_to = self._frames.wait_for_room()
            if self._frames.stopping:
                return
            if seek_to is not None:
                if not numbered and _is_quick(self.source):
                    numbered = True
                    self.source.number_frames()
                self.source.seek(seek_to)
                self._frames.jumped()
            frame = self.source.read()
            if frame is None or not self._frames.put_when_due(frame):
                self._frames.finish()

    # The finding thread.

    def _found(self, analyser: Analyser) -> Generator[Found]:
        back = LookBack()
        while (waiting := self._frames.take(holding=back.held > 0)) is not None:
            if isinstance(waiting, ReadOut):
                yield from back.rest()
                continue
            if waiting.jumped:
                analyser.jumped()
            found = analyser.find(waiting.frame)
            if self.source.live:
                # Nobody waits to see what becomes of a face.
                yield found
            else:
                yield from back.add(found)
        yield from back.rest()

    # The estimating thread.

    def _analyse(self) -> None:
        try:
            self._analyser = analyser = self._make_analyser()
            watched = Watchdog(lambda: analyser.busy_since, self._is_stuck, patience=self._patience)
            with watched, closing(ahead(self._found(analyser), "avce-find", most=1)) as found:
                try:
                    for each in found:
                        self._frames.estimating()
                        self._hand_on(analyser.estimate(each))
                        self._frames.estimated()
                finally:
                    # Whatever ended it: the finding thread is to wait for no other frame.
                    self._frames.stop()
        except Exception as error:
            self._fail(error)
        finally:
            self._close_sinks()
            if self._analyser is not None:
                self._analyser.close()

    def _is_stuck(self) -> None:
        """The model does not answer, and its thread is lost: end the run without it."""
        assert self._analyser is not None
        model = getattr(self._analyser.predictor, "path", None)
        self._fail(AvceError(words(model.name if model else "", self._patience)))
        self._close_sinks()

    def _hand_on(self, analysis: Analysis) -> None:
        if self._frames.waited(analysis.frame):
            analysis = replace(analysis, waited=True)
        for sink in self._sinks:
            sink.write(analysis)
        face = any(reading.success for reading in analysis.readings)
        self._frames.meter.result(nan if analysis.waited else analysis.latency, face=face)
        with self._frames.changed:
            if self._results:
                self._results[-1] = self._results[-1].without_pixels()
            self._results.append(analysis)

    def _close_sinks(self) -> None:
        for sink in self._sinks:
            try:
                sink.close(complete=self.error is None)
            except Exception as error:
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.error = self.error or error
        self._frames.stop()
        self.source.interrupt()


def _is_quick(source: Source) -> bool:
    """Whether a pass through a source's file takes no time that anybody notices."""
    with suppress(OSError):
        return source.file is not None and source.file.stat().st_size <= _QUICK_BYTES
    return False
