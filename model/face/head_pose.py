"""How far a head is turned, nodded and tilted, from the landmarks of its face."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, atan2, cos, degrees, nan, radians, sin

import numpy as np
from numpy.typing import NDArray

# MediaPipe's canonical face model (Apache-2.0). Centimetres, x to the face's left, y up, z forward,
# then a weight; the left one of a pair lies as given, the right one mirrors it. Four fifths of the
# weight are on points far apart, whose places tell a nod: outer corners of the eyes and corners of
# the mouth, tip of the nose, chin. The rest lies as MediaPipe's own face geometry weighs landmarks
# that expression hardly moves. Heads differ: an angle is good to some degrees.
_MIDDLE = {
    1: (-1.127, 7.476, 0.1333),
    152: (-9.403, 4.264, 0.1333),
    4: (-0.463, 7.587, 0.0142),
    6: (2.473, 5.789, 0.0064),
    10: (8.262, 4.482, 0.0017),
}
_PAIRS = {
    (61, 291): (2.456, -4.343, 4.284, 0.1333),
    (33, 263): (4.446, 2.664, 3.173, 0.1451),
    (54, 284): (6.279, 6.615, 1.426, 0.0015),
    (67, 297): (3.524, 8.006, 3.729, 0.0018),
    (117, 346): (5.259, 0.946, 2.974, 0.0020),
    (119, 348): (3.301, 0.862, 3.873, 0.0029),
    (121, 350): (1.821, 1.468, 4.224, 0.0037),
    (127, 356): (7.743, 2.365, -2.005, 0.0010),
    (129, 358): (1.786, -0.978, 4.850, 0.0241),
    (132, 361): (7.271, -2.891, -2.252, 0.0011),
    (133, 362): (1.856, 2.585, 3.758, 0.0107),
    (136, 365): (5.085, -7.179, 0.715, 0.0134),
    (143, 372): (6.408, 2.236, 1.561, 0.0030),
    (147, 376): (6.235, -1.944, 1.664, 0.0029),
    (198, 420): (1.247, 0.230, 5.681, 0.0051),
    (205, 425): (3.833, -1.537, 4.138, 0.0095),
}
_LEVEL = 4.5
"""Degrees by which the model looks down where people's heads are level: the median over upright
photographs of people who face the camera (`benchmarks/reading_conditions.py` prints it)."""

POINTS = (*_MIDDLE, *(vertex for pair in _PAIRS for vertex in pair))
"""Vertices of MediaPipe's face mesh."""


def _head() -> NDArray[np.float64]:
    places = [(0.0, y, z) for y, z, _ in _MIDDLE.values()]
    places += [(side * x, y, z) for x, y, z, _ in _PAIRS.values() for side in (-1.0, 1.0)]
    c, s = cos(radians(_LEVEL)), sin(radians(_LEVEL))
    return np.array(places) @ np.array([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]])


HEAD = _head()
"""Where the average head, held level, has them [N, 3]."""
_WEIGHTS = np.array(
    [w for *_, w in _MIDDLE.values()] + [w for *_, w in _PAIRS.values() for _ in range(2)]
)
_WEIGHTS /= _WEIGHTS.sum()
_CENTRED = HEAD - _WEIGHTS @ HEAD
# Weighted least squares as one product: [3, N].
_SOLVE = np.linalg.pinv(np.sqrt(_WEIGHTS)[:, None] * _CENTRED) * np.sqrt(_WEIGHTS)


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Degrees, of the head against the line from the camera to it, 0, 0, 0 where it faces it:
    `yaw` positive where the face looks to the image's right, `pitch` positive where it looks up,
    `roll` positive where its top leans to the image's right."""

    yaw: float
    pitch: float
    roll: float


def head_pose(landmarks: NDArray[np.floating]) -> HeadPose:
    """The pose that shows the average head with these landmarks [478, 2], in pixels; nan all where
    they tell none, as landmarks that all lie in one point do not.

    Seen from far away (scaled orthographic projection): crops do not tell the camera's distance.
    The weighted least-squares solution, made a rotation (DeMenthon & Davis, 1995, first step).
    """
    seen = np.asarray(landmarks, np.float64)[list(POINTS)]
    seen = (seen - _WEIGHTS @ seen) * [1.0, -1.0]  # y up, as the head has it
    rows = (_SOLVE @ seen).T  # [2, 3]: two scaled rows of the rotation
    u, scales, vt = np.linalg.svd(rows, full_matrices=False)
    if not scales[0] > 0.0 or scales[1] < 1e-3 * scales[0]:
        return HeadPose(nan, nan, nan)
    first, second = u @ vt
    x, y, z = first[2], second[2], np.cross(first, second)[2]  # where the face looks
    return HeadPose(
        yaw=degrees(atan2(x, z)),
        pitch=degrees(asin(float(np.clip(y, -1.0, 1.0)))),
        roll=degrees(atan2(-second[0], second[1])),
    )
