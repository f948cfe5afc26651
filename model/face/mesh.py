"""MediaPipe's face mesh on a square cut out around one face: 478 landmarks and their presence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..system.closing import Closing
from ..system.quiet import native_silence
from .square import Pixels, Square, sampled

CUT = 256
"""Side in pixels of what the network sees."""
_AROUND = 1.5
"""Side of the square around landmarks, as a multiple of the longer side of their box."""
# Outer corners of the eyes: the line between them tells how far a head is rolled.
_RIGHT_EYE, _LEFT_EYE = 33, 263
_WORKERS = 2


def cut_out(square: Square, rgb: Pixels) -> Pixels:
    """The square of an image [H, W, 3], upright, as uint8 [256, 256, 3]; edge pixels are repeated
    outside the image, and large squares averaged rather than skipped through."""
    # To sample a square of 1,700 px finely takes longer than to measure what is in it.
    rgb, square, times = _reduced(square, rgb, int(square.side // CUT) // 2)
    multiple = max(1, int(square.side // CUT))
    matrix = square.from_cut(CUT * multiple)
    if square.side < CUT:
        # Pixel i covers [i, i + 1): its centre, not its edge, is what is mapped.
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    else:
        # As MediaPipe cuts, which maps the edges: crops of large faces stay where they were
        # with its own finder, which is half a pixel of the cut from where they should be.
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) * (1 - multiple) - 0.5 * (1 - 1 / times)
    return sampled(rgb, matrix, CUT, multiple)


def _reduced(square: Square, rgb: Pixels, times: int) -> tuple[Pixels, Square, int]:
    """What a square shows of an image, averaged over so many pixels each way, the square in that,
    and how many pixels it were: 1 where there is nothing to average."""
    low = np.clip(np.floor(square.corners.min(axis=0)).astype(int), 0, None)
    high = np.minimum(np.ceil(square.corners.max(axis=0)).astype(int), rgb.shape[1::-1])
    width, height = (high - low) // max(times, 1)
    if times < 2 or width < 1 or height < 1:
        return rgb, square, 1
    part = rgb[low[1] : low[1] + height * times, low[0] : low[0] + width * times]
    small = cv2.resize(part, (int(width), int(height)), interpolation=cv2.INTER_AREA)
    x, y = (square.x - low[0]) / times, (square.y - low[1]) / times
    return np.asarray(small, np.uint8), Square(x, y, square.side / times, square.angle), times


def square_of(points: NDArray[np.float32]) -> Square:
    """The square in which the landmarks [478, 2] of a face are found best."""
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (low + high) / 2.0
    across = points[_LEFT_EYE] - points[_RIGHT_EYE]
    angle = math.atan2(float(across[1]), float(across[0]))
    return Square(float(x), float(y), float((high - low).max()) * _AROUND, angle)


class FaceMesh(Closing):
    """The landmark network of `face_landmarker.task`.

    MediaPipe's own task for it finds the face by itself first, in an image of 128 x 128, and
    keeps presence to itself; its task that returns the outputs of a network as they are does
    neither.

    Args:
        model: the bytes of the bundle's `face_landmarks_detector.tflite`.
    """

    def __init__(self, model: bytes) -> None:
        with native_silence():
            import mediapipe as mp
            from mediapipe.tasks.python import BaseOptions, vision

            self._mp: Any = mp
            options = vision.ImageEmbedderOptions(
                base_options=BaseOptions(model_asset_buffer=model)
            )
            self._tasks: list[Any] = [
                vision.ImageEmbedder.create_from_options(options) for _ in range(_WORKERS)
            ]
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="face-mesh")

    def close(self) -> None:
        """Free MediaPipe's threads; further calls do nothing."""
        self._pool.shutdown()
        with native_silence():
            for task in self._tasks:
                task.close()
        self._tasks = []

    def measure(self, cuts: Sequence[Pixels]) -> list[tuple[NDArray[np.float32], float]]:
        """Of every cut uint8 [256, 256, 3] the landmarks [478, 2] in its pixels, and the
        probability (0 to 1) that a face fills it."""
        if len(cuts) < 2:
            return [self._measure(self._tasks[0], cut) for cut in cuts]
        shares = [cuts[i :: len(self._tasks)] for i in range(len(self._tasks))]
        done = list(self._pool.map(self._measure_all, self._tasks, shares))
        return [done[i % len(done)][i // len(done)] for i in range(len(cuts))]

    def _measure_all(
        self, task: Any, cuts: Sequence[Pixels]
    ) -> list[tuple[NDArray[np.float32], float]]:
        return [self._measure(task, cut) for cut in cuts]

    def _measure(self, task: Any, cut: Pixels) -> tuple[NDArray[np.float32], float]:
        image = self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=cut)
        named = {e.head_name: np.asarray(e.embedding) for e in task.embed(image).embeddings}
        points = named["face_landmarks"].reshape(-1, 3)[:, :2]
        presence = 1.0 / (1.0 + math.exp(-float(np.clip(named["presence"][0], -30.0, 30.0))))
        return np.array(points, dtype=np.float32), presence
