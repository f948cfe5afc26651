"""Where the smoothed estimates of a session were strongest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from .series import Series
from .theme import AXES
from .timeline_plot import Marker

MOST: Final = 4
"""Peaks of each face and axis."""
APART_SECONDS: Final = 2.0
STRONG: Final = 0.1


def find_peaks(series: Mapping[int, Series]) -> list[tuple[Marker, str]]:
    """The strongest smoothed values of each face and axis, as (moment, axis), in order of time.

    Strength is the distance from 0. Two peaks of a face and axis lie at least `APART_SECONDS`
    apart; values below `STRONG` are none.
    """
    found = []
    several = len(series) > 1
    for face_id, one in series.items():
        for axis, values in zip(AXES, one.values[2:4], strict=True):
            strength = np.abs(np.nan_to_num(values))
            for _ in range(MOST):
                row = int(np.argmax(strength)) if strength.size else -1
                if row < 0 or strength[row] < STRONG:
                    break
                moment = float(one.time[row])
                number = f"{values[row]:+.2f}".replace("-", "\N{MINUS SIGN}")
                face = f", face {face_id}" if several else ""
                found.append((Marker(moment, f"{axis} {number}{face}"), axis))
                strength = np.where(np.abs(one.time - moment) < APART_SECONDS, 0.0, strength)
    return sorted(found, key=lambda peak: peak[0].time)
