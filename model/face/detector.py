"""YuNet: where the faces of an image are, with their eyes, nose and mouth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .face import Pixels

_STRIDES = (8, 16, 32)
_OVERLAP = 0.3
"""Of two boxes that overlap by more than this (intersection over union), the better one stays."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Faces, best first: `centres` [N, 2] and `sizes` [N] (the longer side of the box) in pixels,
    `points` [N, 5, 2] (the eye, the eye on the right of the image, nose tip, mouth corner, mouth
    corner on the right) in pixels, and `scores` [N] in [0, 1]."""

    centres: NDArray[np.float32]
    sizes: NDArray[np.float32]
    points: NDArray[np.float32]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)

    def of(self, which: list[int] | NDArray[np.intp]) -> Detections:
        """Some of them, in the order given."""
        i = np.asarray(which, dtype=np.intp)
        return Detections(self.centres[i], self.sizes[i], self.points[i], self.scores[i])

    def mapped(self, matrix: NDArray[np.float64], scale: float) -> Detections:
        """Moved by an affine map [2, 3] that enlarges by `scale`."""
        linear, shift = matrix[:, :2].T, matrix[:, 2]
        return Detections(
            np.asarray(self.centres @ linear + shift, np.float32),
            np.asarray(self.sizes * scale, np.float32),
            np.asarray(self.points @ linear + shift, np.float32),
            self.scores,
        )


def merged(parts: list[Detections], overlap: float = _OVERLAP) -> Detections:
    """All of them, the best one of those that lie on one another."""
    every = Detections(
        np.concatenate([p.centres for p in parts]),
        np.concatenate([p.sizes for p in parts]),
        np.concatenate([p.points for p in parts]),
        np.concatenate([p.scores for p in parts]),
    )
    if not len(every):
        return every
    sides = np.repeat(every.sizes[:, None], 2, axis=1)
    boxes = np.concatenate([every.centres - sides / 2.0, sides], axis=1)
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), every.scores.tolist(), 0.0, overlap)
    return every.of(np.asarray(kept, dtype=np.intp).ravel())


class FaceDetector:
    """YuNet (Wu, Peng & Yu, Machine Intelligence Research 2023) on ONNX Runtime's CPU.

    It finds upright faces of 20 px and more, up to about half of the image's height; whoever
    looks for larger or smaller ones scales the image.

    Args:
        model: the bytes of `face_detection_yunet_2023mar.onnx`.
        threads: CPU threads for one run, None for ONNX Runtime's choice; 1 suits small images.
    """

    def __init__(self, model: bytes, threads: int | None = None) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.log_severity_level = 4
        # Waiting threads sleep: capture and painting need the cores as well.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if threads is not None:
            options.intra_op_num_threads = threads
        self._session = ort.InferenceSession(
            _of_any_size(model), options, providers=["CPUExecutionProvider"]
        )
        self._outputs = [output.name for output in self._session.get_outputs()]

    def detect(self, rgb: Pixels, lowest: float) -> Detections:
        """The faces of an image uint8 [H, W, 3] whose score is at least `lowest`."""
        height, width = rgb.shape[:2]
        below, beside = -height % _STRIDES[-1], -width % _STRIDES[-1]
        if below or beside:
            rgb = np.asarray(
                cv2.copyMakeBorder(rgb, 0, below, 0, beside, cv2.BORDER_CONSTANT), np.uint8
            )
        blob = cv2.dnn.blobFromImage(rgb, swapRB=True)
        values = self._session.run(None, {"input": blob})
        named = {n: np.asarray(v)[0] for n, v in zip(self._outputs, values, strict=True)}
        face, thing, boxes, points = (
            np.concatenate([named[f"{part}_{stride}"] for stride in _STRIDES])
            for part in ("cls", "obj", "bbox", "kps")
        )
        scores = np.sqrt(np.clip(face * thing, 0.0, 1.0))[:, 0]
        cells = np.nonzero(scores >= lowest)[0]
        corners, strides = (grid[cells] for grid in _grid(height + below, width + beside))
        found = Detections(
            corners + boxes[cells, :2] * strides,
            np.exp(boxes[cells, 2:]).max(axis=1, initial=0.0) * strides[:, 0],
            corners[:, None] + points[cells].reshape(-1, 5, 2) * strides[:, None],
            scores[cells],
        )
        return merged([found])


@lru_cache(maxsize=32)
def _grid(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of every cell of YuNet's three grids the upper left corner [N, 2] and the side [N, 1], in
    pixels: boxes and points are given from there, in sides."""
    corners, strides = [], []
    for stride in _STRIDES:
        rows, columns = np.mgrid[0:height:stride, 0:width:stride]
        corners.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        strides.append(np.full((rows.size, 1), stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _of_any_size(model: bytes) -> bytes:
    """The published file takes 640 x 640 only; the network itself does not care.

    In an ONNX file a fixed dimension is `0a 03` and its number in three bytes, and a named one is
    of the same length: the numbers are overwritten with names, nothing moves.
    """
    size, named = b"\x0a\x03\x08\x80\x05", b"\x0a\x03\x12\x01"
    model = model.replace(size + size, named + b"h" + named + b"w")
    for cells, name in ((b"\x80\x32", b"a"), (b"\xc0\x0c", b"b"), (b"\x90\x03", b"c")):
        model = model.replace(b"\x0a\x03\x08" + cells, named + name)
    return model
