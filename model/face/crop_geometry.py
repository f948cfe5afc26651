"""Where the crop of a face lies: the geometries that an exported network can name.

`box`, of files that name none: along the image's axes, around all landmarks. Rolling the head
turns the face inside it, and opening the mouth makes it larger.

`upright`: the similarity transform (rotation, scale, shift; no mirroring) that takes a template of
landmarks which expression hardly moves to those of the face, by least squares. Corners of the eyes,
the root of the nose, and the edge of the forehead and of the temples are used: no brow, cheek, lip
or jaw. The template is their mean place in the `box` crop of 163 upright frontal faces with a
neutral expression (Labeled Faces in the Wild), made symmetric, so that such faces are cut as `box`
cuts them: over them the ratio of the two sides is 1.00 +- .04, of any 388 of these photographs
.99 +- .05, and centres differ by .04 of the side (RMS).
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from .square import Square

Geometry = Literal["upright", "box"]
GEOMETRIES: tuple[Geometry, ...] = get_args(Geometry)
UPRIGHT: Geometry = "upright"
MARGIN = 0.05
"""Border of `box` on each side of the landmarks' bounding box, as a share of its longer side."""

# Vertices of MediaPipe's face mesh: (right, left of the face), and where the right one lies in the
# crop, as a share of its side; the left one mirrors it.
_PAIRS = {
    (109, 338): (0.3984, 0.0498),
    (67, 297): (0.3122, 0.0639),
    (103, 332): (0.2322, 0.0934),
    (54, 284): (0.1786, 0.1388),
    (21, 251): (0.1442, 0.1971),
    (162, 389): (0.1265, 0.2620),
    (127, 356): (0.1201, 0.3432),
    (234, 454): (0.1230, 0.4222),
    (33, 263): (0.2699, 0.3316),
    (133, 362): (0.4099, 0.3393),
}
_MIDDLE = {10: 0.0476, 168: 0.3147}

_VERTICES = [*_MIDDLE, *(vertex for pair in _PAIRS for vertex in pair)]
_PLACES = [0.5 + 1j * y for y in _MIDDLE.values()]
_PLACES += [place for x, y in _PAIRS.values() for place in (x + 1j * y, 1 - x + 1j * y)]
_TEMPLATE = np.array(_PLACES)
_MEAN = complex(_TEMPLATE.mean())
_SPREAD = float((np.abs(_TEMPLATE - _MEAN) ** 2).sum())


def square_around(
    points: NDArray[np.float32], margin: float = MARGIN
) -> tuple[float, float, float]:
    """The square (x, y, side) in pixels around points [N, 2]: box centre and longer side."""
    low, high = points.min(axis=0), points.max(axis=0)
    centre = (low + high) / 2.0
    side = float((high - low).max()) * (1.0 + 2.0 * margin)
    return float(centre[0]) - side / 2.0, float(centre[1]) - side / 2.0, side


def upright_square(landmarks: NDArray[np.float32]) -> Square | None:
    """The `upright` crop of a face with landmarks [478, 2] in pixels; None where they do not tell
    it, as landmarks that all lie in one point do not."""
    points = landmarks[_VERTICES].astype(np.float64) @ np.array([1.0, 1.0j])
    centre = complex(points.mean())
    # Points as complex numbers: a similarity is z -> a z + b, and least squares has a closed form.
    turn = complex((np.conj(_TEMPLATE - _MEAN) * (points - centre)).sum()) / _SPREAD
    side = abs(turn)
    if not np.isfinite(side) or side < 1.0:
        return None
    middle = centre + turn * (0.5 + 0.5j - _MEAN)
    return Square(middle.real, middle.imag, side, float(np.angle(turn)))


def geometry_of(crop: dict[str, Any]) -> str:
    """The geometry that a file's `avce.crop` names; `box` for files of before there was a choice.

    Not necessarily one that this version knows: see `GEOMETRIES`.
    """
    return str(crop.get("geometry", "box"))
