"""How estimates are moved to fit people's ratings: nothing, an offset, or an offset and a gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.metrics import ccc

Floats = NDArray[np.float64]
LEVELS = ("nothing", "offset", "offset and gain")
LIMITS = (0.25, 4.0)
"""Of a gain: beyond, it is noise that is enlarged."""
FEWEST = 3
"""People (or sessions of one person) without whom nothing can be held out and chosen."""
_RESAMPLES = 2000


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


def mean_ccc(estimate: Floats, target: Floats) -> float:
    """CCC averaged over the axes."""
    return float(np.mean(np.asarray(ccc(estimate, target))))


def held_out(estimate: Floats, target: Floats, groups: NDArray[Any], level: str) -> Floats:
    """Each group's estimates [N, 2], corrected by what all others say."""
    found = np.empty_like(estimate)
    for group in np.unique(groups):
        own = groups == group
        found[own] = fit_correction(estimate[~own], target[~own], level)(estimate[own])
    return found


def choose_level(estimate: Floats, target: Floats, groups: NDArray[Any]) -> str:
    """The level whose estimates of those held out have the highest mean CCC; of equal ones the
    lesser."""
    scores = [mean_ccc(held_out(estimate, target, groups, each), target) for each in LEVELS]
    return LEVELS[int(np.argmax(scores))]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What an adaptation gives for people whom it has not seen.

    Args:
        level: chosen on all of them.
        correction: of that level, fitted on all of them.
        adapted: [N, 2] estimates of each person by an adaptation to the others alone, level
            included.
        before, after: CCC of valence and arousal, of the estimates as they were and of `adapted`.
        gain, low, high: of the mean CCC, with a 95 % interval from resampling people.
    """

    level: str
    correction: Correction
    adapted: Floats
    before: tuple[float, float]
    after: tuple[float, float]
    gain: float
    low: float
    high: float

    @property
    def helps(self) -> bool:
        """Whether the whole interval of the gain is above 0."""
        return self.level != LEVELS[0] and self.low > 0


def try_adaptation(estimate: Floats, target: Floats, groups: NDArray[Any], seed: int = 0) -> Trial:
    """Try adaptation on estimates and labels [N, 2] of at least `FEWEST` groups [N].

    Level and correction are chosen anew for each group from the others, so that nothing of those
    on whom the gain is measured goes into it.
    """
    names = np.unique(groups)
    adapted = np.empty_like(estimate)
    for group in names:
        own = groups == group
        rest = estimate[~own], target[~own], groups[~own]
        adapted[own] = fit_correction(*rest[:2], choose_level(*rest))(estimate[own])
    draws = np.random.default_rng(seed).integers(len(names), size=(_RESAMPLES, len(names)))
    counts = (draws[:, :, None] == np.arange(len(names))).sum(axis=1).astype(np.float64)
    before, after = (_resampled_ccc(each, target, groups, counts) for each in (estimate, adapted))
    low, high = np.quantile(after - before, (0.025, 0.975))
    level = choose_level(estimate, target, groups)
    return Trial(
        level,
        fit_correction(estimate, target, level),
        adapted,
        _pair(ccc(estimate, target)),
        _pair(ccc(adapted, target)),
        mean_ccc(adapted, target) - mean_ccc(estimate, target),
        float(low),
        float(high),
    )


def _resampled_ccc(
    estimate: Floats, target: Floats, groups: NDArray[Any], counts: Floats
) -> Floats:
    """Mean CCC of each resample [B]; `counts` [B, groups] says how often it drew each group."""
    parts = np.stack(
        [np.ones_like(target), estimate, target, estimate**2, target**2, estimate * target]
    )
    sums = np.stack([parts[:, groups == group].sum(axis=1) for group in np.unique(groups)])
    n, x, y, xx, yy, xy = np.moveaxis(np.tensordot(counts, sums, axes=(1, 0)), 1, 0)
    top = 2 * (xy / n - x * y / n**2)
    bottom = xx / n - (x / n) ** 2 + yy / n - (y / n) ** 2 + ((x - y) / n) ** 2
    return np.where(bottom > 1e-12, top / np.maximum(bottom, 1e-12), 0.0).mean(axis=1)


def _pair(values: Any) -> tuple[float, float]:
    first, second = np.asarray(values, np.float64)
    return float(first), float(second)


def interval_factors(
    estimate: Floats, target: Floats, halfwidth: Floats, level: float
) -> tuple[float, float]:
    """By how much half-widths [N, 2] have to grow or shrink so that the share `level` of labels
    lies within them: the conformal quantile of errors in half-widths."""
    scores = np.abs(estimate - target) / np.maximum(halfwidth, 1e-6)
    rank = min(int(np.ceil((len(scores) + 1) * level)), len(scores)) - 1
    found = np.sort(scores, axis=0)[rank]
    return float(found[0]), float(found[1])
