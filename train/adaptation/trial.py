"""How much of a network to change, and what that gives for people whom it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.metrics import ccc
from .calibration import Floats
from .levels import LEVELS, Change, Faces, Network, fit_level, folds_of, held_out, mean_ccc
from .levels import supported as supported_levels

STEP = 0.005
"""Of mean CCC, by which a level has to be better than all that change less."""
_RESAMPLES = 2000
_DEAREST = LEVELS[-1]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What an adaptation gives for people whom it has not seen.

    Args:
        level: chosen on all of them.
        change: of that level, fitted on all of them.
        tried: mean CCC of those held out, of each level that was tried.
        adapted: [N, 2] estimates of each person by an adaptation to the others alone, level
            included.
        before, after: CCC of valence and arousal, of the estimates as they were and of `adapted`.
        gain, low, high: of the mean CCC, with a 95 % interval from resampling people.
    """

    level: str
    change: Change
    tried: Mapping[str, float]
    adapted: Floats
    before: tuple[float, float]
    after: tuple[float, float]
    gain: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """What it gives, as the command and the card say it."""
        return (
            f"mean CCC {np.mean(self.before):+.3f} before, {np.mean(self.after):+.3f} after, gain "
            f"{self.gain:+.3f} (95 % interval {self.low:+.3f} to {self.high:+.3f})"
        )

    @property
    def helps(self) -> bool:
        """Whether the whole interval of the gain is above 0."""
        return self.level != LEVELS[0] and self.low > 0


def choose_level(
    faces: Faces, network: Network, levels: Sequence[str]
) -> tuple[str, dict[str, float]]:
    """A level, and the mean CCC of those held out by each level that was tried.

    Going up, a level is taken that is better by `STEP` than the one taken before. The last block
    takes long, and is tried only where the regressor was worth it.
    """
    folds = folds_of(faces.groups)
    tried: dict[str, float] = {}
    chosen = levels[0]
    for level in levels:
        if level == _DEAREST and chosen != "regressor":
            continue
        estimate = held_out(
            faces, folds, lambda rest, level=level: fit_level(faces.part(rest), level, network)
        )
        tried[level] = mean_ccc(estimate, faces.target)
        if tried[level] > tried[chosen] + STEP:
            chosen = level
    return chosen, tried


def try_adaptation(
    faces: Faces,
    network: Network | None = None,
    seed: int = 0,
    say: Callable[[str], None] = lambda words: None,
) -> Trial:
    """Try adaptation on the faces of several groups.

    Level and change are chosen anew for each fold of groups from the others, so that nothing of
    those on whom the gain is measured goes into it. `say` is told how far it has come.
    """
    network = network or Network()
    levels = supported_levels(faces, network)
    folds = folds_of(faces.groups)
    count = len(np.unique(folds))

    def fit(rest: NDArray[np.bool_]) -> Change:
        own = faces.part(rest)
        level, _ = choose_level(own, network, levels)
        say(f"held out {folds[~rest][0] + 1} of {count}: {level}")
        return fit_level(own, level, network)

    adapted = held_out(faces, folds, fit)
    names = np.unique(faces.groups)
    draws = np.random.default_rng(seed).integers(len(names), size=(_RESAMPLES, len(names)))
    counts = (draws[:, :, None] == np.arange(len(names))).sum(axis=1).astype(np.float64)
    before, after = (
        _resampled_ccc(each, faces.target, faces.groups, counts)
        for each in (faces.estimate, adapted)
    )
    low, high = np.quantile(after - before, (0.025, 0.975))
    level, tried = choose_level(faces, network, levels)
    return Trial(
        level,
        fit_level(faces, level, network),
        tried,
        adapted,
        _pair(ccc(faces.estimate, faces.target)),
        _pair(ccc(adapted, faces.target)),
        mean_ccc(adapted, faces.target) - mean_ccc(faces.estimate, faces.target),
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
