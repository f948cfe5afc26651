"""How bright and how sharp a crop of a face is."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .face import Pixels

_SHARPNESS_SIZE = 112


def grey_of(crop: Pixels) -> NDArray[np.uint8]:
    """The luminance (ITU-R BT.601) of a crop uint8 [H, W, 3], uint8 [H, W]."""
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)


def brightness(grey: NDArray[np.uint8]) -> float:
    """The mean grey level, 0 (black) to 255 (white)."""
    return float(cv2.mean(grey)[0])


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Deviation of the Laplacian over the deviation of the grey levels, at 112 px; 0 if flat.

    Pech-Pacheco et al. (ICPR 2000) with the contrast divided out, so that a dark image does not
    pass for a blurred one.
    """
    small = cv2.resize(grey, (_SHARPNESS_SIZE, _SHARPNESS_SIZE), interpolation=cv2.INTER_AREA)
    contrast = float(small.std())
    return float(cv2.Laplacian(small, cv2.CV_64F).std()) / contrast if contrast > 0 else 0.0
