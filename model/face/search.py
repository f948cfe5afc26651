"""Where in a frame faces are looked for, at which scale and at which roll.

YuNet finds upright faces of some 20 px and more, up to half of what it is shown. Everything that a
camera sees takes five kinds of look: a `glance` at the frame made small, for the largest faces, an
`overview` of it, overlapping tiles at its own scale, for the smallest ones, tiles `turned` both
ways, for heads on one side, and tiles `enlarged`, for small faces behind a mask. A still takes as
many as it needs. A video takes a glance and one of the others a frame, in a fixed order: a frame
costs little, and a file is read alike every time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .detector import Detections, FaceDetector, merged
from .face import Pixels

LOWEST = 0.35
"""Score from which on a detection is looked at more closely; most are not faces."""
_LOWEST_ENLARGED = 0.15
"""The same where the view is enlarged, for small faces behind a dark mask."""
_TURNED = 0.75
_ENLARGED = 2.0
_OVERVIEWS = (960, 320)
_TILE = (1408, 896)
_SHARED = 96
_ROLL = math.radians(40.0)
_BEST = 72.0


@dataclass(frozen=True, slots=True)
class Look:
    """A part of a frame (x, y, width, height in pixels), the scale at which it is looked at, and
    the roll of the heads that are upright in it (radians, clockwise)."""

    x: int
    y: int
    width: int
    height: int
    scale: float
    roll: float = 0.0

    def from_view(self) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """The affine map [2, 3] from the view's pixels to the frame's, and the view's size."""
        cos, sin = math.cos(self.roll), math.sin(self.roll)
        wide = (self.width * abs(cos) + self.height * abs(sin)) * self.scale
        high = (self.width * abs(sin) + self.height * abs(cos)) * self.scale
        size = max(round(wide), 1), max(round(high), 1)
        linear = np.array([[cos, -sin], [sin, cos]]) / self.scale
        centre = np.array([self.x + self.width / 2.0, self.y + self.height / 2.0])
        shift = centre - linear @ (np.array(size) / 2.0)
        return np.concatenate([linear, shift[:, None]], axis=1), size

    def find(self, detector: FaceDetector, rgb: Pixels) -> Detections:
        """The faces that this look shows, in the frame's pixels."""
        part = rgb[self.y : self.y + self.height, self.x : self.x + self.width]
        if self.scale != 1.0:
            size = max(round(self.width * self.scale), 1), max(round(self.height * self.scale), 1)
            kind = cv2.INTER_AREA if self.scale < 1.0 else cv2.INTER_LINEAR
            part = cv2.resize(part, size, interpolation=kind)
        matrix, _ = self.from_view()
        if self.roll:
            # Scaled down already, by averaging: what is left is to turn it.
            whole = Look(0, 0, part.shape[1], part.shape[0], 1.0, self.roll)
            turn, size = whole.from_view()
            part = cv2.warpAffine(part, turn, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        view = np.ascontiguousarray(part, dtype=np.uint8)
        lowest = LOWEST if self.scale <= 1.0 else _LOWEST_ENLARGED
        return detector.detect(view, lowest).mapped(matrix, 1.0 / self.scale)


def _tiles(length: int, most: int) -> list[tuple[int, int]]:
    """Starts and lengths of overlapping parts, none longer than `most`."""
    if length <= most:
        return [(0, length)]
    count = math.ceil((length - _SHARED) / (most - _SHARED))
    part = math.ceil((length - _SHARED) / count) + _SHARED
    return [(min(i * (part - _SHARED), length - part), part) for i in range(count)]


def overview(height: int, width: int) -> Look:
    """The whole frame at half its size or less."""
    longest = max(height, width)
    side = min(_OVERVIEWS[0], max(longest // 2, _OVERVIEWS[1]))
    return Look(0, 0, width, height, min(1.0, side / longest))


def glance(height: int, width: int) -> Look:
    """The whole frame, so small that the largest face is found."""
    return Look(0, 0, width, height, min(1.0, _OVERVIEWS[1] / max(height, width)))


def _tiled(height: int, width: int, scale: float, roll: float) -> list[Look]:
    long, short = (math.floor(side / scale) for side in _TILE)
    columns = _tiles(width, long if width >= height else short)
    rows = _tiles(height, short if width >= height else long)
    return [Look(x, y, w, h, scale, roll) for y, h in rows for x, w in columns]


def around(height: int, width: int, x: float, y: float, side: float) -> Look:
    """The surroundings of a square, at the scale at which a face of its size is found best."""
    half = 2.0 * side
    left, top = (int(min(max(at - half, 0), n - 32)) for at, n in ((x, width), (y, height)))
    right, bottom = (min(int(max(at + half, 32)), n) for at, n in ((x, width), (y, height)))
    return Look(left, top, right - left, bottom - top, _BEST / side)


def upright(height: int, width: int) -> list[Look]:
    """The looks that show every upright face, the quickest first."""
    first = [glance(height, width), overview(height, width)]
    return list(dict.fromkeys([*first, *_tiled(height, width, 1.0, 0.0)]))


def turned(height: int, width: int) -> list[Look]:
    """The looks that show every head that is rolled one way or the other."""
    return [look for roll in (_ROLL, -_ROLL) for look in _tiled(height, width, _TURNED, roll)]


def enlarged(height: int, width: int) -> list[Look]:
    """The looks that show upright faces so small, with so little of them to be seen, that they are
    found only in a larger view."""
    return _tiled(height, width, _ENLARGED, 0.0)


def once(height: int, width: int) -> list[Look]:
    """The looks after which a video was searched for all but what only an enlarged view shows: most
    faces are in the overview, it is every third look."""
    first = overview(height, width)
    others = [*_tiled(height, width, 1.0, 0.0), *turned(height, width)]
    return [look for i in range(0, len(others), 2) for look in (first, *others[i : i + 2])]


@lru_cache(maxsize=8)
def in_order(height: int, width: int) -> tuple[Look, ...]:
    """How a video is looked at: after each round another part of it is enlarged."""
    first = once(height, width)
    return tuple(look for part in enlarged(height, width) for look in (*first, part))


class FaceSearch:
    """Looks for faces; what `in_turn` finds depends on how often it was called before."""

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self.begin()

    def begin(self) -> None:
        """Forget all frames so far."""
        self._turn = 0

    def upright(self, rgb: Pixels) -> Detections:
        """All upright faces of a frame uint8 [H, W, 3], best first."""
        return self._seen(rgb, upright(*rgb.shape[:2]))

    def turned(self, rgb: Pixels) -> Detections:
        """All faces of a frame that are rolled one way or the other, best first."""
        return self._seen(rgb, turned(*rgb.shape[:2]))

    def enlarged(self, rgb: Pixels) -> Detections:
        """Upright faces of a frame that are small and hard to see, best first."""
        return self._seen(rgb, enlarged(*rgb.shape[:2]))

    def in_turn(self, rgb: Pixels, lost: Sequence[tuple[float, float, float]] = ()) -> Detections:
        """The faces that a glance and this call's look show, best first, and those around where
        faces were lost: centre and side of their squares, in pixels."""
        shape = rgb.shape[0], rgb.shape[1]
        order = in_order(*shape)
        look = order[self._turn % len(order)]
        self._turn += 1
        return self._seen(rgb, [glance(*shape), look, *(around(*shape, *one) for one in lost)])

    def _seen(self, rgb: Pixels, which: list[Look]) -> Detections:
        return merged([look.find(self._detector, rgb) for look in dict.fromkeys(which)])
