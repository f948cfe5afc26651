"""A curve at other moments than those at which it was measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .stretches import Floats, stretches


def resample(times: Floats, values: Floats, grid: Floats) -> NDArray[np.float64]:
    """`values` [N] at `times` [N] (s) on `grid` [M] (s): linear within a stretch, nan outside.

    Missing values split a stretch only where they last as long as a gap.
    """
    known = np.isfinite(values)
    times, values = times[known], values[known]
    result = np.full(len(grid), np.nan)
    for run in stretches(times):
        # A microsecond of grace: a grid point at a stretch's end must not fall to rounding.
        first = np.searchsorted(grid, times[run][0] - 1e-6)
        last = np.searchsorted(grid, times[run][-1] + 1e-6)
        result[first:last] = np.interp(grid[first:last], times[run], values[run])
    return result
