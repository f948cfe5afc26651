"""Eyes, nose and mouth: the five points of YuNet, and where the landmarks have them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# The mesh's vertices where YuNet has its five points: eyes (both corners), nose tip, mouth corners.
_VERTICES = ((33, 133), (263, 362), (1, 4), (61, 61), (291, 291))
_MIRRORED = [1, 0, 2, 4, 3]
"""Which of the five each one is in the mirror image."""


def five_points(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """What landmarks [478, 2] say of the five points [5, 2]."""
    return np.stack([landmarks[list(pair)].mean(axis=0) for pair in _VERTICES])


def apart(landmarks: NDArray[np.float32], five: NDArray[np.float32]) -> float:
    """How far the landmarks [478, 2] lie from five points, in face sizes (RMS)."""
    size = float(np.ptp(landmarks, axis=0).max())
    offsets = five_points(landmarks) - five
    return float(np.sqrt((offsets**2).sum(axis=1).mean())) / max(size, 1e-6)


def mirrored_points(five: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    """Five points of an image so wide in pixels as those of its mirror image."""
    return np.asarray((five * (-1, 1) + (width, 0))[_MIRRORED], np.float32)
