"""Intervals and effect sizes over participants: each of them counts once."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import gammaln

Floats = NDArray[np.float64]
LEVEL = 0.95
FEWEST_FOR_BOOTSTRAP = 8
"""Of fewer values, resamples are too much alike: their interval is Student's."""
_RESAMPLES = 4999


def between(values: Floats) -> Floats:
    """Half-width of Student's 95 % interval of the mean over axis 0, [N, ...] to [...]; nan values
    are left out, nan where fewer than two remain."""
    known = np.isfinite(values)
    n = known.sum(axis=0)
    enough = n > 1
    degrees = np.where(enough, n - 1, 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / np.maximum(n, 1)
    squares = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
    half = stats.t.ppf(0.5 + LEVEL / 2, degrees) * np.sqrt(squares / degrees / np.maximum(n, 1))
    return np.where(enough, half, nan)


def within(values: Floats) -> Floats:
    """Half-width of the Cousineau-Morey 95 % interval of each condition's mean, [N, C, ...] to
    [C, ...].

    Each participant's values lose the participant's own mean and gain that of all; the variance is
    then corrected by C / (C - 1) (Morey 2008, doi:10.20982/tqmp.04.2.p061). Only participants with
    every condition count; nan for fewer than two of them or of conditions.
    """
    conditions = values.shape[1]
    if conditions < 2:
        return np.full(values.shape[1:], nan)
    whole = np.isfinite(values).all(axis=1, keepdims=True)
    known = np.where(whole, values, nan)
    normed = known - known.mean(axis=1, keepdims=True)
    return between(normed) * sqrt(conditions / (conditions - 1))


@dataclass(frozen=True, slots=True)
class Contrast:
    """The second condition minus the first.

    Args:
        design: `paired`, the same participants, or `independent`.
        n_first, n_second: participants.
        difference, low, high: of the means, with its 95 % interval.
        interval: `bootstrap-t` or, for few participants, `t`.
        effect, effect_low, effect_high: Hedges' g: the mean difference in standard deviations of
            the differences (paired, g_z) or within the groups (independent, g_s), with the
            interval of the noncentral t distribution.
    """

    design: str
    n_first: int
    n_second: int
    difference: float
    low: float
    high: float
    interval: str
    effect: float
    effect_low: float
    effect_high: float


def paired(first: Floats, second: Floats, seed: int = 0) -> Contrast:
    """Of values [N] of the same participants, N >= 2."""
    apart = second - first
    n = len(apart)
    mean, error = float(apart.mean()), float(apart.std(ddof=1)) / sqrt(n)
    if n >= FEWEST_FOR_BOOTSTRAP and error > 0:
        draws = apart[np.random.default_rng(seed).integers(n, size=(_RESAMPLES, n))]
        low, high = _studentised(mean, error, draws.mean(1), draws.std(1, ddof=1) / sqrt(n))
        kind = "bootstrap-t"
    else:
        half = float(stats.t.ppf(0.5 + LEVEL / 2, n - 1)) * error
        low, high, kind = mean - half, mean + half, "t"
    effect = _effect(mean, error, n - 1, sqrt(n))
    return Contrast("paired", n, n, mean, low, high, kind, *effect)


def independent(first: Floats, second: Floats, seed: int = 0) -> Contrast:
    """Of values [N] and [M] of different participants, N and M >= 2; variances may differ."""
    groups, random = (first, second), np.random.default_rng(seed)
    sizes = [len(group) for group in groups]
    mean = float(second.mean() - first.mean())
    squares = [float(group.var(ddof=1)) / len(group) for group in groups]
    error = sqrt(sum(squares))
    if min(sizes) >= FEWEST_FOR_BOOTSTRAP and error > 0:
        draws = [g[random.integers(len(g), size=(_RESAMPLES, len(g)))] for g in groups]
        means = draws[1].mean(1) - draws[0].mean(1)
        errors = np.sqrt(sum(d.var(1, ddof=1) / d.shape[1] for d in draws))
        low, high = _studentised(mean, error, means, errors)
        kind = "bootstrap-t"
    else:
        parts = sum(s**2 / (n - 1) for s, n in zip(squares, sizes, strict=True))
        half = float(stats.t.ppf(0.5 + LEVEL / 2, error**4 / parts)) * error if parts else 0.0
        low, high, kind = mean - half, mean + half, "t"
    degrees, root = sum(sizes) - 2, sqrt(sizes[0] * sizes[1] / sum(sizes))
    pooled = sqrt(sum(g.var(ddof=1) * (len(g) - 1) for g in groups) / degrees)
    effect = _effect(mean, float(pooled) / root, degrees, root)
    return Contrast("independent", sizes[0], sizes[1], mean, low, high, kind, *effect)


def _studentised(mean: float, error: float, means: Floats, errors: Floats) -> tuple[float, float]:
    """The bootstrap-t interval (Efron & Tibshirani 1993, section 12.5)."""
    usable = errors > 1e-12 * error
    scores = (means[usable] - mean) / errors[usable]
    upper, lower = np.quantile(scores, (0.5 + LEVEL / 2, 0.5 - LEVEL / 2))
    return mean - float(upper) * error, mean - float(lower) * error


def _effect(mean: float, error: float, degrees: int, root: float) -> tuple[float, float, float]:
    """Hedges' g and its interval, from t = mean / error = d * root."""
    if not error > 0:
        return nan, nan, nan
    t = mean / error
    shrink = float(np.exp(_log_gamma_ratio(degrees)))
    # Hedges' correction takes the bias from g; the interval is of the population's own effect.
    bounds = (_centre(t, degrees, share) for share in (0.5 + LEVEL / 2, 0.5 - LEVEL / 2))
    low, high = (bound / root for bound in bounds)
    return t / root * shrink, low, high


def _centre(t: float, degrees: int, share: float) -> float:
    """The noncentrality at which `share` of the distribution lies below t; nan where it cannot be
    found."""

    def apart(centre: float) -> float:
        below = float(stats.nct.cdf(t, degrees, centre))
        # Where the one tail is not to be had, its mirror image mostly is.
        return (float(stats.nct.sf(-t, degrees, -centre)) if np.isnan(below) else below) - share

    # The bracket grows from t: far from it, the distribution function is not to be had.
    width = 2.0
    while width < 1000.0:
        ends = t - width, t + width
        values = apart(ends[0]), apart(ends[1])
        if not np.isfinite(values).all():
            return nan
        if values[0] >= 0 >= values[1]:
            try:
                centre: Any = optimize.brentq(apart, *ends)
            except ValueError:
                # Between two ends where it is known, the function may still not be.
                return nan
            return float(centre)
        width *= 2
    return nan


def _log_gamma_ratio(degrees: int) -> float:
    """Logarithm of Hedges' exact correction, gamma(m/2) / (sqrt(m/2) gamma((m-1)/2))."""
    if degrees < 2:
        return nan
    return float(gammaln(degrees / 2) - 0.5 * np.log(degrees / 2) - gammaln((degrees - 1) / 2))
