"""Landmarks that tremble less where a face is still, and follow at once where it moves."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

_MIN_CUTOFF = 0.05
_BETA = 80.0
_SPEED_CUTOFF = 1.0
_LONGEST_GAP = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Steadied:
    """Landmarks [N, 2] in pixels, their speed in face sizes per second, and when (seconds)."""

    points: NDArray[np.float32]
    speed: NDArray[np.float32]
    time: float


def _weight(cutoff: NDArray[np.float32], elapsed: float) -> NDArray[np.float32]:
    return np.asarray(1.0 / (1.0 + 1.0 / (2.0 * pi * cutoff * elapsed)), dtype=np.float32)


def steadied(before: Steadied | None, points: NDArray[np.float32], time: float) -> Steadied:
    """The next landmarks through a One-Euro filter (Casiez, Roussel & Vogel, CHI 2012) whose unit
    is the face's size, so that large and small faces are treated alike.

    The settings are those that MediaPipe gives its own filter of face landmarks. After half a
    second without the face it begins anew.
    """
    if before is None or not 0.0 < time - before.time <= _LONGEST_GAP:
        return Steadied(points, np.zeros_like(points), time)
    elapsed = time - before.time
    step = points - before.points
    now = step / np.float32(max(float(np.ptp(points, axis=0).mean()), 1.0) * elapsed)
    speed = before.speed + _weight(np.full(now.shape, _SPEED_CUTOFF, np.float32), elapsed) * (
        now - before.speed
    )
    cutoff = np.asarray(_MIN_CUTOFF + _BETA * np.abs(speed), np.float32)
    weight = _weight(cutoff, elapsed)
    return Steadied(
        np.asarray(before.points + weight * step, np.float32), np.asarray(speed, np.float32), time
    )
