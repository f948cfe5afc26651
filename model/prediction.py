"""What a network says of faces, and what such an answer has to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .anchors import EMOTIONS

_ROUNDING = 1e-4
"""How far float32 sums may go beyond a limit."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a network says of N faces.

    Args:
        va: float32 [N, 2], valence and arousal in [-1, 1].
        cam: float32 [N, 2, h, w] in [0, 1]; h = w = 0 for a network exported without maps.
        z: float32 [N, 32].
        votes: float32 [N, 8], the share of each of `anchors.EMOTIONS` in a crowd's votes, which sum
            to 1; None for a network without them.
        halfwidth: float32 [N, 2] in [0, 1], half the width of the interval of valence and of
            arousal after it was clipped to [-1, 1] (`ModelCard.interval` tells its level); None for
            a network without them.
        covered: float32 [N, 2] in [0, 1], which share of the eyes (of the one of which more is) and
            of the mouth is hidden; None for a network that does not tell.
    """

    va: NDArray[np.float32]
    cam: NDArray[np.float32]
    z: NDArray[np.float32]
    votes: NDArray[np.float32] | None = None
    halfwidth: NDArray[np.float32] | None = None
    covered: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class _Output:
    """What an output holds of each face: its shape (None: any length), and its limits."""

    shape: tuple[int | None, ...]
    low: float
    high: float


_OUTPUTS = {
    "va": _Output((2,), -1.0, 1.0),
    "cam": _Output((2, None, None), 0.0, 1.0),
    "z": _Output((None,), -np.inf, np.inf),
    "votes": _Output((len(EMOTIONS),), 0.0, 1.0),
    "halfwidth": _Output((2,), 0.0, 1.0),
    "covered": _Output((2,), 0.0, 1.0),
}
OPTIONAL = ("votes", "halfwidth", "covered")
"""Outputs of `Prediction` that a network may lack."""


def columns_of(output: str) -> int:
    """How many numbers an optional output holds of each face."""
    (columns,) = _OUTPUTS[output].shape
    assert columns is not None
    return columns


def problem_of(outputs: Mapping[str, Any], count: int) -> str:
    """Why the outputs of a network for so many faces are no answer, "" where they are one.

    Names the output and what is wrong: its type, shape, a value that is not finite or out of range.
    """
    for name, wanted in _OUTPUTS.items():
        if name not in outputs:
            continue
        values = outputs[name]
        if not isinstance(values, np.ndarray) or values.dtype != np.float32:
            kind = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
            return f"'{name}' is {kind}, not float32"
        shape = (count, *wanted.shape)
        lengths = zip(values.shape, shape, strict=False)
        if values.ndim != len(shape) or any(w not in (None, n) for n, w in lengths):
            words = ", ".join("any" if n is None else str(n) for n in shape)
            return f"'{name}' has shape {list(values.shape)}, not [{words}]"
        if not np.isfinite(values).all():
            return f"'{name}' holds values that are not finite"
        worst = values[(values < wanted.low - _ROUNDING) | (values > wanted.high + _ROUNDING)]
        if worst.size:
            return f"'{name}' is {worst[0]:g}, outside {wanted.low:g} to {wanted.high:g}"
    return ""
