"""How strongly a map may be drawn: a map is scaled to its own maximum, whatever the estimate."""

from __future__ import annotations

from math import isfinite
from typing import Final

FULL_AT: Final = 0.5
"""From this distance to neutral on, a map is drawn at its full strength."""


def map_strength(estimate: float) -> float:
    """The share of a map's opacity that an estimate in [-1, 1] deserves, 0 to 1.

    Proportional to the distance from neutral up to `FULL_AT`: the map of -.02 says next to nothing
    and shows next to nothing. An unknown estimate (nan) shows nothing.
    """
    return min(abs(estimate) / FULL_AT, 1.0) if isfinite(estimate) else 0.0
