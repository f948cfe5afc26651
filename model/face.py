"""Faces in a picture, and the one crop that training and the live app share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .closing import Closing
from .errors import AvceError
from .face_asset import load_face_asset
from .quiet import native_silence

CROP_SIZE = 224
MARGIN = 0.05
"""Border on each side of the landmarks' bounding box, as a share of its longer side."""

_LOWEST_SCORE = 0.1
_DETECT_EVERY = 6
# MediaPipe's face mesh: the vertices of the face oval, in order around the face.
_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)

Picture = NDArray[np.uint8]


def square_around(
    points: NDArray[np.float32], margin: float = MARGIN
) -> tuple[float, float, float]:
    """The square (x, y, side) in pixels around points [N, 2]: box centre and longer side."""
    low, high = points.min(axis=0), points.max(axis=0)
    centre = (low + high) / 2.0
    side = float((high - low).max()) * (1.0 + 2.0 * margin)
    return float(centre[0]) - side / 2.0, float(centre[1]) - side / 2.0, side


def crop_square(rgb: Picture, x: float, y: float, side: float, size: int = CROP_SIZE) -> Picture:
    """Cut a square out of a picture [H, W, 3] (or [H, W]) and scale it to size x size.

    Coordinates are pixels with the origin at the picture's top left corner; parts outside the
    picture repeat its edge pixels. A square larger than `size` is sampled at a whole multiple of
    `size` and averaged, so that sharp pictures do not alias.
    """
    if side <= 0 or not math.isfinite(x + y + side):
        raise ValueError(f"a crop needs a positive, finite square, not x={x}, y={y}, side={side}")
    multiple = max(1, math.ceil(side / size))
    scale = side / (size * multiple)
    # Pixel centres: output pixel i covers [i, i + 1) * scale of the square.
    shift = scale / 2.0 - 0.5
    matrix = np.array([[scale, 0.0, x + shift], [0.0, scale, y + shift]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    length = size * multiple
    out = cv2.warpAffine(
        rgb, matrix, (length, length), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    if multiple > 1:
        out = cv2.resize(out, (size, size), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(out, dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face: the square that `crop` takes (pixels, may reach outside the picture).

    `confidence` is BlazeFace's score, 0 to 1, of the detection that overlaps this face, 0 where
    only the landmark tracker still holds it; in a video it is renewed every sixth frame, or when a
    face has moved out of its detection. `landmarks` are 478 points [478, 2] in pixels.
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

    def crop(self, rgb: Picture, size: int = CROP_SIZE) -> Picture:
        """The face as the network wants it: uint8 [size, size, 3]."""
        return crop_square(rgb, self.x, self.y, self.width, size)


class FaceFinder(Closing):
    """MediaPipe's face landmarker as a context manager; use one finder from one thread only.

    Args:
        max_faces: how many faces are looked for.
        video: track from frame to frame; `find` then needs strictly increasing `timestamp_ms`.
        asset: path of `face_landmarker.task`; None looks in the usual places.
    """

    def __init__(
        self, max_faces: int = 1, *, video: bool = False, asset: Path | str | None = None
    ) -> None:
        if max_faces < 1:
            raise ValueError(f"max_faces must be at least 1, not {max_faces}")
        self._video = video
        self._max_faces = max_faces
        self._asset = load_face_asset(asset)
        self._landmarker: Any = None
        with native_silence():
            import mediapipe as mp
            from mediapipe.tasks.python import BaseOptions, vision

            self._mp: Any = mp
            self._detector: Any = vision.FaceDetector.create_from_options(
                vision.FaceDetectorOptions(
                    base_options=BaseOptions(model_asset_buffer=self._asset.detector),
                    min_detection_confidence=_LOWEST_SCORE,
                )
            )
        self._begin()

    def _begin(self) -> None:
        """A landmarker that has seen nothing; the detector forgets each picture anyway."""
        self._last_ms = -1
        self._detections: list[Any] = []
        self._detected_before = _DETECT_EVERY
        with native_silence():
            from mediapipe.tasks.python import BaseOptions, vision

            mode = vision.RunningMode.VIDEO if self._video else vision.RunningMode.IMAGE
            self._landmarker = vision.FaceLandmarker.create_from_options(
                vision.FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=self._asset.landmarker),
                    running_mode=mode,
                    num_faces=self._max_faces,
                )
            )

    def restart(self) -> None:
        """Forget all pictures so far: the next one is found as if it were the first."""
        if self._landmarker is None:
            raise AvceError("This face finder was closed: make a new one.")
        with native_silence():
            self._landmarker.close()
        self._begin()

    def close(self) -> None:
        """Free MediaPipe's threads; further calls do nothing."""
        with native_silence():
            for task in (self._landmarker, self._detector):
                if task is not None:
                    task.close()
        self._landmarker = self._detector = None

    def find(self, rgb: Picture, timestamp_ms: int | None = None) -> list[Face]:
        """The faces of a picture uint8 [H, W, 3], largest first; none gives an empty list."""
        if self._landmarker is None:
            raise AvceError("This face finder was closed: make a new one.")
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
            raise ValueError(f"a picture is uint8 [H, W, 3], not {rgb.dtype} {list(rgb.shape)}")
        height, width = rgb.shape[:2]
        image = self._mp.Image(
            image_format=self._mp.ImageFormat.SRGB, data=np.ascontiguousarray(rgb)
        )
        if self._video:
            if timestamp_ms is None or timestamp_ms <= self._last_ms:
                raise ValueError(
                    f"timestamp_ms must increase: {timestamp_ms} came after {self._last_ms}"
                )
            self._last_ms = timestamp_ms
            found = self._landmarker.detect_for_video(image, timestamp_ms)
        else:
            found = self._landmarker.detect(image)
        outlines = []
        for marks in found.face_landmarks:
            points = np.array([(p.x * width, p.y * height) for p in marks], dtype=np.float32)
            if np.isfinite(points).all() and float(np.ptp(points, axis=0).max()) >= 1.0:
                outlines.append(points)
        faces = []
        for points, score in zip(outlines, self._scores(image, outlines), strict=True):
            x, y, side = square_around(points)
            faces.append(Face(x, y, side, side, score, points))
        return sorted(faces, key=lambda face: -face.width)

    def _scores(self, image: Any, outlines: list[NDArray[np.float32]]) -> list[float]:
        """The detector's score of each face. The detector takes a third of the time of the
        landmarks, so that its boxes serve for some frames of a video."""
        self._detected_before += 1
        scores = [_score(points, self._detections) for points in outlines]
        due = not self._video or self._detected_before >= _DETECT_EVERY
        if outlines and (due or 0.0 in scores):
            self._detections = self._detector.detect(image).detections
            self._detected_before = 0
            scores = [_score(points, self._detections) for points in outlines]
        return scores


def _score(points: NDArray[np.float32], detections: list[Any]) -> float:
    """The score of the best detection whose box holds the landmarks' centre."""
    centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
    best = 0.0
    for detection in detections:
        box = detection.bounding_box
        inside_x = box.origin_x <= centre[0] <= box.origin_x + box.width
        inside_y = box.origin_y <= centre[1] <= box.origin_y + box.height
        if inside_x and inside_y:
            best = max(best, float(detection.categories[0].score))
    return best
