"""Ratings as they are made: a value of each axis for each frame that was on show."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np
from numpy.typing import NDArray

from ...model.metrics import AXES

Floats = NDArray[np.float64]
_MOST_UNDONE = 50


class Take:
    """One rater's pass over a recording. Knows nothing of windows, devices or files.

    What is rated again replaces what was there, stretch by stretch; each stretch can be undone.

    Args:
        times: [N] s, strictly ascending: when each frame is shown, on the clock of the readings.
        values: [N, 2] valence and arousal in [-1, 1] of an earlier sitting, nan where there is
            none; nothing is rated without it.
    """

    def __init__(self, times: Floats, values: Floats | None = None) -> None:
        self.times = times
        self.values = np.full((len(times), 2), nan) if values is None else values.copy()
        self._axes: list[int] = []
        self._undo: list[tuple[int, Floats]] = []
        """The first frame of a stretch, and what was there before it."""
        self._first = self._next = 0
        self._before = (0.0, 0.0, 0.0)

    def at(self, time: float) -> int:
        """The frame on show at a time: the last one that began before it."""
        return max(int(np.searchsorted(self.times, time + 1e-9, side="right")) - 1, 0)

    def begin(self, time: float, value: tuple[float, float], axes: Sequence[str]) -> None:
        """Begin a stretch: the frame on show at `time` gets `value` (valence, arousal) on these
        axes; the other axis stays as it is."""
        self._axes = [AXES.index(axis) for axis in axes]
        self._first = self._next = self.at(time)
        self._undo = [*self._undo[1 - _MOST_UNDONE :], (self._first, self.values[:0].copy())]
        self._before = (float(self.times[self._first]), *value)
        self.rate(float(self.times[self._first]), value)

    def rate(self, time: float, value: tuple[float, float]) -> None:
        """Rate the frames up to the one on show at `time`: those that were passed meanwhile lie on
        the line from the value before. A time before the last one changes nothing."""
        end = self.at(time) + 1
        if end <= self._next:
            return
        own = slice(self._next, end)
        start, old = self._undo[-1]
        self._undo[-1] = start, np.concatenate([old, self.values[own]])
        then, *values = self._before
        now = float(self.times[end - 1])
        for axis in self._axes:
            line = np.interp(self.times[own], (then, max(now, then)), (values[axis], value[axis]))
            # A single moment has no line.
            self.values[own, axis] = np.clip(line if now > then else value[axis], -1.0, 1.0)
        self._next, self._before = end, (now, *value)

    def undo(self) -> float | None:
        """Take the last stretch back; the time at which it began, None where there is none."""
        if not self._undo:
            return None
        start, old = self._undo.pop()
        self.values[start : start + len(old)] = old
        return float(self.times[start])

    @property
    def can_undo(self) -> bool:
        """Whether a stretch can be taken back."""
        return bool(self._undo)

    def value(self, time: float) -> tuple[float, float]:
        """What was rated of the frame on show at a time, nan where nothing was."""
        valence, arousal = self.values[self.at(time)].tolist()
        return valence, arousal

    def share(self, axis: str) -> float:
        """The share of the frames that is rated on an axis."""
        return float(np.isfinite(self.values[:, AXES.index(axis)]).mean())

    def first_unrated(self, axes: Sequence[str], after: float = -np.inf) -> float | None:
        """The time of the first frame from `after` on that lacks one of these axes."""
        lacking = ~np.isfinite(self.values[:, [AXES.index(axis) for axis in axes]]).all(axis=1)
        lacking &= self.times >= after
        return float(self.times[int(lacking.argmax())]) if lacking.any() else None

    def rated(self) -> tuple[Floats, Floats]:
        """Times [M] and values [M, 2] of the frames of which anything was rated."""
        known = np.isfinite(self.values).any(axis=1)
        return self.times[known], self.values[known]
