"""Where an interval ends of which a network tells half the width after clipping to [-1, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def bounds(estimate: Any, halfwidth: Any) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Lower and upper end of the intervals, numbers or arrays of one shape; nan where either is.

    Half the width of a clipped interval tells its ends: it is symmetric unless it was clipped, and
    where it was, one end is -1 or 1 and the other lies two half widths from it.
    """
    centre, half = np.asarray(estimate), np.asarray(halfwidth)
    lower, upper = centre - half, centre + half
    over, under = upper > 1.0, lower < -1.0
    lower = np.where(over, 1.0 - 2.0 * half, lower)
    upper = np.where(under, -1.0 + 2.0 * half, upper)
    return np.maximum(lower, -1.0), np.minimum(upper, 1.0)


def clipped_halfwidth(
    estimate: NDArray[np.floating], reach: NDArray[np.floating] | float
) -> NDArray[np.floating]:
    """Half the width of estimate +- reach after clipping to [-1, 1]; shapes as the estimate's."""
    return (np.minimum(estimate + reach, 1.0) - np.maximum(estimate - reach, -1.0)) / 2.0
