"""How bright, how rich in contrast and how sharp a crop is, as the width head is told it.

The same measures as `model/face/image_measures.py`, on the crop averaged down to 112 px, in single
precision and without rounding between the steps, so that a graph can compute them from its input.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE = 112
LUMINANCE = (0.299 / 255, 0.587 / 255, 0.114 / 255)
"""ITU-R BT.601, black to white as 0 to 1: squares of grey levels would not fit half precision."""
FLOORS = (4.0 / 255, 2.0 / 255, 1.0 / 255)
"""Added to mean, deviation and deviation of the Laplacian before their logarithm is taken: what is
below is noise of a black image."""
MEASURES = len(FLOORS)


def second_differences() -> NDArray[np.float32]:
    """D [112, 112] with D @ grey + grey @ D.T the Laplacian, mirrored at the edges."""
    matrix = np.zeros((SIDE, SIDE), np.float32)
    for i in range(SIDE):
        matrix[i, i] = -2.0
        for j in (i - 1, i + 1):
            matrix[i, abs(j) if j < SIDE else 2 * SIDE - 2 - j] += 1.0
    return matrix


def light_of(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logarithms of mean, deviation and deviation of the Laplacian [N, 3] of crops
    uint8 [N, 224, 224, 3]."""
    grey = crops.astype(np.float32) @ np.array(LUMINANCE, np.float32)
    small = grey.reshape(len(crops), SIDE, 2, SIDE, 2).mean(axis=(2, 4))
    twice = second_differences()
    edges = twice @ small + small @ twice.T
    measured = [small.mean(axis=(1, 2)), small.std(axis=(1, 2)), edges.std(axis=(1, 2))]
    return np.log(np.stack(measured, axis=1) + np.array(FLOORS)).astype(np.float32)
