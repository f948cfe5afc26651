"""Where in the plane of valence and arousal readings have been so far."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtGui import QColor, QImage

from .images import PixelImage

_BINS: Final = 41


class Density:
    """Counts of readings in the square cells of a plane."""

    def __init__(self) -> None:
        self.counts = np.zeros((_BINS, _BINS), np.int64)
        self._image: PixelImage | None = None

    def add(self, valence: ArrayLike, arousal: ArrayLike) -> None:
        """Count readings, one or many; those with not-a-number are left out."""
        points = np.clip([np.ravel(valence), np.ravel(arousal)], -1.0, 1.0)
        x, y = points[:, ~np.isnan(points).any(axis=0)]
        columns, rows = (
            np.rint(share * (_BINS - 1)).astype(np.intp) for share in ((x + 1) / 2, (1 - y) / 2)
        )
        np.add.at(self.counts, (rows, columns), 1)
        self.paint_anew()

    def clear(self) -> None:
        """Forget all readings."""
        self.copy_from(Density())

    def copy_from(self, other: Density) -> None:
        """Count the same readings as another one."""
        self.counts = other.counts.copy()
        self.paint_anew()

    def paint_anew(self) -> None:
        """The next image is made anew, as in another colour."""
        self._image = None

    def image(self, ink: QColor) -> QImage:
        """The counts as an image in this colour, the more readings the less transparent."""
        if self._image is None:
            spread = np.sqrt(self.counts.astype(np.float32) / max(float(self.counts.max()), 1.0))
            alpha = spread * 0.75
            pixels: NDArray[np.uint8] = np.empty((_BINS, _BINS, 4), np.uint8)
            channels = np.array([ink.red(), ink.green(), ink.blue()], np.float32)
            pixels[..., :3] = alpha[..., None] * channels
            pixels[..., 3] = alpha * 255
            self._image = PixelImage(pixels)
        return self._image.image
