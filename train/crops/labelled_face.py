"""Which of the faces of an image is the one that its label speaks of.

A data set that gives a box (or landmarks) is believed: its face is the one whose square overlaps
the box most, or nobody's. Half of an image ("left", "right") names the outer face on that side. A
image that is a crop already has its face in the middle. Else the largest face is taken.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...model.face.boxes import Box, overlap
from ...model.face.face import Face
from ...model.face.finder import FaceFinder
from ..datasets.base import Sample

FACES = 8
"""How many faces of an image are compared at most."""
OVERLAP = 0.2
"""Least overlap (intersection by union) of a face's square with the data set's box: boxes are drawn
tight around the features as well as loose around the head, but never around a neighbour."""
AROUND = 1.0
"""How far beyond the box, in its sides, a face is looked for before the whole image is."""
BORDER = 0.25
"""Border added to an image in which the finder sees no face at first: tight crops need it."""
SMALL, ENLARGED = 200, 288
_LESSER = 0.5  # a face of less than this share of the largest one's side is somebody in the back

Pixels = NDArray[np.uint8]


def find_in_still(finder: FaceFinder, rgb: Pixels) -> Face | None:
    """The largest face of a still image, in its own pixels."""
    return next(iter(faces_in_still(finder, rgb)), None)


def faces_in_still(finder: FaceFinder, rgb: Pixels) -> list[Face]:
    """The faces of a still image, in its own pixels, as many as the finder gives.

    Small images are enlarged, and where nothing is found a border is added: the finder was made
    for scenes, not for 48 px crops.
    """
    height, width = rgb.shape[:2]
    borders = (BORDER, 0.0) if max(height, width) < SMALL else (0.0, BORDER)
    for border in borders:
        pad = round(border * max(height, width))
        scene = cv2.copyMakeBorder(rgb, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        scale = max(1.0, ENLARGED / max(scene.shape[:2]))
        if scale > 1.0:
            scene = cv2.resize(scene, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        faces = finder.find(scene.astype(np.uint8, copy=False))
        if faces:
            return [_moved(face, -pad, -pad, scale) for face in faces]
    return []


def labelled_face(
    finder: FaceFinder, rgb: Pixels, sample: Sample, precropped: bool = False
) -> Face | None:
    """The face of an image that the sample's label speaks of; None where it is not found."""
    if sample.box is not None:
        return _near(finder, rgb, sample.box)
    faces = faces_in_still(finder, rgb)
    if not faces:
        return None
    largest = max(face.width for face in faces)
    near = [face for face in faces if face.width >= _LESSER * largest]
    if sample.side:
        outer = min if sample.side == "left" else max
        return outer(near, key=lambda face: face.x + face.width / 2)
    if precropped:
        middle = np.array([rgb.shape[1], rgb.shape[0]]) / 2
        return min(near, key=lambda face: float(np.abs(_centre(face) - middle).max()))
    return faces[0]


def _near(finder: FaceFinder, rgb: Pixels, box: Box) -> Face | None:
    x, y, width, height = box
    reach = AROUND * max(width, height)
    left, top = max(round(x - reach), 0), max(round(y - reach), 0)
    window = rgb[top : round(y + height + reach), left : round(x + width + reach)]
    if window.size:
        seen = [_moved(f, left, top) for f in faces_in_still(finder, np.ascontiguousarray(window))]
        if (best := _best(seen, box)) is not None:
            return best
    return _best(faces_in_still(finder, rgb), box)


def _best(faces: list[Face], box: Box) -> Face | None:
    def shared(face: Face) -> float:
        return overlap((face.x, face.y, face.width, face.height), box)

    best = max(faces, key=shared, default=None)
    return best if best is not None and shared(best) >= OVERLAP else None


def _centre(face: Face) -> NDArray[np.float64]:
    return np.array([face.x + face.width / 2, face.y + face.height / 2])


def _moved(face: Face, x: float, y: float, scale: float = 1.0) -> Face:
    """The face of an image that was enlarged and lies at (x, y) of another one."""
    return Face(
        face.x / scale + x,
        face.y / scale + y,
        face.width / scale,
        face.height / scale,
        face.confidence,
        face.landmarks / scale + np.array([x, y], np.float32),
    )
