"""Brings what the pipeline has into the window, and changes pipelines without making it wait."""

from __future__ import annotations

import threading
import time
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from ....model.errors import AvceError
from ...settings import RunSettings
from ...sources.base import SourceFacts, remarks
from .ports import Backend, Running

TICK_MS: Final = 8
_STATISTICS_SECONDS: Final = 0.5
_CLOSE_SECONDS: Final = 1.5


class Feed(QObject):
    """Polls the pipeline with a timer. Starting and stopping happen on a thread of their own."""

    frame = Signal(object)
    analyses = Signal(list)
    state = Signal(str, str)
    statistics = Signal(object)
    opened = Signal(object)
    remarked = Signal(str)
    """The source is damaged, its time jumps, a part of it cannot be read, or it hangs."""
    ticked = Signal()

    def __init__(self, backend: Backend, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self.running: Running | None = None
        self._change: threading.Thread | None = None
        self._wanted: RunSettings | None = None
        self._made: Running | None = None
        self._failure = ""
        self._closed = False
        self._lock = threading.Lock()
        self._last_captured: float | None = None
        self._read_any = False
        self._last_state = ("", "")
        self._remarks: tuple[str, ...] = ()
        self._told = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def current_state(self) -> str:
        """State on show: the pipeline's, "starting" during a change, "failed" after an error."""
        return self._last_state[0]

    def open(self, settings: RunSettings) -> None:
        """Stop what runs and start this. The latest request wins."""
        self._wanted = settings
        self._timer.start()
        self._tell("starting")

    def close(self, timeout: float = _CLOSE_SECONDS) -> bool:
        """Stop everything within `timeout` seconds; whether all threads ended in time.

        The last readings are handed on before the recorder closes its files.
        """
        self._timer.stop()
        self._wanted = None
        deadline = time.monotonic() + timeout
        with self._lock:
            self._closed = True
        if self._change is not None:
            self._change.join(timeout)
        ended = self._change is None or not self._change.is_alive()
        for running in {id(r): r for r in (self.running, self._made) if r is not None}.values():
            left = max(deadline - time.monotonic(), 0.1)
            ended = running.pipeline.stop(timeout=left) and ended
            rest = running.pipeline.drain()
            if rest:
                self.analyses.emit(rest)
            running.recorder.end()
        self.running = self._made = None
        return ended

    # On the thread of its own.

    def _replace(self, old: Running | None, settings: RunSettings) -> None:
        try:
            if old is not None:
                old.pipeline.stop()
                old.recorder.end()
            made = self._backend.open(settings)
            with self._lock:
                closed = self._closed
                self._made = None if closed else made
            if not closed:
                made.pipeline.start()
        except (AvceError, OSError) as error:
            self._failure = str(error)

    # On the window's thread.

    def _tick(self) -> None:
        if self._change is not None and not self._change.is_alive():
            self._change = None
            self._arrived()
        if self._change is None and self._wanted is not None:
            old, self.running = self.running, None
            settings, self._wanted = self._wanted, None
            self._failure = ""
            self._change = threading.Thread(
                target=self._replace, args=(old, settings), name="avce-open", daemon=True
            )
            self._change.start()
        if self.running is not None:
            self._poll(self.running)
        self.ticked.emit()

    def _arrived(self) -> None:
        with self._lock:
            self.running, self._made = self._made, None
        self._last_captured = None
        self._read_any = False
        self._remarks = ()
        if self._wanted is not None:
            return
        if self.running is not None:
            self.opened.emit(self.running)
        else:
            self._tell("failed", self._failure)

    def _poll(self, running: Running) -> None:
        analyses = running.pipeline.drain()
        frame = running.pipeline.newest_frame()
        if not running.source.live and (analyses or self._read_any):
            # A file waits for the model anyway: show the frame that the numbers belong to.
            frame = analyses[-1].frame if analyses else None
        if frame is not None and frame.captured != self._last_captured:
            self._last_captured = frame.captured
            self.frame.emit(frame)
        if analyses:
            self._read_any = True
            self.analyses.emit(analyses)
        state, error = running.pipeline.state, running.pipeline.error
        for sentence in running.pipeline.reports():
            self.remarked.emit(sentence)
        self._remark(running.source)
        detail = "\n".join(self._remarks) if state == "ended" else ""
        self._tell(state, detail if error is None else str(error))
        now = time.monotonic()
        if now - self._told >= _STATISTICS_SECONDS:
            self._told = now
            self.statistics.emit(running.pipeline.statistics())

    def _remark(self, source: SourceFacts) -> None:
        before, self._remarks = self._remarks, remarks(source)
        for sentence in self._remarks:
            if sentence not in before:
                self.remarked.emit(sentence)

    def _tell(self, state: str, detail: str = "") -> None:
        if (state, detail) != self._last_state:
            self._last_state = (state, detail)
            self.state.emit(state, detail)
