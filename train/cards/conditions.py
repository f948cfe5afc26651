"""How good the estimates are by light, sharpness, head pose and size of the face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.metrics import evaluate_all
from .observations import Observations

LEAST = 20
"""Faces below which a range gets no figures: they would be chance."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Condition:
    """A way in which images differ: its `name` and `unit`, how it is measured, and the ranges'
    `edges`, None to cut where thirds of the faces lie."""

    name: str
    unit: str
    measured: Callable[[Observations], Values]
    edges: tuple[float, ...] | None


CONDITIONS = (
    Condition("brightness", "mean grey level", lambda o: o.brightness, (80.0, 120.0, 160.0)),
    Condition("sharpness", "Laplacian over contrast", lambda o: o.sharpness, None),
    Condition("yaw", "degrees either way", lambda o: np.abs(o.yaw), (10.0, 20.0, 35.0)),
    Condition("pitch", "degrees either way", lambda o: np.abs(o.pitch), (10.0, 20.0)),
    Condition("size of the face", "pixels", lambda o: o.size, (48.0, 64.0, 128.0)),
)


def _range(low: float, high: float, digits: int) -> str:
    if np.isinf(low):
        return f"under {high:.{digits}f}"
    return (
        f"{low:.{digits}f} or more" if np.isinf(high) else f"{low:.{digits}f} to {high:.{digits}f}"
    )


def by_condition(seen: Observations) -> list[dict[str, Any]]:
    """For each condition and range of it: how many faces, and RMSE and CCC on both axes.

    A range without a face is left out, so without any face there is none; one with fewer than
    `LEAST` has no figures.
    """
    if len(seen) == 0:  # of which there are no thirds
        return []
    rows = []
    for condition in CONDITIONS:
        values = condition.measured(seen)
        edges = condition.edges or tuple(np.quantile(values, (1 / 3, 2 / 3)))
        digits = 0 if condition.edges else 2
        bounds = (-np.inf, *edges, np.inf)
        for low, high in pairwise(bounds):
            chosen = (values >= low) & (values < high)
            if not chosen.any():
                continue
            row: dict[str, Any] = {
                "condition": condition.name,
                "unit": condition.unit,
                "range": _range(low, high, digits),
                "n": int(chosen.sum()),
            }
            if chosen.sum() >= LEAST:
                scores = evaluate_all(seen.estimate[chosen], seen.target[chosen])
                row |= {
                    f"{metric}_{axis}": float(scores[axis][metric])
                    for axis in ("valence", "arousal")
                    for metric in ("rmse", "ccc")
                }
            rows.append(row)
    return rows
