"""From pixels to valence and arousal: networks, losses, metrics, face finding and the predictor.

Importing this package loads neither PyTorch nor MediaPipe; its names load when first used.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .face.face import Face
    from .face.finder import FaceFinder
    from .predictor import Prediction, Predictor

# ONNX Runtime's wheels report usage to their maker unless this is set before their first import;
# nothing may leave the machine, and every way to ONNX Runtime passes through this package.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {
    "Face": "face.face",
    "FaceFinder": "face.finder",
    "Prediction": "predictor",
    "Predictor": "predictor",
}

__all__ = ["Face", "FaceFinder", "Prediction", "Predictor", "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
