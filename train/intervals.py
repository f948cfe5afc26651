"""Whether intervals hold what they promise, and what they are worth beside a constant one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ..model.intervals import bounds, clipped_halfwidth
from ..model.metrics import AXES

FIFTHS = 5


def held(
    estimate: NDArray[np.floating], halfwidth: NDArray[np.floating], label: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Which labels lie within the intervals [N, 2], their ends included."""
    lower, upper = bounds(estimate, halfwidth)
    return (lower - 1e-6 <= label) & (label <= upper + 1e-6)


def interval_figures(
    estimate: NDArray[np.floating],
    halfwidth: NDArray[np.floating],
    label: NDArray[np.floating],
    level: float,
) -> dict[str, dict[str, Any]]:
    """By axis: how intervals do on labelled faces, [N, 2] each.

    - `level`: the share of labels that they promise to hold; `coverage`: the share that they hold.
    - `fifths`: coverage in each fifth of the faces by width, the narrowest first.
    - `mean_halfwidth`: their mean half width; `constant_halfwidth`: that of intervals of one reach
      for all faces, clipped alike, which hold the share `level` of these labels.
    - `rank`: Spearman's correlation of half width and absolute error; 0 where one is constant.
    """
    inside = held(estimate, halfwidth, label)
    error = np.abs(label - estimate)
    figures: dict[str, dict[str, Any]] = {}
    for number, axis in enumerate(AXES):
        width = halfwidth[:, number]
        order = np.argsort(width, kind="stable")
        reach = float(np.quantile(error[:, number], level))
        constant = clipped_halfwidth(estimate[:, number], reach)
        figures[axis] = {
            "level": level,
            "coverage": float(inside[:, number].mean()),
            "fifths": [
                float(inside[part, number].mean()) if len(part) else float("nan")
                for part in np.array_split(order, FIFTHS)
            ],
            "mean_halfwidth": float(width.mean()),
            "constant_halfwidth": float(constant.mean()),
            "rank": _rank_correlation(width, error[:, number]),
        }
    return figures


def _rank_correlation(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    ranks = rankdata(one), rankdata(other)
    if min(np.ptp(r) for r in ranks) == 0:
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])
