"""How good estimates and intervals are by light, sharpness, head pose and size of the face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.face.image_measures import brightness, grey_of, sharpness
from ..model.metrics import AXES, evaluate_all
from .crops.prepare import Prepared
from .intervals import held

LEAST = 20
"""Faces below which a range gets no figures: they would be chance."""

Values = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """How N faces were taken: `brightness` [N], mean grey level of the crop, 0 to 255; `sharpness`
    [N] of the crop (`image_measures`); `yaw` and `pitch` [N] in degrees and `size` [N], side of
    the face's square in the image's pixels, nan where the finder saw no face."""

    brightness: Values
    sharpness: Values
    yaw: Values
    pitch: Values
    size: Values


def taken_of(sets: list[Prepared]) -> Taken:
    """How the faces of prepared sets were taken."""
    greys = (crop if crop.ndim == 2 else grey_of(crop) for each in sets for crop in each.crops)
    light = np.array([(brightness(grey), sharpness(grey)) for grey in greys])
    seen = [each.seen() for each in sets]
    yaw, pitch, size = (
        np.concatenate([getattr(each, name) for each in seen]) for name in ("yaw", "pitch", "width")
    )
    return Taken(light[:, 0], light[:, 1], yaw, pitch, size)


@dataclass(frozen=True, slots=True)
class Condition:
    """A way in which images differ: its `name` and `unit`, how it is measured, and the ranges'
    `edges`, None to cut where thirds of the faces lie."""

    name: str
    unit: str
    measured: Callable[[Taken], Values]
    edges: tuple[float, ...] | None


CONDITIONS = (
    Condition("brightness", "mean grey level", lambda t: t.brightness, (80.0, 120.0, 160.0)),
    Condition("sharpness", "Laplacian over contrast", lambda t: t.sharpness, None),
    Condition("yaw", "degrees either way", lambda t: np.abs(t.yaw), (10.0, 20.0, 35.0)),
    Condition("pitch", "degrees either way", lambda t: np.abs(t.pitch), (10.0, 20.0)),
    Condition("size of the face", "pixels", lambda t: t.size, (48.0, 64.0, 128.0)),
)


def _range(low: float, high: float, digits: int) -> str:
    if np.isinf(low):
        return f"under {high:.{digits}f}"
    return (
        f"{low:.{digits}f} or more" if np.isinf(high) else f"{low:.{digits}f} to {high:.{digits}f}"
    )


def by_condition(
    taken: Taken, estimate: Values, target: Values, halfwidth: Values | None = None
) -> list[dict[str, Any]]:
    """For each condition and range of it: how many faces, RMSE and CCC on both axes, and where
    there are intervals which share of the labels they hold and their mean half width.

    Args:
        taken: how the faces were taken.
        estimate, target, halfwidth: [N, 2].

    A range without a face is left out, so without any face there is none; one with fewer than
    `LEAST` has no figures. Faces of which a condition is not known are in none of its ranges.
    """
    rows = []
    for condition in CONDITIONS:
        values = condition.measured(taken)
        if not np.isfinite(values).any():  # of which there are no thirds
            continue
        edges = condition.edges or tuple(np.nanquantile(values, (1 / 3, 2 / 3)))
        digits = 0 if condition.edges else 2
        for low, high in pairwise((-np.inf, *edges, np.inf)):
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
                width = None if halfwidth is None else halfwidth[chosen]
                row |= figures_of(estimate[chosen], target[chosen], width)
            rows.append(row)
    return rows


def figures_of(estimate: Values, target: Values, halfwidth: Values | None) -> dict[str, float]:
    """`rmse_` and `ccc_` of each axis, and of intervals `coverage_` and `halfwidth_`."""
    scores = evaluate_all(estimate, target)
    found = {
        f"{metric}_{axis}": float(scores[axis][metric])
        for axis in AXES
        for metric in ("rmse", "ccc")
    }
    if halfwidth is not None:
        shares = held(estimate, halfwidth, target).mean(axis=0)
        for axis, share, width in zip(AXES, shares, halfwidth.mean(axis=0), strict=True):
            found |= {f"coverage_{axis}": float(share), f"halfwidth_{axis}": float(width)}
    return found
