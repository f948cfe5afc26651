"""RMSE, SAGR, PCC and CCC of valence and arousal (AVCE supplement, Section 3). No PyTorch.

All take `prediction` and `target`, both [N] or both [N, A], over the WHOLE evaluation set, and give
one value an axis: a float for [N], float64 [A] for [N, A]. Computed in float64 with population
moments (divided by N). Lists, arrays and tensors of any kind are accepted.

Degenerate input:
- a NaN or an infinity, no sample at all, differing shapes: ValueError.
- a constant prediction or constant labels, so also a single sample: PCC and CCC are 0. Nothing
  varies, so nothing is explained, and a network that gives one answer to everything scores 0.
  That holds for equal constants as well; their RMSE of 0 tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = "NDArray[np.float64]"
PerAxis: TypeAlias = "float | NDArray[np.float64]"
AXES = ("valence", "arousal")


def rmse(prediction: Any, target: Any) -> PerAxis:
    """Root mean squared error, sqrt(E (x - x_hat)^2), in the unit of the labels; >= 0."""
    return _per_axis(_rmse, prediction, target)


def sagr(prediction: Any, target: Any) -> PerAxis:
    """Sign agreement: the share of samples with sign(x) = sign(x_hat), in [0, 1].

    As the supplement's formula has it, a value of exactly 0 has a sign of its own: it
    agrees with 0 and with nothing else.
    """
    return _per_axis(_sagr, prediction, target)


def pcc(prediction: Any, target: Any) -> PerAxis:
    """Pearson correlation coefficient, in [-1, 1]; 0 where either side is constant."""
    return _per_axis(_pcc, prediction, target)


def ccc(prediction: Any, target: Any) -> PerAxis:
    """Concordance correlation coefficient, in [-1, 1]; 0 where either side is constant.

    2 s_x s_y PCC / (s_x^2 + s_y^2 + (m_x - m_y)^2): 1 for equal values only; a shift or another
    scale lowers it where PCC stays.
    """
    return _per_axis(_ccc, prediction, target)


def evaluate_all(prediction: Any, target: Any) -> dict[str, Any]:
    """All `METRICS` of [N, 2] valence, arousal.

    Returns {"n": N, "valence": {name: value}, "arousal": {the same}}.
    """
    x, y = _checked_pairs(prediction, target)
    table = _table(_axes_first(x), _axes_first(y))
    return {"n": len(x)} | {
        axis: {name: float(values[i]) for name, values in table.items()}
        for i, axis in enumerate(AXES)
    }


def bootstrap(
    prediction: Any, target: Any, n: int = 1000, seed: int = 0, groups: Any = None
) -> dict[str, Any]:
    """95 % intervals of all four metrics, by resampling the samples `n` times with replacement.

    Args:
        prediction, target: [N, 2] valence, arousal.
        n: number of resamples, >= 1.
        seed: of the random numbers; the same seed gives the same intervals.
        groups: [N] labels (video or identity); whole groups are resampled then. Frames of one video
            are not independent, and intervals that take them so are too narrow.

    Returns the structure of `evaluate_all` with (lower, upper) for each value, the 2.5 % and 97.5 %
    percentiles.
    """
    x, y = _checked_pairs(prediction, target)
    if n < 1:
        raise ValueError(f"bootstrap needs at least one resample, not {n}.")
    random = np.random.default_rng(seed)
    draw = _sampler(len(x), groups, random)
    columns_x, columns_y = _axes_first(x), _axes_first(y)
    tables = []
    for _ in range(n):
        rows = draw()
        tables.append(_table(columns_x.take(rows, axis=1), columns_y.take(rows, axis=1)))
    result: dict[str, Any] = {"n": len(x)}
    for i, axis in enumerate(AXES):
        result[axis] = {}
        for name in (metric.name for metric in METRICS):
            low, high = np.percentile([table[name][i] for table in tables], (2.5, 97.5))
            result[axis][name] = (float(low), float(high))
    return result


def _sampler(
    count: int, groups: Any, random: np.random.Generator
) -> Callable[[], NDArray[np.intp]]:
    if groups is None:
        return lambda: random.integers(count, size=count)
    labels = np.asarray(groups)
    if labels.shape != (count,):
        raise ValueError(f"groups must be [{count}], one label a sample, not {list(labels.shape)}.")
    number = np.unique(labels, return_inverse=True)[1]
    order = np.argsort(number, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(number))[:-1])

    def draw() -> NDArray[np.intp]:
        chosen = random.integers(len(members), size=len(members))
        return np.concatenate([members[i] for i in chosen])

    return draw


# From here on x and y are [A, N], for speed. Values are scaled to at most 1 before they are
# squared, so that no square overflows or vanishes.


def _rmse(x: Values, y: Values) -> Values:
    error = x - y
    scale = _largest(error)
    return scale[:, 0] * np.sqrt(np.mean((error / scale) ** 2, axis=-1))


def _sagr(x: Values, y: Values) -> Values:
    return np.mean(np.sign(x) == np.sign(y), axis=-1)


def _pcc(x: Values, y: Values) -> Values:
    x, y = _centred(x), _centred(y)
    x, y = x / _largest(x), y / _largest(y)
    spread = np.sqrt(np.mean(x * x, axis=-1) * np.mean(y * y, axis=-1))
    return _ratio(np.mean(x * y, axis=-1), spread)


def _ccc(x: Values, y: Values) -> Values:
    gap = x.mean(axis=-1, keepdims=True) - y.mean(axis=-1, keepdims=True)
    x, y = _centred(x), _centred(y)
    scale = np.maximum(np.maximum(_largest(x), _largest(y)), np.abs(gap))
    x, y, gap = x / scale, y / scale, gap[:, 0] / scale[:, 0]
    whole = np.mean(x * x, axis=-1) + np.mean(y * y, axis=-1) + gap**2
    return _ratio(2 * np.mean(x * y, axis=-1), whole)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its name in files, its title in tables, which way is better, and its value for
    predictions [A, N] and labels [A, N], an axis each: [A]."""

    name: str
    title: str
    better: Literal["higher", "lower"]
    function: Callable[[Values, Values], Values]

    @property
    def arrow(self) -> str:
        """Up or down, as better values lie."""
        return "↑" if self.better == "higher" else "↓"


METRICS: tuple[Metric, ...] = (
    Metric("rmse", "RMSE", "lower", _rmse),
    Metric("sagr", "SAGR", "higher", _sagr),
    Metric("pcc", "PCC", "higher", _pcc),
    Metric("ccc", "CCC", "higher", _ccc),
)
"""Every metric of valence and arousal; each table has a column for each of them."""


def _table(x: Values, y: Values) -> dict[str, Values]:
    return {metric.name: metric.function(x, y) for metric in METRICS}


def _centred(x: Values) -> Values:
    """`x` less its mean; exactly 0 for a constant row, whose mean may be off by rounding."""
    constant = x.max(axis=-1, keepdims=True) == x.min(axis=-1, keepdims=True)
    return np.where(constant, 0.0, x - x.mean(axis=-1, keepdims=True))


def _largest(x: Values) -> Values:
    """The largest magnitude of each row, [A, 1]; 1 in place of 0."""
    largest = np.abs(x).max(axis=-1, keepdims=True)
    return np.where(largest > 0, largest, 1.0)


def _ratio(part: Values, whole: Values) -> Values:
    """part / whole within [-1, 1], and 0 for 0 / 0: a constant row makes `part` exactly 0."""
    return np.clip(part / np.where(whole > 0, whole, 1.0), -1.0, 1.0)


def _per_axis(metric: Callable[[Values, Values], Values], prediction: Any, target: Any) -> PerAxis:
    x, y = _checked(prediction, target)
    if x.ndim == 1:
        return float(metric(x[None], y[None])[0])
    return metric(_axes_first(x), _axes_first(y))


def _axes_first(x: Values) -> Values:
    return np.ascontiguousarray(x.T)


def _checked(prediction: Any, target: Any) -> tuple[Values, Values]:
    x, y = _as_float64("prediction", prediction), _as_float64("target", target)
    if x.shape != y.shape:
        raise ValueError(
            f"prediction is {list(x.shape)} but target is {list(y.shape)}; they must be equal."
        )
    if x.ndim not in (1, 2):
        raise ValueError(f"prediction and target must be [N] or [N, A], not {list(x.shape)}.")
    if x.size == 0:
        raise ValueError("prediction and target are empty; a metric needs at least one sample.")
    return x, y


def _checked_pairs(prediction: Any, target: Any) -> tuple[Values, Values]:
    x, y = _checked(prediction, target)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"valence and arousal must be [N, 2], not {list(x.shape)}.")
    return x, y


def _as_float64(name: str, values: Any) -> Values:
    if hasattr(values, "detach"):  # a tensor: may need its gradient, device and bfloat16 taken off
        values = values.detach().cpu().double().numpy()
    array = np.asarray(values, dtype=np.float64)
    bad = np.count_nonzero(~np.isfinite(array))
    if bad:
        raise ValueError(f"{name} holds {bad} value(s) that are NaN or infinite.")
    return array
