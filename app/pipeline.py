"""From a source to readings: in order and whole for a file, newest frame first for a live source.

A live run has a thread that captures, a thread that analyses, and whoever paints: the picture never
waits for the network. A file is played at true speed and each of its frames is analysed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Literal, Protocol

from ..model.errors import AvceError, InputError
from .analysis import Analyser, Analysis
from .handover import Handover
from .measuring import Statistics
from .sources.base import Frame, Source

__all__ = ["Pipeline", "Sink", "State", "Statistics", "analyse_file", "frames_of"]

State = Literal["starting", "running", "paused", "lost", "ended", "failed"]
_KEPT = 240
_RETRY_SECONDS = 0.5


class Sink(Protocol):
    """Takes every analysis in order, on the analysing thread."""

    def write(self, analysis: Analysis) -> None: ...

    def close(self, *, complete: bool = True) -> None:
        """The run is over; not `complete` where it failed. Further calls do nothing."""


def frames_of(source: Source, duration: float | None = None) -> Iterator[Frame]:
    """All frames of an open source, or those of its first `duration` seconds."""
    first: float | None = None
    while (frame := source.read()) is not None:
        first = frame.timestamp if first is None else first
        if duration is not None and frame.timestamp - first >= duration:
            return
        yield frame


def analyse_file(
    source: Source, analyser: Analyser, *, duration: float | None = None
) -> Iterator[Analysis]:
    """Every frame of an open source, in order, as fast as it goes."""
    for frame in frames_of(source, duration):
        yield analyser.analyse(frame)


class Pipeline:
    """Runs a source through an analyser on two threads.

    Args:
        source: opened by the pipeline if it is not open yet; closed by it.
        analyser_factory: makes the analyser, on the thread that uses it.
        sinks: get every analysis; closed after the last one, as incomplete where the run failed.
        duration: end after that many seconds of the source's time.
    """

    def __init__(
        self,
        source: Source,
        analyser_factory: Callable[[], Analyser],
        *,
        sinks: Sequence[Sink] = (),
        duration: float | None = None,
    ) -> None:
        self.source = source
        self.error: Exception | None = None
        self._make_analyser = analyser_factory
        self._analyser: Analyser | None = None
        self._sinks = tuple(sinks)
        self._handover = Handover(duration)
        self._results: deque[Analysis] = deque(maxlen=_KEPT)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start both threads; once."""
        if self._threads:
            raise AvceError("This pipeline was started before: make a new one.")
        for target, name in ((self._capture, "avce-capture"), (self._analyse, "avce-analyse")):
            self._threads.append(threading.Thread(target=target, name=name, daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """End both threads and close source, analyser and sinks; whether that was done in time.

        What was analysed before this call is in the sinks. Further calls do nothing more.
        """
        never_started = not self._threads and not self._handover.stopping
        self._handover.stop()
        if never_started:
            self.source.close()
            self._close_sinks()
        self.source.interrupt()
        return self.join(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait for both threads to end by themselves; whether they have."""
        deadline = None if timeout is None else time.monotonic() + timeout
        for thread in self._threads:
            thread.join(None if deadline is None else max(deadline - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def state(self) -> State:
        """What is going on."""
        now = self._handover
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
        now = self._handover
        with now.changed:
            return now.changed.wait_for(lambda: now.ended or now.stopping, seconds)

    def newest_frame(self) -> Frame | None:
        """The picture to paint."""
        return self._handover.newest

    def drain(self) -> list[Analysis]:
        """The analyses since the last call, in order.

        Only the last 240 are kept for a window that does not ask; sinks get all.
        """
        with self._handover.changed:
            results = list(self._results)
            self._results.clear()
        return results

    def statistics(self) -> Statistics:
        """Rates, delays and counts."""
        return self._handover.meter.statistics()

    def pause(self) -> None:
        """Hold the picture; a live source goes on behind it."""
        self._handover.pause(True)

    def resume(self) -> None:
        """Go on after a pause."""
        self._handover.pause(False)

    def step(self) -> None:
        """While paused: one frame more."""
        self._handover.step()

    def seek(self, seconds: float) -> None:
        """Go on at that time of a file; also after its end."""
        if not self.source.seekable:
            raise InputError(f"{self.source.name} cannot be wound to another time.")
        self._handover.seek(seconds)

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
        while not self._handover.stopping:
            try:
                self.source.open()
                for frame in frames_of(self.source):
                    if self._handover.stopping or not self._handover.put_newest(frame):
                        break
                self._handover.finish()
                return
            except InputError:
                if self._handover.newest is None:
                    raise
                # Unplugged, or not back yet: try again until it is or the user has enough.
                self._handover.lost = True
                self.source.close()
                self._handover.wait(_RETRY_SECONDS)

    def _capture_file(self) -> None:
        self.source.open()
        while True:
            seek_to = self._handover.wait_for_room()
            if self._handover.stopping:
                return
            if seek_to is not None:
                self.source.seek(seek_to)
                self._handover.wound()
            frame = self.source.read()
            if frame is None or not self._handover.put_when_due(frame):
                self._handover.finish()

    # The analysing thread.

    def _analyse(self) -> None:
        try:
            self._analyser = self._make_analyser()
            while (waiting := self._handover.take()) is not None:
                if waiting.jumped:
                    self._analyser.jumped()
                self._hand_on(self._analyser.analyse(waiting.frame))
        except Exception as error:
            self._fail(error)
        finally:
            self._close_sinks()
            if self._analyser is not None:
                self._analyser.close()

    def _hand_on(self, analysis: Analysis) -> None:
        for sink in self._sinks:
            sink.write(analysis)
        face = any(reading.success for reading in analysis.readings)
        self._handover.meter.result(analysis.latency, face=face)
        with self._handover.changed:
            self._results.append(analysis)

    def _close_sinks(self) -> None:
        for sink in self._sinks:
            try:
                sink.close(complete=self.error is None)
            except Exception as error:
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.error = self.error or error
        self._handover.stop()
        self.source.interrupt()
