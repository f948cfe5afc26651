"""The time of a video that plays at its own speed, and waits where frames come late."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

PATIENCE: Final = 0.25
"""Seconds by which a frame may be late before time waits for it: what is rated is what is on
show."""


class Player:
    """Knows nothing of Qt or of files.

    Args:
        shown: [N] s, when each frame is shown, ascending.
        now: a clock in seconds.
    """

    def __init__(
        self, shown: NDArray[np.float64], now: Callable[[], float] = time.monotonic
    ) -> None:
        self.shown = shown
        self.time = self.start
        self.playing = False
        self._now = now
        self._began = 0.0

    @property
    def start(self) -> float:
        return float(self.shown[0])

    @property
    def end(self) -> float:
        return float(self.shown[-1])

    def row(self, moment: float) -> int:
        """The frame on show at a moment."""
        return max(int(np.searchsorted(self.shown, moment + 1e-4, side="right")) - 1, 0)

    def go(self, moment: float) -> None:
        """Go to a moment, or to the end of the video that is nearest."""
        self.time = min(max(moment, self.start), self.end)
        self._began = self._now() - self.time

    def play(self) -> None:
        """Run from here; from the start where it is at its end."""
        if self.time >= self.end:
            self.go(self.start)
        self.playing = True
        self._began = self._now() - self.time

    def pause(self) -> None:
        """Stay here."""
        self.playing = False

    def advance(self, answered: float) -> None:
        """Move on to now, not far beyond the moment `answered` of the frame shown; never back."""
        if not self.playing:
            return
        moment, furthest = self._now() - self._began, max(answered + PATIENCE, self.time)
        if moment > furthest:
            self.go(furthest)
        else:
            # The clock's rounding may lie a little before the moment that was reached.
            self.time = min(max(moment, self.time), self.end)
