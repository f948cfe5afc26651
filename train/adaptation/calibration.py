"""How estimates are moved to fit people's ratings: nothing, an offset, or an offset and a gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LIMITS = (0.25, 4.0)
"""Of a gain: beyond, it is noise that is enlarged."""


@dataclass(frozen=True, slots=True)
class Correction:
    """va * gain + offset, by axis, then limited to [-1, 1]."""

    gain: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)

    def __call__(self, estimate: Floats) -> Floats:
        """Of estimates [N, 2]."""
        return np.clip(estimate * np.array(self.gain) + np.array(self.offset), -1.0, 1.0)


def fit_correction(estimate: Floats, target: Floats, level: str) -> Correction:
    """The correction of a level for estimates [N, 2] and labels [N, 2].

    The offset makes the means equal; the gain the standard deviations, which gives the highest CCC
    of all linear changes where the correlation is positive (Lin 1989: its bias factor is 1).
    """
    if level == "nothing":
        return Correction()
    gain = np.ones(2)
    if level == "offset and gain":
        spread = estimate.std(axis=0)
        gain = np.where(spread > 1e-9, target.std(axis=0) / np.maximum(spread, 1e-9), 1.0)
        gain = np.clip(gain, *LIMITS)
    offset = target.mean(axis=0) - gain * estimate.mean(axis=0)
    return Correction((float(gain[0]), float(gain[1])), (float(offset[0]), float(offset[1])))


def interval_factors(
    estimate: Floats, target: Floats, halfwidth: Floats, level: float
) -> tuple[float, float]:
    """By how much half-widths [N, 2] have to grow or shrink so that the share `level` of labels
    lies within them: the conformal quantile of errors in half-widths."""
    scores = np.abs(estimate - target) / np.maximum(halfwidth, 1e-6)
    rank = min(int(np.ceil((len(scores) + 1) * level)), len(scores)) - 1
    found = np.sort(scores, axis=0)[rank]
    return float(found[0]), float(found[1])
