"""What is remembered of one face number: its smoothing and its neutral baseline."""

from __future__ import annotations

from .baseline import BASELINE_SECONDS, Baseline, BaselineTaker
from .smoothing import OneEuroConfig, OneEuroFilter

Pair = tuple[float, float]
"""Valence and arousal, or their half-widths."""


class Person:
    """Smooths one face's estimates, and takes its `baseline` when asked."""

    def __init__(self, smoothing: OneEuroConfig) -> None:
        self._smoothing = smoothing
        self.baseline: Baseline | None = None
        self.taker: BaselineTaker | None = None
        self._asked = False
        self.smooth_anew()

    def smooth_anew(self) -> None:
        """Smooth from here on as if nothing had been."""
        self._filters = OneEuroFilter(self._smoothing), OneEuroFilter(self._smoothing)

    def restart(self) -> None:
        """Smooth and take a baseline from here on as if nothing had been."""
        self.smooth_anew()
        if self.taker is not None:
            self.taker = BaselineTaker(self.taker.seconds)

    def ask_once(self) -> None:
        """Take a baseline, unless it was asked for like this before."""
        if not self._asked:
            self._asked, self.taker = True, BaselineTaker(BASELINE_SECONDS)

    def take(self, timestamp: float, va: Pair) -> None:
        """Take an estimate into the baseline, if one is being taken."""
        taken = self.taker.add(timestamp, *va) if self.taker else None
        if taken is not None:
            self.baseline, self.taker = taken, None

    def smoothed(self, timestamp: float, va: Pair, halfwidth: Pair) -> tuple[Pair, Pair]:
        """The filtered estimate and its half-widths, see `OneEuroFilter`."""
        valence, arousal = self._filters
        smooth = (
            valence(timestamp, va[0], halfwidth[0]),
            arousal(timestamp, va[1], halfwidth[1]),
        )
        return smooth, (valence.halfwidth, arousal.halfwidth)
