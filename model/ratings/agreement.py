"""How far raters agree, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import nan

import numpy as np
from numpy.typing import NDArray

from ..metrics import ccc, pcc, sagr

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of raters on one axis, over the moments that all of them rated.

    Args:
        moments: how many; nan throughout where there are fewer than two.
        icc_a1, icc_ak: intraclass correlation of absolute agreement (two-way, random raters), of a
            single rater and of the mean of all.
        icc_c1: of consistency, of a single rater.
        ccc, sagr: means over pairs of raters.
    """

    moments: int
    icc_a1: float
    icc_ak: float
    icc_c1: float
    ccc: float
    sagr: float


def agreement(values: Floats) -> Agreement:
    """Of values [N moments, K raters], K >= 2; moments that one of them left out do not count."""
    whole = values[np.isfinite(values).all(axis=1)]
    if len(whole) < 2:
        return Agreement(len(whole), nan, nan, nan, nan, nan)
    pairs = list(combinations(whole.T, 2))
    single, mean, consistent = icc(whole)
    return Agreement(
        len(whole),
        single,
        mean,
        consistent,
        float(np.mean(np.array([ccc(a, b) for a, b in pairs]))),
        float(np.mean(np.array([sagr(a, b) for a, b in pairs]))),
    )


def icc(values: Floats) -> tuple[float, float, float]:
    """ICC(A,1), ICC(A,k) and ICC(C,1) of [N, K] without gaps (McGraw & Wong 1996, Table 4); 0 where
    nothing varies."""
    n, k = values.shape
    grand = values.mean()
    rows = k * float(((values.mean(axis=1) - grand) ** 2).sum()) / (n - 1)
    columns = n * float(((values.mean(axis=0) - grand) ** 2).sum()) / (k - 1)
    rest = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + grand
    error = float((rest**2).sum()) / ((n - 1) * (k - 1))
    single = rows + (k - 1) * error + k * (columns - error) / n
    mean = rows + (columns - error) / n
    consistent = rows + (k - 1) * error
    found = [(rows - error) / part if part > 0 else 0.0 for part in (single, mean, consistent)]
    return found[0], found[1], found[2]


@dataclass(frozen=True, slots=True, eq=False)
class GoldStandard:
    """The evaluator-weighted mean [N] of an axis, and each rater's weight [K]; their sum is 1."""

    values: Floats
    weights: Floats


def gold_standard(values: Floats) -> GoldStandard:
    """The evaluator-weighted estimator of [N, K] (Grimm & Kroschel 2005): each rater counts by the
    correlation with the mean of the others, one who contradicts them not at all.

    A moment takes those who rated it, and is nan where nobody with a weight did. A single rater,
    or raters without any correlation, count alike.
    """
    count = values.shape[1]
    weights = np.array([_with_others(values, i) for i in range(count)]).clip(min=0.0)
    weights = weights / weights.sum() if weights.sum() > 0 else np.full(count, 1.0 / count)
    known = np.isfinite(values)
    whole = (known * weights).sum(axis=1)
    sums = (np.where(known, values, 0.0) * weights).sum(axis=1)
    return GoldStandard(np.where(whole > 0, sums / np.where(whole > 0, whole, 1), nan), weights)


def _with_others(values: Floats, rater: int) -> float:
    others = np.delete(values, rater, axis=1)
    known = np.isfinite(others)
    mean = np.where(known, others, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    both = known.any(axis=1) & np.isfinite(values[:, rater])
    return float(pcc(values[both, rater], mean[both])) if both.sum() > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Lag:
    """How many seconds ratings come after what they rate, with a 95 % interval, and the correlation
    at that lag; nan where too little is known."""

    seconds: float
    low: float
    high: float
    correlation: float


def lag(
    ratings: Floats,
    reference: Floats,
    rate: float,
    *,
    longest: float = 8.0,
    block: float = 10.0,
    resamples: int = 1000,
    seed: int = 0,
) -> Lag:
    """The lag of ratings [N, A] behind a reference [N, A] at `rate` samples per second, nan for
    missing: where their correlation, averaged over the axes, is highest.

    Args:
        longest: the largest lag looked for (s); 0 is the smallest.
        block: seconds that are resampled together for the interval (Künsch 1989): neighbouring
            samples are not independent.
        resamples, seed: of the bootstrap.
    """
    shifts = np.arange(int(longest * rate) + 1)
    size = max(int(block * rate), 1)
    sums = np.stack([_block_sums(ratings, reference, int(k), size) for k in shifts])
    scores = _correlations(sums.sum(axis=1))
    if not np.isfinite(scores).any():
        return Lag(nan, nan, nan, nan)
    best = int(np.nanargmax(scores))
    blocks = sums.shape[1]
    random = np.random.default_rng(seed)
    found = []
    for _ in range(resamples if blocks > 2 else 0):
        counts = np.bincount(random.integers(blocks, size=blocks), minlength=blocks)
        drawn = _correlations(np.tensordot(sums, counts, axes=(1, 0)))
        if np.isfinite(drawn).any():
            found.append(int(np.nanargmax(drawn)) / rate)
    low, high = np.quantile(found, (0.025, 0.975)) if found else (nan, nan)
    return Lag(best / rate, float(low), float(high), float(scores[best]))


def _block_sums(ratings: Floats, reference: Floats, shift: int, size: int) -> Floats:
    """[blocks, A, 6]: count and sums for the correlation of ratings `shift` samples later."""
    n = len(reference)
    y = np.full_like(reference, nan)
    y[: n - shift] = ratings[shift:]
    known = np.isfinite(reference) & np.isfinite(y)
    x, y = np.where(known, reference, 0.0), np.where(known, y, 0.0)
    parts = np.stack([known.astype(np.float64), x, y, x * x, y * y, x * y], axis=-1)
    return np.add.reduceat(parts, np.arange(0, n, size), axis=0)


def _correlations(sums: Floats) -> Floats:
    """From [shifts, A, 6] the correlation of each shift, averaged over the axes that have one."""
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        top = n * xy - x * y
        bottom = np.sqrt(np.maximum(n * xx - x * x, 0.0) * np.maximum(n * yy - y * y, 0.0))
        each = np.where((n > 2) & (bottom > 1e-12), top / bottom, nan)
    known = np.isfinite(each)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, each, 0.0).sum(axis=1) / np.maximum(count, 1), nan)
