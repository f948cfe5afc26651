"""Where a face was followed without a break: lines and interpolation stay within."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

GAP_SECONDS = 0.5
_GAP_STEPS = 3.0

Floats = NDArray[np.floating[Any]]


def stretches(times: Floats) -> list[slice]:
    """Runs of `times` [N] (s) that increase without a gap.

    A gap is longer than half a second and than three times the usual step, so that pictures a
    second apart make one stretch.
    """
    if not len(times):
        return []
    steps = np.diff(times)
    usual = np.median(steps[steps > 0]) if (steps > 0).any() else 0.0
    gap = max(GAP_SECONDS, _GAP_STEPS * float(usual))
    cuts = np.flatnonzero((steps > gap) | (steps <= 0)) + 1
    return [slice(a, b) for a, b in pairwise([0, *cuts.tolist(), len(times)])]
