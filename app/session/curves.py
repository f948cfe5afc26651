"""Curves of a face over time: where they break, their values between readings, how far two of them
are apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.metrics import ccc, pcc, rmse

Floats = NDArray[np.floating[Any]]
_GAP_SECONDS = 0.5
_GAP_STEPS = 3.0
_GRACE = 1e-6


def gap_seconds(times: Floats) -> float:
    """How long a face may be silent before its curve breaks, from the times of its readings (s).

    More than half a second and than three times the usual step breaks it, so that images a second
    apart make one curve. Live plot, review, summary and exports all break curves by this.
    """
    steps = np.diff(times)
    steps = steps[steps > 0]
    usual = float(np.median(steps)) if steps.size else 0.0
    return max(_GAP_SECONDS, _GAP_STEPS * usual)


def stretches(times: Floats) -> list[slice]:
    """Runs of `times` [N] (s) that increase without a gap: lines and interpolation stay within."""
    if not len(times):
        return []
    steps = np.diff(times)
    cuts = np.flatnonzero((steps > gap_seconds(times)) | (steps <= 0)) + 1
    return [slice(a, b) for a, b in pairwise([0, *cuts.tolist(), len(times)])]


class Curve:
    """`values` [N] at `times` [N] (s): linear within a stretch, unknown outside.

    Missing values split a stretch only where they last as long as a gap.
    """

    def __init__(self, times: Floats, values: Floats) -> None:
        known = np.isfinite(values)
        self._times, self._values = times[known], values[known]
        self._runs = stretches(self._times)
        # A microsecond of grace: a moment at a stretch's end must not fall to rounding.
        self._first = np.array([self._times[run][0] - _GRACE for run in self._runs])
        self._last = np.array([self._times[run][-1] + _GRACE for run in self._runs])

    def at(self, grid: Floats) -> NDArray[np.float64]:
        """Values at rising moments [M] (s), nan where they are unknown."""
        result = np.full(len(grid), np.nan)
        if not len(grid):
            return result
        for i in np.flatnonzero((self._first <= grid[-1]) & (self._last >= grid[0])):
            low = np.searchsorted(grid, self._first[i])
            high = np.searchsorted(grid, self._last[i])
            run = self._runs[i]
            result[low:high] = np.interp(grid[low:high], self._times[run], self._values[run])
        return result


def resample(times: Floats, values: Floats, grid: Floats) -> NDArray[np.float64]:
    """`values` [N] at `times` [N] (s) on `grid` [M] (s), as a `Curve` gives them."""
    return Curve(times, values).at(grid)


def usual_rate(times: Floats) -> float | None:
    """Readings a second, from their times [N] (s) in any order; None where no time passes.

    The mean of the steps that are like the median one: gaps do not count, and times rounded to
    milliseconds (33, 33, 34) still give 30.
    """
    steps = np.diff(np.unique(times))
    if not steps.size:
        return None
    median = float(np.median(steps))
    return 1.0 / float(steps[(steps > 0.5 * median) & (steps < 1.5 * median)].mean())


@dataclass(frozen=True, slots=True)
class Difference:
    """The second curve minus the first, (valence, arousal) each.

    Args:
        seconds: how long both are known.
        mean: mean difference.
        rmse: root mean square of the difference.
        pcc, ccc: correlation and concordance; 0 where a curve does not change.
    """

    seconds: float
    mean: tuple[float, float]
    rmse: tuple[float, float]
    pcc: tuple[float, float]
    ccc: tuple[float, float]


def differences(
    times: Floats, values: Floats, other_times: Floats, other_values: Floats
) -> NDArray[np.float64]:
    """The other curve minus this one at `times` [N], float64 [2, N]; nan where one is unknown.

    `values` [2, N] at `times`, `other_values` [2, M] at `other_times`, seconds of one clock. The
    other curve is linear between its readings and unknown in its gaps.
    """
    there = [resample(other_times, values, np.asarray(times)) for values in other_values]
    return np.stack(there) - np.asarray(values, np.float64)


def compare(
    times: Floats, values: Floats, other_times: Floats, other_values: Floats
) -> Difference | None:
    """How far two curves are apart, as for `differences`; None where they share no two moments."""
    apart = differences(times, values, other_times, other_values)
    known: NDArray[np.bool_] = np.isfinite(apart[0]) & np.isfinite(apart[1])
    if known.sum() < 2:
        return None
    here = np.asarray(values, np.float64)[:, known].T
    there = here + apart[:, known].T
    steps = np.diff(np.asarray(times, np.float64))[known[1:] & known[:-1]]
    return Difference(
        seconds=float(steps.sum()),
        mean=_pair(apart[:, known].mean(axis=1)),
        rmse=_pair(rmse(there, here)),
        pcc=_pair(pcc(there, here)),
        ccc=_pair(ccc(there, here)),
    )


def _pair(values: object) -> tuple[float, float]:
    valence, arousal = np.asarray(values, np.float64).ravel()
    return float(valence), float(arousal)
