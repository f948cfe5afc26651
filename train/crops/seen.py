"""How the finder saw the face of each crop: kept beside the crops, for figures by condition."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...model.face.crop_geometry import Geometry
from ...model.face.face import CROP_SIZE, Face
from ...model.face.head_pose import head_pose

FILE = "seen.npy"
OUTLINE = 36
"""Points of a face's outline."""
_ANGLES = 3
UNSEEN = np.full(_ANGLES + 1 + 2 * OUTLINE, np.nan, np.float32)
"""The row of a crop in which the finder saw no face."""

Row = NDArray[np.float32]


def seen_row(face: Face, geometry: Geometry) -> Row:
    """What is kept of a face: pose, width and outline, in the order of `Seen`."""
    pose = head_pose(face.landmarks)
    outline = face.square(geometry).in_cut(face.outline) / CROP_SIZE
    angles = (pose.yaw, pose.pitch, pose.roll)
    return np.array([*angles, face.width, *outline.ravel()], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Of N crops; nan all through where the finder saw no face, or nobody wrote it down.

    Args:
        yaw, pitch, roll: degrees [N] (`head_pose`).
        width: of the square around the face [N], in pixels of the image.
        outline: the face's [N, 36, 2], x and y in sides of the crop.
    """

    yaw: NDArray[np.float32]
    pitch: NDArray[np.float32]
    roll: NDArray[np.float32]
    width: NDArray[np.float32]
    outline: NDArray[np.float32]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Of which crops it is known [N]."""
        return np.isfinite(self.yaw)


def read_rows(folder: Path, count: int) -> NDArray[np.float32]:
    """The rows [N, D] of a prepared set; sets of earlier versions have none of what they saw."""
    try:
        rows = np.load(folder / FILE)
    except (OSError, ValueError):
        rows = UNSEEN[None][:0]
    known = rows.shape == (count, len(UNSEEN))
    return rows if known else np.repeat(UNSEEN[None], count, axis=0)


def read_seen(folder: Path, count: int) -> Seen:
    """The same by name, for a set of so many crops."""
    yaw, pitch, roll, width, *outline = read_rows(folder, count).T
    points = np.stack(outline, axis=1).reshape(count, OUTLINE, 2)
    return Seen(yaw, pitch, roll, width, points)
