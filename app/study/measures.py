"""What a stretch of readings comes to: the numbers of one segment."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from ...model.metrics import AXES
from ..analysis.reading import Column
from ..session.curves import stretches

Floats = NDArray[np.float64]

_REACH = {"low": -2.0, "high": 2.0}
_OF_AN_AXIS = (
    ("mean", "arbitrary", "Mean of {0}"),
    ("sd", "arbitrary", "Sample standard deviation of {0}"),
    ("median", "arbitrary", "Median of {0}"),
    ("min", "arbitrary", "Smallest {0}"),
    ("max", "arbitrary", "Largest {0}"),
    ("peak", "arbitrary", "{0} where it is farthest from 0, with its sign"),
    ("peak_latency", "s", "Time of this peak since the onset"),
    ("time_above", "s", "Time with {0} above the upper threshold"),
    ("time_below", "s", "Time with {0} below the lower threshold"),
    ("auc", "s", "Area under {0} over time, by trapezes, not across gaps"),
    ("halfwidth", "arbitrary", "Mean half-width of the 90 % interval around {0}"),
)
QUADRANTS = ("positive_excited", "negative_excited", "negative_calm", "positive_calm")
MEASURES: tuple[Column, ...] = (
    *(
        Column(f"{axis}_{name}", "float64", unit, words.format(axis).capitalize())
        for axis in AXES
        for name, unit, words in _OF_AN_AXIS
    ),
    *(
        Column(
            f"share_{name}", "float64", "", f"Share of readings that are {name.replace('_', ', ')}"
            "; 0 counts as positive and as excited", 0.0, 1.0,
        )
        for name in QUADRANTS
    ),
)  # fmt: skip
"""The measures of a segment, in their order."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Good readings of one face: times [N] (s, ascending), values and half-widths [2, N]."""

    times: Floats
    values: Floats
    halfwidths: Floats

    def within(self, start: float, end: float) -> Curve:
        """The readings of [start, end)."""
        a, b = np.searchsorted(self.times, (start, end))
        return Curve(self.times[a:b], self.values[:, a:b], self.halfwidths[:, a:b])


def measure(
    curve: Curve, onset: float, end: float, baseline: Floats, above: float, below: float
) -> dict[str, float]:
    """`MEASURES` by name; nan where there is nothing to measure.

    Args:
        curve: the readings of the segment.
        onset: what the latency counts from (s).
        end: of the segment (s): no reading counts for longer.
        baseline: [2], subtracted from the values.
        above, below: thresholds, of the values less their baseline.

    A reading counts for the time to the next one of its stretch; a stretch's last one for the
    usual step.
    """
    if not len(curve.times):
        return {column.name: nan for column in MEASURES}
    values = curve.values - baseline[:, None]
    runs = stretches(curve.times)
    lasting = _lasting(curve.times, runs, end)
    found: dict[str, float] = {}
    for axis, v, halfwidth in zip(AXES, values, curve.halfwidths, strict=True):
        at = int(np.argmax(np.abs(v)))
        known = halfwidth[np.isfinite(halfwidth)]
        found |= {
            f"{axis}_mean": float(v.mean()),
            f"{axis}_sd": float(v.std(ddof=1)) if len(v) > 1 else nan,
            f"{axis}_median": float(np.median(v)),
            f"{axis}_min": float(v.min()),
            f"{axis}_max": float(v.max()),
            f"{axis}_peak": float(v[at]),
            f"{axis}_peak_latency": float(curve.times[at] - onset),
            f"{axis}_time_above": float(lasting[v > above].sum()),
            f"{axis}_time_below": float(lasting[v < below].sum()),
            f"{axis}_auc": float(sum(np.trapezoid(v[run], curve.times[run]) for run in runs)),
            f"{axis}_halfwidth": float(known.mean()) if len(known) else nan,
        }
    positive, excited = values >= 0
    shares = (positive & excited, ~positive & excited, ~positive & ~excited, positive & ~excited)
    found |= {f"share_{name}": float(s.mean()) for name, s in zip(QUADRANTS, shares, strict=True)}
    return {column.name: found[column.name] for column in MEASURES}


def _lasting(times: Floats, runs: list[slice], end: float) -> Floats:
    """How long each reading counts (s)."""
    steps = np.diff(times)
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    lasting = np.full(len(times), usual)
    for run in runs:
        lasting[run.start : run.stop - 1] = np.diff(times[run])
    return np.minimum(lasting, end - times)
