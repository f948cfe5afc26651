"""Images of a head turned by known angles: a photographed face on the landmarker's own head,
before a camera."""

from __future__ import annotations

import io
import struct
import zipfile
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from avce.model.face.asset import load_face_asset

Floats = NDArray[np.float64]
SIZE = 480
DISTANCE = 80.0
"""Centimetres from the camera to the head."""
_FOCAL = 2.2 * SIZE


def turned(yaw: float, pitch: float, roll: float) -> Floats:
    """The rotation [3, 3] of a head (x to the image's right, y up, z to the camera) that tilts,
    then looks up, then turns to the image's right; degrees."""
    y, p, r = radians(yaw), radians(pitch), radians(roll)
    about_y = np.array([[cos(y), 0, sin(y)], [0, 1, 0], [-sin(y), 0, cos(y)]])
    about_x = np.array([[1, 0, 0], [0, cos(p), sin(p)], [0, -sin(p), cos(p)]])
    about_z = np.array([[cos(r), sin(r), 0], [-sin(r), cos(r), 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def projected(points: Floats, rotation: Floats) -> tuple[Floats, Floats]:
    """Pixels [N, 2] of head points [N, 3] (cm), and their distance [N] from the camera."""
    placed = (points - points.mean(axis=0)) @ rotation.T
    away = DISTANCE - placed[:, 2]
    seen = placed[:, :2] * [1.0, -1.0] * (_FOCAL / away)[:, None]
    return seen + SIZE / 2.0, away


def _fields(message: bytes) -> dict[int, list[int | bytes]]:
    """The fields of a protocol buffer message, by number."""
    found: dict[int, list[int | bytes]] = {}
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = number()
        if key & 7 == 0:
            value: int | bytes = number()
        else:
            length = 4 if key & 7 == 5 else number()
            value, at = message[at : at + length], at + length
        found.setdefault(key >> 3, []).append(value)
    return found


def head_model() -> tuple[Floats, NDArray[np.int64]]:
    """The head that comes with the face landmarker: points [468, 3] (cm), triangles [898, 3]."""
    with zipfile.ZipFile(io.BytesIO(load_face_asset().landmarker)) as bundle:
        data = bundle.read("geometry_pipeline_metadata_landmarks.binarypb")
    mesh = _fields(bytes(_fields(data)[1][0]))  # type: ignore[arg-type]
    values = [struct.unpack("<f", each)[0] for each in mesh[3] if isinstance(each, bytes)]
    return np.reshape(values, (-1, 5))[:, :3], np.reshape(mesh[4], (-1, 3)).astype(np.int64)


class PaintedHead:
    """The head model with the face of an image uint8 [H, W, 3] on it, whose landmarks [478, 2] say
    what belongs where."""

    def __init__(self, rgb: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> None:
        self._rgb, self._flat = rgb, landmarks[:468].astype(np.float32)
        self._points, self._triangles = head_model()

    def photograph(self, rotation: Floats) -> NDArray[np.uint8]:
        """The turned head on a grey ground, uint8 [480, 480, 3]; what is nearer covers the rest."""
        out = np.full((SIZE, SIZE, 3), 150, np.uint8)
        seen, away = projected(self._points, rotation)
        corners = seen.astype(np.float32)
        far_first = np.argsort(-away[self._triangles].mean(axis=1))
        for triangle in self._triangles[far_first]:
            there = corners[triangle]
            low = np.maximum(np.floor(there.min(axis=0)).astype(int) - 1, 0)
            high = np.minimum(np.ceil(there.max(axis=0)).astype(int) + 2, SIZE)
            wide, tall = high - low
            local = (there - low).astype(np.float32)
            if wide <= 0 or tall <= 0 or abs(np.linalg.det(local[1:] - local[0])) < 1e-3:
                continue
            matrix = cv2.getAffineTransform(local, self._flat[triangle])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            patch = cv2.warpAffine(self._rgb, matrix, (int(wide), int(tall)), flags=flags)
            inside = np.zeros((int(tall), int(wide)), np.uint8)
            cv2.fillConvexPoly(inside, np.round(local * 16).astype(np.int32), 1, shift=4)
            part = out[low[1] : high[1], low[0] : high[0]]
            part[inside == 1] = patch[inside == 1]
        return out
