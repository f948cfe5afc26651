"""Whether two squares show the same face."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .square import Square

_SAME = 0.33
"""Two squares whose centres are nearer than this, in sides of the smaller, show one face."""


def difference(square: Square, other: Square) -> float:
    """How unlike two squares are: in place and side as a share of the side, in roll in radians."""
    roll = abs(math.remainder(square.angle - other.angle, math.tau))
    return max(_distance(square, other), abs(math.log(square.side / other.side)) / 2.0, roll / 2.0)


def is_among(square: Square, others: Iterable[Square]) -> bool:
    """Whether one of the others shows the same face."""
    return any(_distance(square, other) < _SAME for other in others)


def _distance(square: Square, other: Square) -> float:
    """Between the centres of two squares, in sides of the smaller one."""
    return math.hypot(square.x - other.x, square.y - other.y) / min(square.side, other.side)
