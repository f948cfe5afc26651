"""Faces as MediaPipe's own landmarker finds them in a whole frame: what this program used before,
and what it is compared with. BlazeFace (short range) sees the frame at 128 x 128 pixels there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avce.model.face.asset import load_face_asset
from avce.model.face.face import Face, square_around
from avce.model.system.closing import Closing
from avce.model.system.quiet import native_silence


class FormerFinder(Closing):
    """The faces of frames, or of stills without `video`; a context manager."""

    def __init__(self, max_faces: int = 1, *, video: bool = False) -> None:
        self._video = video
        with native_silence():
            import mediapipe as mp
            from mediapipe.tasks.python import BaseOptions, vision

            self._mp: Any = mp
            mode = vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE
            base = BaseOptions(model_asset_buffer=load_face_asset().landmarker)
            options = vision.FaceLandmarkerOptions(
                base_options=base, running_mode=mode, num_faces=max_faces
            )
            self._task: Any = vision.FaceLandmarker.create_from_options(options)

    def close(self) -> None:
        """Free MediaPipe's threads."""
        with native_silence():
            self._task.close()

    def find(self, rgb: NDArray[np.uint8], timestamp_ms: int | None = None) -> list[Face]:
        """The faces of a frame uint8 [H, W, 3], with no confidence, largest first."""
        image = self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=rgb)
        video = self._video
        found = (
            self._task.detect_for_video(image, timestamp_ms) if video else self._task.detect(image)
        )
        size, faces = np.array(rgb.shape[1::-1]), []
        for marks in found.face_landmarks:
            points = (np.array([(p.x, p.y) for p in marks]) * size).astype(np.float32)
            x, y, side = square_around(points)
            faces.append(Face(x, y, side, side, 0.0, points))
        return sorted(faces, key=lambda face: -face.width)
