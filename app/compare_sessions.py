"""Two sessions side by side: how far their curves are apart where both are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model.metrics import ccc, pcc, rmse
from .resampling import resample
from .stretches import Floats


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
