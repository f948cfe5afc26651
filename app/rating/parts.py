"""Agreement of raters in parts of a session, and in a window that moves through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from ...model.metrics import AXES
from ...model.ratings.agreement import Agreement
from .session_ratings import RATE, Compared, by_axis, with_model

Floats = NDArray[np.float64]
WINDOW_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch [start, end) s of a session, by its name."""

    name: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class PartAgreement:
    """How far raters agree in a part, by axis: with each other (None for a single rater), and with
    the model, (CCC, SAGR) as means over the raters."""

    part: Part
    between: dict[str, Agreement] | None
    with_model: dict[str, tuple[float, float]]


def parts_between(moments: Sequence[tuple[float, str]], start: float, end: float) -> list[Part]:
    """The parts that moments (seconds, name) cut [start, end] into, each by the name of the moment
    that it begins with; what is before the first is "start"."""
    cuts = [(start, "start"), *(each for each in sorted(moments) if start < each[0] < end)]
    ends = [*(time for time, _ in cuts[1:]), np.nextafter(end, np.inf)]
    return [Part(name, time, stop) for (time, name), stop in zip(cuts, ends, strict=True)]


def by_part(compared: Compared, parts: Sequence[Part]) -> list[PartAgreement]:
    """Agreement in each part."""
    found = []
    for part in parts:
        own = (compared.times >= part.start) & (compared.times < part.end)
        values, model = compared.values[own], compared.model[own]
        several = values.shape[2] > 1
        found.append(
            PartAgreement(part, by_axis(values) if several else None, _mean_pairs(values, model))
        )
    return found


def _mean_pairs(values: Floats, model: Floats) -> dict[str, tuple[float, float]]:
    pairs = [with_model(values[..., k], model) for k in range(values.shape[2])]
    means = {}
    for axis in AXES:
        known = np.array([each[axis] for each in pairs if np.isfinite(each[axis][0])])
        means[axis] = (
            (float(known[:, 0].mean()), float(known[:, 1].mean())) if len(known) else (nan, nan)
        )
    return means


def over_time(compared: Compared, seconds: float = WINDOW_SECONDS) -> tuple[Floats, Floats]:
    """CCC in a window that moves through the session a second at a time.

    Returns the windows' middles [M] s and [2, 2, M]: by axis, between the raters (mean over pairs)
    and with the model (mean over raters); nan where less than half of a window was rated by both.
    """
    count = len(compared.times)
    width, step = round(seconds * RATE), round(RATE)
    starts = np.arange(0, max(count - width, 0) + 1, step)
    found = np.full((2, 2, len(starts)), nan)
    raters = compared.values.shape[2]
    for i in range(2):
        rated = [compared.values[:, i, k] for k in range(raters)]
        pairs = [(a, b) for n, a in enumerate(rated) for b in rated[n + 1 :]]
        for kind, own in ((0, pairs), (1, [(each, compared.model[:, i]) for each in rated])):
            curves = [_moving_ccc(a, b, starts, width) for a, b in own]
            if curves:
                found[i, kind] = _mean(np.stack(curves))
    middles = compared.times[starts] + min(width, count) / RATE / 2
    return middles, found


def _moving_ccc(a: Floats, b: Floats, starts: NDArray[np.intp], width: int) -> Floats:
    """CCC of a and b [N] in windows of `width` samples, by sums that are differences of running
    ones."""
    both = np.isfinite(a) & np.isfinite(b)
    x, y = np.where(both, a, 0.0), np.where(both, b, 0.0)
    parts = np.stack([both.astype(np.float64), x, y, x * x, y * y, x * y])
    running = np.concatenate([np.zeros((6, 1)), np.cumsum(parts, axis=1)], axis=1)
    ends = np.minimum(starts + width, len(a))
    n, sx, sy, sxx, syy, sxy = running[:, ends] - running[:, starts]
    known = n >= np.maximum(0.5 * (ends - starts), 2)
    n = np.maximum(n, 1)
    top = 2 * (sxy / n - sx * sy / n**2)
    bottom = sxx / n - (sx / n) ** 2 + syy / n - (sy / n) ** 2 + (sx / n - sy / n) ** 2
    known &= bottom > 1e-9
    return np.where(known, top / np.where(known, bottom, 1.0), nan)


def _mean(curves: Floats) -> Floats:
    known = np.isfinite(curves)
    count = known.sum(axis=0)
    sums = np.where(known, curves, 0.0).sum(axis=0)
    return np.where(count > 0, sums / np.maximum(count, 1), nan)
