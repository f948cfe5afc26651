"""Several passes of one rater over a recording: a file each, one voice among the raters."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .files import Rating, at_times

_PASS = "_pass"


def label_of_pass(rater: str, number: int) -> str:
    """The label of a rater's pass: the first has the rater's own."""
    return rater if number == 1 else f"{rater}{_PASS}{number}"


def rater_and_pass(label: str) -> tuple[str, int]:
    """The rater and the number of the pass that a label names."""
    found = re.fullmatch(rf"(.+){_PASS}(\d{{1,4}})", label)
    return (found[1], int(found[2])) if found else (label, 1)


def by_rater(ratings: Sequence[Rating]) -> list[list[Rating]]:
    """The passes of each rater, raters by the order in which they first stand."""
    found: dict[str, list[Rating]] = {}
    for rating in ratings:
        found.setdefault(rater_and_pass(rating.rater)[0], []).append(rating)
    return [sorted(each, key=lambda r: rater_and_pass(r.rater)[1]) for each in found.values()]


def mean_of_passes(passes: Sequence[Rating]) -> Rating:
    """One rater's mean over the passes in which a moment was rated, at the times of all of them."""
    rater = rater_and_pass(passes[0].rater)[0]
    if len(passes) == 1:
        return Rating(rater, passes[0].times, passes[0].values)
    times = np.unique(np.concatenate([each.times for each in passes]))
    values = np.stack(
        [np.stack([at_times(p.times, v, times) for v in p.values.T], axis=1) for p in passes]
    )
    known = np.isfinite(values)
    count = known.sum(axis=0)
    sums = np.where(known, values, 0.0).sum(axis=0)
    return Rating(rater, times, np.where(count > 0, sums / np.maximum(count, 1), np.nan))
