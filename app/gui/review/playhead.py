"""The moment that the review shows: put, stepped, played."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from .data import Review

_TICK_MS: Final = 33


class Playhead(QObject):
    """A time of the source's clock, inside the session.

    Args:
        markers: gives the moments of the markers as they are now.
    """

    asked = Signal(float)
    """Somebody asked for this time, which may lie outside the session."""
    moved = Signal(int)
    """The frame that is nearest to the cursor's time."""
    state = Signal(str)
    """ "running" or "paused"."""

    def __init__(
        self, review: Review, markers: Callable[[], Sequence[float]], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.time = review.start
        self._review, self._markers = review, markers
        self._began = (0.0, 0.0)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._advance)

    def go(self, moment: float) -> None:
        """Show a moment, or the end of the session that is nearest to it."""
        self.asked.emit(moment)
        moment = min(max(moment, self._review.start), self._review.end)
        row = self._review.at(moment)
        if row is not None:
            self.time = moment
            self.moved.emit(row)

    def seek_by(self, seconds: float) -> None:
        """Move by seconds."""
        self.go(self.time + seconds)

    def to_start(self) -> None:
        """Move to the first frame."""
        self.go(self._review.start)

    def to_end(self) -> None:
        """Move to the last frame."""
        self.go(self._review.end)

    def step(self, frames: int) -> None:
        """Move by whole frames."""
        row = self._review.at(self.time)
        if row is not None:
            row = min(max(row + frames, 0), len(self._review.time) - 1)
            self.go(float(self._review.time[row]))

    def jump(self, kind: str, by: int) -> None:
        """Go to the next (1) or previous (-1) "marker", "peak" or "event", which is either."""
        markers = self._markers() if kind != "peak" else ()
        peaks = self._review.peaks if kind != "marker" else ()
        moments = sorted([*markers, *(peak.time for peak, _ in peaks)])
        later = [at for at in moments if (at - self.time) * by > 1e-6]
        if later:
            self.go(later[0] if by > 0 else later[-1])

    def play_or_pause(self) -> None:
        """Let it run at true speed, or hold it."""
        if self.playing:
            self.stop()
            return
        if self.time >= self._review.end:
            self.to_start()
        self._began = (time.monotonic(), self.time)
        self._timer.start()
        self.state.emit("running")

    def stop(self) -> None:
        """Hold it."""
        self._timer.stop()
        self.state.emit("paused")

    @property
    def playing(self) -> bool:
        """Whether it runs."""
        return self._timer.isActive()

    def _advance(self) -> None:
        began, moment = self._began
        self.go(moment + time.monotonic() - began)
        if self.time >= self._review.end:
            self.stop()
