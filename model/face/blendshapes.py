"""MediaPipe's 52 blendshape scores of a face: how far each movement of a face model is made.

They are what the landmarker's own task computes of a cut-out face; it finds the face in it by
itself first, and costs about as much again as finding it did. The names are MediaPipe's (after
ARKit), left and right are the face's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..system.closing import Closing
from ..system.quiet import native_silence
from .face import Pixels, Square

BLENDSHAPES: tuple[str, ...] = (
    *("neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft"),
    *("browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight"),
    *("eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight"),
    *("eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight"),
    *("eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight"),
    *("eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight"),
    *("mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight"),
    *("mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight"),
    *("mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower"),
    *("mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft"),
    *("mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft"),
    *("mouthUpperUpRight", "noseSneerLeft", "noseSneerRight"),
)
_CUT = 320
_AROUND = 1.6
"""Side of the cut as a multiple of the crop's: MediaPipe finds a face better with room around."""


class BlendshapeReader(Closing):
    """The scores of faces in a frame.

    Args:
        model: the bytes of `face_landmarker.task`.
    """

    def __init__(self, model: bytes) -> None:
        with native_silence():
            import mediapipe as mp
            from mediapipe.tasks.python import BaseOptions, vision

            self._mp: Any = mp
            self._task: Any = vision.FaceLandmarker.create_from_options(
                vision.FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=model),
                    num_faces=1,
                    output_face_blendshapes=True,
                )
            )

    def close(self) -> None:
        """Free MediaPipe's threads; further calls do nothing."""
        if self._task is not None:
            with native_silence():
                self._task.close()
        self._task = None

    def read(self, rgb: Pixels, square: Square) -> tuple[float, ...]:
        """The scores of `BLENDSHAPES`, 0 to 1, of the face whose crop a square of an image
        uint8 [H, W, 3] is; () where the landmarker sees none in it."""
        wide = Square(square.x, square.y, square.side * _AROUND, square.angle)
        cut = np.ascontiguousarray(wide.cut(rgb, _CUT))
        found = self._task.detect(self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=cut))
        if not found.face_blendshapes:
            return ()
        scores = {each.category_name.lstrip("_"): each.score for each in found.face_blendshapes[0]}
        return tuple(min(max(float(scores.get(name, 0.0)), 0.0), 1.0) for name in BLENDSHAPES)


def open_blendshapes() -> BlendshapeReader:
    """A reader with the landmarker that faces are found with."""
    from .asset import load_face_asset

    return BlendshapeReader(load_face_asset().landmarker)
