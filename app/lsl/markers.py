"""Markers that other programs send by the Lab Streaming Layer, on the clock of the source."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..analysis.analyser import Analysis
from ..sources.base import Frame
from .outlet import MARKERS, OURS, import_pylsl

_ROUND_SECONDS = 0.02
_OPEN_SECONDS = 1.0


class MarkerInlet:
    """Listens to every stream of type "Markers" but our own, and hands their markers on.

    A sink of a live source: its frames tell which moment of the source's clock is now. Of a file,
    whose frames come when they are read, nothing can be told.

    Args:
        receive: given each marker's words and its moment on the source's clock (s), on the
            thread that hands in the frames.
        lsl: the pylsl module, for tests; None imports it.
        clock: the clock of `Frame.captured`, in seconds.

    Raises `MissingExtraError` without pylsl, `InputError` where its library cannot be loaded.
    """

    def __init__(
        self,
        receive: Callable[[str, float], object],
        *,
        lsl: Any = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._lsl = import_pylsl() if lsl is None else lsl
        self._receive, self._clock = receive, clock
        self._resolver = self._lsl.ContinuousResolver("type", MARKERS)
        self._inlets: dict[str, tuple[str, Any]] = {}
        self._waiting: deque[tuple[float, str]] = deque()
        self._frame: Frame | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def names(self) -> list[str]:
        """The streams that are listened to."""
        return sorted(name for name, _ in list(self._inlets.values()))

    def start(self) -> MarkerInlet:
        """Listen, on a thread of its own; returns itself."""
        self._thread = threading.Thread(target=self._run, name="avce-lsl-markers", daemon=True)
        self._thread.start()
        return self

    def _run(self) -> None:
        while not self._stopping.wait(_ROUND_SECONDS):
            self.look()

    def look(self) -> None:
        """Open the streams that are new, and take what has come."""
        for info in self._resolver.results():
            if info.uid() in self._inlets or info.source_id().startswith(OURS):
                continue
            # The library brings the sender's clock to ours.
            inlet = self._lsl.StreamInlet(info, processing_flags=self._lsl.proc_clocksync)
            # Lost streams are found again by the library itself.
            with suppress(RuntimeError):
                inlet.open_stream(_OPEN_SECONDS)
            self._inlets[info.uid()] = info.name(), inlet
        for _, inlet in self._inlets.values():
            with suppress(RuntimeError):
                while (came := inlet.pull_sample(timeout=0.0))[0] is not None:
                    values, moment = came
                    self._waiting.append((moment, ", ".join(map(str, values))))

    def write(self, analysis: Analysis) -> None:
        """Hand on the markers that have come, by the clock of this frame."""
        self._frame = analysis.frame
        self._hand_on()

    def close(self, *, complete: bool = True) -> None:
        """Hand on the last markers, and listen no more; further calls do nothing."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2 * _OPEN_SECONDS)
            self._thread = None
        self._hand_on()
        self._inlets.clear()

    def _hand_on(self) -> None:
        if self._frame is None:
            return
        age = self._clock() - self._frame.captured
        now = self._lsl.local_clock()
        while self._waiting:
            moment, words = self._waiting.popleft()
            self._receive(words, self._frame.timestamp + age + moment - now)
