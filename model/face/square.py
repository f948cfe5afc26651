"""A square in an image that may be rolled, and what it cuts out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

CROP_SIZE = 224

Pixels = NDArray[np.uint8]


def sampled(rgb: Pixels, matrix: NDArray[np.float64], size: int, multiple: int) -> Pixels:
    """What an affine map [2, 3] shows of an image [H, W, 3] (or [H, W]), uint8 [size, size, ...].

    The map is from pixels of the result, taken `multiple` times as finely and averaged, to pixels
    of the image; outside the image its edge pixels are repeated.
    """
    length = size * multiple
    out = cv2.warpAffine(
        rgb,
        matrix,
        (length, length),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if multiple > 1:
        out = cv2.resize(out, (size, size), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(out, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Square:
    """Centre (x, y) and side in pixels, rolled by `angle` (radians, clockwise as seen).

    Coordinates have their origin at the image's top left corner; pixel i covers [i, i + 1).
    """

    x: float
    y: float
    side: float
    angle: float = 0.0

    @property
    def corners(self) -> NDArray[np.float64]:
        """[4, 2]: what becomes top left, top right, bottom right and bottom left of the cut."""
        cos, sin = math.cos(self.angle) * self.side / 2, math.sin(self.angle) * self.side / 2
        offsets = [(-cos + sin, -sin - cos), (cos + sin, sin - cos)]
        offsets += [(-a, -b) for a, b in offsets]
        return np.array([(self.x + a, self.y + b) for a, b in offsets])

    def from_cut(self, size: int = CROP_SIZE) -> NDArray[np.float64]:
        """The affine map [2, 3] from pixels of the cut to pixels of the image."""
        scale = self.side / size
        cos, sin = math.cos(self.angle) * scale, math.sin(self.angle) * scale
        half = size / 2.0
        return np.array(
            [
                [cos, -sin, self.x - half * (cos - sin)],
                [sin, cos, self.y - half * (sin + cos)],
            ]
        )

    def placed(self, points: NDArray[np.floating], size: int = CROP_SIZE) -> NDArray[np.float32]:
        """Points [..., 2] of the cut in pixels of the image."""
        matrix = self.from_cut(size)
        return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float32)

    def in_cut(self, points: NDArray[np.floating], size: int = CROP_SIZE) -> NDArray[np.float64]:
        """Points [..., 2] of the image in pixels of the cut."""
        scale = size / self.side
        cos, sin = math.cos(self.angle) * scale, math.sin(self.angle) * scale
        turn = np.array([[cos, -sin], [sin, cos]])
        return np.asarray((points - [self.x, self.y]) @ turn + size / 2.0, np.float64)

    def cut(self, rgb: Pixels, size: int = CROP_SIZE) -> Pixels:
        """The square of an image [H, W, 3] (or [H, W]), upright, uint8 [size, size, ...].

        Parts outside the image repeat its edge pixels. A square larger than `size` is sampled at
        a whole multiple of `size` and averaged, so that sharp images do not alias. Raises
        `ValueError` for a side that is not positive and finite.
        """
        if self.side <= 0 or not math.isfinite(self.x + self.y + self.side + self.angle):
            raise ValueError(f"a crop needs a positive, finite square, not {self}")
        multiple = max(1, math.ceil(self.side / size))
        matrix = self.from_cut(size * multiple)
        # The centre of output pixel i lies at i + 1/2 of the cut, that of input pixel i likewise.
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        return sampled(rgb, matrix, size, multiple)
