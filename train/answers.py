"""What an exported network says of prepared faces, and of copies of them in poorer conditions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.predictor import Predictor
from .conditions import figures_of
from .crops.degraded import KINDS, degraded
from .crops.prepare import Prepared

_BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Of N faces: `va` [N, 2]; `halfwidth` [N, 2] and `votes` [N, 8], None where the network has no
    such output."""

    va: NDArray[np.float32]
    halfwidth: NDArray[np.float32] | None
    votes: NDArray[np.float32] | None


def answers_of(predictor: Predictor, sets: Iterable[Prepared]) -> Answers:
    """Of all crops of the sets, in their order."""
    return _joined(
        predictor,
        (
            prepared.crops[i : i + _BATCH]
            for prepared in sets
            for i in range(0, len(prepared), _BATCH)
        ),
    )


def _joined(predictor: Predictor, batches: Iterable[NDArray[np.uint8]]) -> Answers:
    said = [predictor.predict(in_colour(crops)) for crops in batches]
    return Answers(
        np.concatenate([one.va for one in said]),
        _together([one.halfwidth for one in said]),
        _together([one.votes for one in said]),
    )


def _together(parts: list[NDArray[np.float32] | None]) -> NDArray[np.float32] | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known else None


def in_colour(crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Crops [N, S, S] or [N, S, S, 3] as a network is fed with them [N, S, S, 3]."""
    return np.repeat(crops[..., None], 3, axis=3) if crops.ndim == 3 else np.asarray(crops)


def by_copy(predictor: Predictor, sets: list[Prepared], count: int) -> list[dict[str, Any]]:
    """The figures of `figures_of` on copies of so many faces, evenly over the sets: one row for
    the faces as they are and one for each of `degraded.KINDS`."""
    places = [(one, i) for one in sets for i in range(len(one))]
    chosen = [places[i] for i in np.unique(np.linspace(0, len(places) - 1, count).astype(int))]
    crops = [one.crops[i] for one, i in chosen]
    target = np.array([one.target[i] for one, i in chosen])
    rows = []
    for kind, change in {"as it is": None, **KINDS}.items():
        batches = (
            np.stack(part) if change is None else degraded(np.stack(part), change, first)
            for first in range(0, len(crops), _BATCH)
            if (part := crops[first : first + _BATCH])
        )
        said = _joined(predictor, batches)
        figures = figures_of(said.va, target, said.halfwidth)
        rows.append({"copy": kind, "n": len(crops), **figures})
    return rows
