"""A face in a frame, and the one crop that training and the live app share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .crop_geometry import MARGIN, UPRIGHT, Geometry, square_around, upright_square
from .square import CROP_SIZE, Pixels, Square

__all__ = ["CROP_SIZE", "MARGIN", "Face", "Pixels", "Square", "crop_square", "square_around"]

# MediaPipe's face mesh: the vertices of the face oval, in order around the face.
_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)


def crop_square(rgb: Pixels, x: float, y: float, side: float, size: int = CROP_SIZE) -> Pixels:
    """Cut a square along the axes out of an image [H, W, 3] (or [H, W]): its top left corner
    (x, y) and side in pixels; see `Square.cut`."""
    return Square(x + side / 2.0, y + side / 2.0, side).cut(rgb, size)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face: the square around its landmarks (pixels, along the image's axes, may reach
    outside the image), which is what is written down of where a face is.

    `confidence` is YuNet's score, 0 to 1, of what this frame shows in the face's own square, made
    upright and scaled to one size: it means the same for every face, large or small, new or
    followed. `landmarks` are 478 points [478, 2] in pixels.
    """

    x: float
    y: float
    width: float
    height: float
    confidence: float
    landmarks: NDArray[np.float32]

    @property
    def outline(self) -> NDArray[np.float32]:
        """The face oval as a polygon [36, 2] in pixels."""
        return self.landmarks[list(_OVAL)]

    def square(self, geometry: Geometry = UPRIGHT) -> Square:
        """What `crop` cuts out; the square of `box` where the landmarks do not tell the other."""
        box = Square(self.x + self.width / 2.0, self.y + self.height / 2.0, self.width)
        return box if geometry == "box" else upright_square(self.landmarks) or box

    def crop(self, rgb: Pixels, size: int = CROP_SIZE, geometry: Geometry = UPRIGHT) -> Pixels:
        """The face as a network wants it that names this geometry: uint8 [size, size, 3]."""
        return self.square(geometry).cut(rgb, size)
