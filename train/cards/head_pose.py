"""How far a head is turned, from the landmarks of its face."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, atan2, degrees

import numpy as np
from numpy.typing import NDArray

# Outer corners of the eyes, corners of the mouth, tip of the nose, chin: points of MediaPipe's face
# mesh, and where its canonical face model has them (x to the face's left, y up, z forward; origin
# between the eyes, in half the distance of the eyes' corners). Heads differ: an angle is good to
# some degrees.
POINTS = (33, 263, 61, 291, 1, 152)
HEAD = np.array(
    [
        *((-1.0, 0.0, 0.0), (1.0, 0.0, 0.0)),
        *((-0.552, -1.576, 0.250), (0.552, -1.576, 0.250)),
        *((0.0, -0.853, 0.968), (0.0, -2.714, 0.245)),
    ]
)


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Degrees: `yaw` positive where the face looks to the picture's right, `pitch` positive where
    it looks up, `roll` positive where its top leans to the picture's right."""

    yaw: float
    pitch: float
    roll: float


def head_pose(landmarks: NDArray[np.floating]) -> HeadPose:
    """The pose that shows the average head with these landmarks [478, 2], in pixels.

    Seen from far away (scaled orthographic projection): crops do not tell the camera's distance.
    The least-squares solution, made a rotation (DeMenthon & Davis, 1995, first step).
    """
    seen = np.asarray(landmarks, np.float64)[list(POINTS)]
    seen = (seen - seen.mean(axis=0)) * [1.0, -1.0]  # y up, as the head has it
    head = HEAD - HEAD.mean(axis=0)
    rows, *_ = np.linalg.lstsq(head, seen, rcond=None)  # [3, 2]: two scaled rows of the rotation
    u, _, vt = np.linalg.svd(rows.T, full_matrices=False)
    first, second = u @ vt
    x, y, z = first[2], second[2], np.cross(first, second)[2]  # where the face looks
    return HeadPose(
        yaw=degrees(atan2(x, z)),
        pitch=degrees(asin(float(np.clip(y, -1.0, 1.0)))),
        roll=degrees(atan2(-second[0], second[1])),
    )
