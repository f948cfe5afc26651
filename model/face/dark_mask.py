"""A dark mask over the lower half of a face, made light.

YuNet is sure of faces behind a light mask and not of those behind a black one, and its score for
them is that of grass and gravel. Where the landmarks' lower half of a face is much darker than its
upper half, that half is painted in the colour of the upper one: then faces have the score of those
with a light mask, and what is none has less than before.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .face import Pixels

_DARK = 0.5
"""Brightness of the lower half, as a share of the upper one's, below which it is dark."""
_SKIN = 75
"""Of the upper half's pixels the percentile that is skin, also under a cap or dark hair."""
# Vertices of the mesh around both halves: from the middle of the nose along the cheeks to the chin,
# and from the temples and the forehead down to the eyes.
_LOWER = (197, 117, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152)
_LOWER += (377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 346)
_UPPER = (10, 338, 297, 332, 284, 251, 389, 263, 362, 168, 133, 33, 162, 21, 54, 103, 67, 109)
_SOFT = 2.0
# Of a square around a detection, as shares: rows of the forehead and below the nose, columns.
_ABOVE, _BELOW, _ACROSS = slice(0.24, 0.40), slice(0.58, 0.76), slice(0.35, 0.65)


def made_light(cut: Pixels, landmarks: NDArray[np.floating]) -> Pixels | None:
    """A cut [S, S, 3] of a face whose mask is light, None where it has no dark one.

    Args:
        landmarks: [478, 2] in pixels of the cut.
    """
    lower = _filled(cut, landmarks[list(_LOWER)])
    upper = _filled(cut, landmarks[list(_UPPER)])
    upper[lower > 0] = 0
    if not lower.any() or not upper.any() or not _is_dark(cut[lower > 0], cut[upper > 0]):
        return None
    share = np.asarray(cv2.GaussianBlur(lower, (0, 0), _SOFT), np.float32)[..., None] / 255.0
    colour = np.percentile(cut[upper > 0], _SKIN, axis=0)
    return np.asarray(cut * (1.0 - share) + colour * share, np.uint8)


def may_have_dark_mask(cut: Pixels) -> bool:
    """Whether what a detection's square [S, S, 3] shows is much darker below the nose than on the
    forehead."""
    above, below = (_part(cut, rows).reshape(-1, 3) for rows in (_ABOVE, _BELOW))
    return _is_dark(below, above)


def _part(cut: Pixels, rows: slice) -> Pixels:
    down, across = (
        slice(*(round(end * len(cut)) for end in (part.start, part.stop)))
        for part in (rows, _ACROSS)
    )
    return cut[down, across]


def _filled(cut: Pixels, corners: NDArray[np.floating]) -> NDArray[np.uint8]:
    inside = np.zeros(cut.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(corners).astype(np.int32)], 255)
    return inside


def _is_dark(pixels: Pixels, others: Pixels) -> bool:
    """Whether pixels [N, 3] are much darker than others; one is added, so that black is not."""
    mine = float(np.median(pixels.mean(axis=1))) + 1.0
    return mine < _DARK * (float(np.percentile(others.mean(axis=1), _SKIN)) + 1.0)
