"""Frames with faces at known places: photographs of faces, laid with soft edges into others.

The faces are Eileen Collins (NASA, public domain; comes with scikit-image), frames of the demo
clip, those of a folder of the user's own, and rendered heads turned by known angles. They can put
on glasses or a mask. What lies behind them comes from `face_free`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from avce.model.face.face import Face
from avce.model.face.finder import FaceFinder
from avce.model.face.head_pose import head_pose

Pixels = NDArray[np.uint8]
_LARGE = 300
# Vertices of MediaPipe's face mesh: eyes' outer and inner corners, the edge of a mask.
_EYES = ((33, 133), (362, 263))
_MASK = (6, 117, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152)
_MASK += (377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 346)


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A photograph [H, W, 3] of a face: its middle, height, and width from the front in pixels, its
    yaw in degrees, and its landmarks [478, 2] in pixels where they are known."""

    rgb: Pixels
    x: float
    y: float
    width: float
    height: float
    yaw: float
    landmarks: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a face is laid: its middle and its width in pixels, its roll in degrees."""

    x: float
    y: float
    width: float
    roll: float = 0.0


def portrait(rgb: Pixels, finder: FaceFinder) -> Portrait | None:
    """A photograph with the face that it shows at its own size, None where none is found there."""
    scale = max(1.0, _LARGE / max(rgb.shape[:2]))
    faces = finder.find(np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale), np.uint8))
    return _portrait(rgb, faces[0], scale) if faces else None


def _portrait(rgb: Pixels, face: Face, scale: float) -> Portrait:
    points = face.landmarks / scale
    low, high = points.min(axis=0), points.max(axis=0)
    (x, y), (width, height) = (low + high) / 2.0, high - low
    yaw = head_pose(points).yaw
    return Portrait(rgb, float(x), float(y), float(width), float(height), yaw, points)


def turned(path: Path) -> Iterator[Portrait]:
    """The heads that `tools/rendering/render_turned.py` wrote into a folder."""
    with (path / "turned.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            image = np.asarray(cv2.imread(str(path / row["image"]), cv2.IMREAD_COLOR), np.uint8)
            rgb = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
            x, y, width, height, yaw = (
                float(row[name]) for name in ("x", "y", "width", "height", "yaw")
            )
            yield Portrait(rgb, x, y, width, height, yaw)


def with_glasses(face: Portrait, dark: bool) -> Portrait:
    """The person with glasses on, clear ones in a thick frame or dark ones."""
    assert face.landmarks is not None
    rgb, thick = face.rgb.copy(), max(round(0.02 * face.width), 1)
    centres = []
    for pair in _EYES:
        corners = face.landmarks[list(pair)]
        centre, wide = corners.mean(axis=0), float(np.ptp(corners[:, 0]))
        axes = (max(round(0.85 * wide), 1), max(round(0.62 * wide), 1))
        at = (round(float(centre[0])), round(float(centre[1] + 0.1 * wide)))
        if dark:
            cv2.ellipse(rgb, at, axes, 0, 0, 360, (22, 20, 24), -1, cv2.LINE_AA)
        cv2.ellipse(rgb, at, axes, 0, 0, 360, (35, 25, 20), thick, cv2.LINE_AA)
        centres.append(np.add(at, (axes[0] if pair[0] == 33 else -axes[0], 0)))
    first, second = (tuple(map(int, at)) for at in centres)
    cv2.line(rgb, first, second, (35, 25, 20), thick, cv2.LINE_AA)
    for vertex, sign, centre in ((234, -1, 0), (454, 1, 1)):
        ear = tuple(map(int, face.landmarks[vertex]))
        rim = centres[centre] + [
            sign * 2 * round(0.85 * float(np.ptp(face.landmarks[list(_EYES[centre]), 0]))),
            0,
        ]
        cv2.line(rgb, tuple(map(int, rim)), ear, (35, 25, 20), thick, cv2.LINE_AA)
    return replace(face, rgb=rgb)


def with_mask(face: Portrait, colour: tuple[int, int, int] = (150, 190, 205)) -> Portrait:
    """The person in a surgical mask from the bridge of the nose to the chin."""
    assert face.landmarks is not None
    rgb, points = face.rgb.copy(), face.landmarks.copy()
    # It lies a little below the eyes.
    points[6] += 0.45 * (points[4] - points[6])
    outline = np.round(points[list(_MASK)] * 16).astype(np.int32)
    cv2.fillPoly(rgb, [outline], colour, cv2.LINE_AA, 4)
    grey = tuple(int(0.8 * value) for value in colour)
    for share in (0.35, 0.5, 0.65, 0.8):
        left, right = (
            (1 - share) * points[a] + share * points[b] for a, b in ((234, 172), (454, 397))
        )
        middle = (1 - share) * points[6] + share * points[152]
        fold = np.round(np.stack([left, middle, right]) * 16).astype(np.int32)
        cv2.polylines(rgb, [fold], False, grey, 1, cv2.LINE_AA, 4)
    return replace(face, rgb=rgb)


def portraits(images: Iterable[Pixels]) -> list[Portrait]:
    """Those of the photographs whose face is found at its own size, with its surroundings."""
    with FaceFinder() as finder:
        found = [portrait(rgb, finder) for rgb in images]
    return [each for each in found if each is not None and _has_surroundings(each)]


def _has_surroundings(face: Portrait) -> bool:
    width = face.rgb.shape[1]
    beside = min(face.x, width - face.x) - face.width / 2
    return min(beside, face.y - face.height / 2) > 0.15 * face.width


def astronaut() -> Pixels:
    from skimage import data

    return np.asarray(data.astronaut(), dtype=np.uint8)


def folder(path: Path, most: int, seed: int = 0) -> Iterator[Pixels]:
    """Images of a folder, chosen evenly at random."""
    files = sorted(p for p in path.iterdir() if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    chosen = np.random.default_rng(seed).permutation(len(files))[:most]
    for i in chosen:
        image = cv2.imread(str(files[i]), cv2.IMREAD_COLOR)
        if image is not None:
            yield np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def laid(frame: Pixels, face: Portrait, place: Place) -> Pixels:
    """The frame with a face laid into it; what surrounds the face fades into the frame."""
    scale = place.width / face.width
    angle = math.radians(place.roll)
    cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
    matrix = np.array(
        [
            [cos, -sin, place.x - cos * face.x + sin * face.y],
            [sin, cos, place.y - sin * face.x - cos * face.y],
        ]
    )
    rgb = face.rgb
    if scale < 1.0:
        # A camera averages what falls on a pixel.
        rgb = np.asarray(
            cv2.GaussianBlur(rgb, (0, 0), 0.45 * math.sqrt(1.0 / scale**2 - 1.0) + 0.01)
        )
    mask = np.zeros(face.rgb.shape[:2], np.float32)
    axes = (round(0.85 * face.width), round(0.9 * face.height))
    middle = (round(face.x), round(face.y - 0.06 * face.height))
    cv2.ellipse(mask, middle, axes, 0, 0, 360, 1.0, -1)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.07 * face.width))
    # Beyond this the mask is zero: the rest of the frame stays as it is.
    reach = math.ceil(1.3 * max(axes) * scale) + 2
    left, right = (int(np.clip(place.x + d, 0, frame.shape[1])) for d in (-reach, reach))
    top, bottom = (int(np.clip(place.y + d, 0, frame.shape[0])) for d in (-reach, reach))
    if right <= left or bottom <= top:
        return frame
    matrix[:, 2] -= (left, top)
    size = (right - left, bottom - top)
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    moved = cv2.warpAffine(rgb, matrix, size, flags=kind, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR)[..., None]
    out = frame.copy()
    there = frame[top:bottom, left:right]
    blended = np.clip(there * (1.0 - share) + moved * share, 0, 255)
    out[top:bottom, left:right] = blended.astype(np.uint8)
    return out


def hit(face: Face, place: Place) -> bool:
    """Whether a face is the one that was laid there."""
    x, y = face.x + face.width / 2.0, face.y + face.height / 2.0
    near = math.hypot(x - place.x, y - place.y) < 0.5 * place.width
    return near and 0.6 < face.width / (1.25 * place.width) < 1.7
