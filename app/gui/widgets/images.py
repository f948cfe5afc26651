"""Images for Qt: pixels without a copy, and activation maps as small coloured images."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QImage

COLOUR_MAPS: Final = ("viridis", "cividis", "magma")
"""Perceptually even maps that stay ordered in every common form of colour blindness."""

_MAP_SIDE: Final = 56


class PixelImage:
    """Pixels as a `QImage` that shares their memory.

    Args:
        pixels: uint8 [height, width, 3] RGB, or [height, width, 4] RGBA with the colours already
            multiplied by alpha. Copied only when its rows are not laid out one after another.
    """

    __slots__ = ("image", "pixels")

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        # The image reads this buffer for as long as it lives, so both stay together in one object.
        self.pixels = np.ascontiguousarray(pixels)
        height, width, channels = self.pixels.shape
        layout = QImage.Format.Format_RGB888
        if channels == 4:
            layout = QImage.Format.Format_RGBA8888_Premultiplied
        self.image = QImage(self.pixels.data, width, height, self.pixels.strides[0], layout)


def fitted(rgb: NDArray[np.uint8], width: int, height: int, *, mirrored: bool) -> PixelImage:
    """An image uint8 [h, w, 3] scaled to `width` x `height` pixels, ready for the screen.

    OpenCV does in 1 ms what takes Qt's own smooth drawing 5 (1280 x 720 into 850 x 478).
    """
    if (rgb.shape[1], rgb.shape[0]) != (width, height):
        # Averaging costs much more, and shows a difference only where much is left out.
        much = rgb.shape[1] > 3 * width
        rgb = _pixels(
            cv2.resize(
                rgb, (width, height), interpolation=cv2.INTER_AREA if much else cv2.INTER_LINEAR
            )
        )
    if mirrored:
        rgb = _pixels(cv2.flip(rgb, 1))
    return PixelImage(_pixels(cv2.cvtColor(rgb, cv2.COLOR_RGB2RGBA)))


def _pixels(array: object) -> NDArray[np.uint8]:
    return np.asarray(array, np.uint8)


@lru_cache(maxsize=8)
def _colours(name: str) -> NDArray[np.float32]:
    """The 256 colours of a map, float32 [256, 3], 0..255, red first."""
    colour_map: Any = pg.colormap.get(name)
    return np.asarray(colour_map.getLookupTable(nPts=256, alpha=False), dtype=np.float32)


def map_image(values: NDArray[np.float32], name: str, opacity: float) -> PixelImage:
    """An activation map as a small image, to be stretched by Qt over the face.

    Args:
        values: float32 [h, w], 0..1. More opaque where the value is higher, clear at 0.
        name: one of `COLOUR_MAPS`.
        opacity: 0..1, of the strongest place.

    Returns:
        An image of 56 x 56 pixels.
    """
    fine = cv2.resize(values, (_MAP_SIDE, _MAP_SIDE), interpolation=cv2.INTER_CUBIC)
    fine = np.clip(np.nan_to_num(fine), 0.0, 1.0)
    # The root lifts the middle of the scale, so that more than the very peak can be seen.
    alpha = np.sqrt(fine)[..., None] * np.float32(opacity)
    red_green_blue = _colours(name)[(fine * 255).astype(np.intp)]
    pixels = np.empty((_MAP_SIDE, _MAP_SIDE, 4), np.uint8)
    pixels[..., :3] = red_green_blue * alpha
    pixels[..., 3:] = alpha * 255
    return PixelImage(pixels)


def colour_bar(name: str, length: int = 128) -> PixelImage:
    """The colours of a map from 0 (left) to 1 (right), `length` x 1 pixels."""
    rows = _colours(name)[np.linspace(0, 255, length).astype(np.intp)]
    return PixelImage(rows.astype(np.uint8)[None])
