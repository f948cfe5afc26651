"""What of a network an adaptation may change, level by level, and how each is fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.metrics import ccc
from ..heads.refit import STRENGTHS, ridge
from .calibration import Correction, Floats, fit_correction
from .last_block import LastBlock, block_values, train_block

LEVELS = ("nothing", "offset", "offset and gain", "regressor", "regressor and last block")
"""In the order of how much they change; each ends with an offset and a gain."""
NEEDED: Mapping[str, tuple[int, int]] = {
    "nothing": (1, 1),
    "offset": (1, 1),
    "offset and gain": (1, 1),
    "regressor": (4, 100),
    "regressor and last block": (6, 500),
}
"""People (sessions, images) and faces from which on a level is tried at all."""
MOST_FOLDS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The last layer of a network: weight [2, D] and bias [2]."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Labelled faces as a network sees them.

    Args:
        estimate: [N, 2] its estimates.
        target: [N, 2] what people said.
        groups: [N] whose face each is.
        hidden: [N, D] what its last layer reads; None of a network without one in plain numbers.
        inner: [N, ...] what its last block reads; None where that is not to be trained.
    """

    estimate: Floats
    target: Floats
    groups: NDArray[Any]
    hidden: Floats | None = None
    inner: NDArray[np.floating] | None = None

    def part(self, which: NDArray[np.bool_]) -> Faces:
        """Those of a mask [N]."""
        return Faces(
            self.estimate[which],
            self.target[which],
            self.groups[which],
            None if self.hidden is None else self.hidden[which],
            None if self.inner is None else self.inner[which],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The parts of a network that may change; None for one that it does not have."""

    layer: Layer | None = None
    block: LastBlock | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """How a network was changed: new weights, if any, and a correction of what it says then.

    Args:
        layer: the last layer, None as it was.
        block: the last block with its weights by name, None as it was.
    """

    correction: Correction = field(default_factory=Correction)
    layer: Layer | None = None
    block: tuple[LastBlock, Mapping[str, NDArray[np.float32]]] | None = None

    def __call__(self, faces: Faces) -> Floats:
        """The changed network's estimates [N, 2]."""
        return self.correction(self.uncorrected(faces))

    def uncorrected(self, faces: Faces) -> Floats:
        """The estimates [N, 2] before the correction."""
        if self.layer is None:
            return faces.estimate
        hidden = faces.hidden
        if self.block is not None and faces.inner is not None:
            hidden = block_values(self.block[0], faces.inner, self.block[1])
        assert hidden is not None
        return np.clip(hidden @ self.layer.weight.T + self.layer.bias, -1.0, 1.0)


def folds_of(groups: NDArray[Any], most: int = MOST_FOLDS) -> NDArray[np.int64]:
    """The fold of each face [N]: one group each or, of more groups, `most` of about equal size."""
    names, counts = np.unique(groups, return_counts=True)
    sizes = np.zeros(min(most, len(names)), np.int64)
    fold: dict[Any, int] = {}
    for i in np.argsort(-counts, kind="stable"):
        smallest = int(np.argmin(sizes))
        fold[names[i]] = smallest
        sizes[smallest] += counts[i]
    return np.array([fold[group] for group in groups], np.int64)


def supported(faces: Faces, network: Network) -> tuple[str, ...]:
    """The levels that the faces are enough for and that the network has."""
    has = {
        "regressor": network.layer is not None and faces.hidden is not None,
        "regressor and last block": network.block is not None and faces.inner is not None,
    }
    groups = len(np.unique(faces.groups))
    return tuple(
        level
        for level in LEVELS
        if groups >= NEEDED[level][0]
        and len(faces.target) >= NEEDED[level][1]
        and has.get(level, True)
    )


def fit_level(faces: Faces, level: str, network: Network) -> Change:
    """The change of a level for these faces."""
    if level == "regressor":
        change = _fit_regressor(faces, network.layer)
    elif level == "regressor and last block":
        change = _fit_block(faces, network)
    else:
        return Change(fit_correction(faces.estimate, faces.target, level))
    found = fit_correction(change.uncorrected(faces), faces.target, "offset and gain")
    return replace(change, correction=found)


def _fit_regressor(faces: Faces, layer: Layer | None) -> Change:
    """The last layer, drawn towards what it was by a ridge on its change; how strongly, those tell
    who are left out in turn."""
    assert layer is not None
    assert faces.hidden is not None
    said = faces.hidden @ layer.weight.T + layer.bias

    def changed(which: NDArray[np.bool_], strength: float) -> Change:
        assert faces.hidden is not None
        weight, bias = ridge(faces.hidden[which], faces.target[which] - said[which], strength)
        return Change(layer=Layer(layer.weight + weight, layer.bias + bias))

    everybody = np.ones(len(faces.target), np.bool_)
    folds = folds_of(faces.groups)

    def reached(strength: float) -> float:
        return mean_ccc(
            held_out(faces, folds, lambda rest: _corrected(changed(rest, strength), faces, rest)),
            faces.target,
        )

    best = max(STRENGTHS, key=reached) if folds.max() > 0 else STRENGTHS[-1]
    return changed(everybody, best)


def _corrected(change: Change, faces: Faces, which: NDArray[np.bool_]) -> Change:
    rest = faces.part(which)
    found = fit_correction(change.uncorrected(rest), rest.target, "offset and gain")
    return replace(change, correction=found)


def _fit_block(faces: Faces, network: Network) -> Change:
    """The last block and the last layer, by a small number of steps."""
    assert network.block is not None
    assert network.layer is not None
    assert faces.inner is not None
    layer = network.layer.weight, network.layer.bias
    weights, weight, bias = train_block(network.block, faces.inner, faces.target, layer)
    return Change(layer=Layer(weight, bias), block=(network.block, weights))


def mean_ccc(estimate: Floats, target: Floats) -> float:
    """CCC averaged over the axes."""
    return float(np.mean(np.asarray(ccc(estimate, target))))


def held_out(
    faces: Faces, folds: NDArray[np.int64], fit: Callable[[NDArray[np.bool_]], Change]
) -> Floats:
    """Each fold's estimates [N, 2] by a change that was fitted to all others: `fit` takes the mask
    [N] of those."""
    found = np.empty_like(faces.estimate)
    for fold in np.unique(folds):
        own = folds == fold
        found[own] = fit(~own)(faces.part(own))
    return found
