"""Cameras, by OpenCV; their names by cv2-enumerate-cameras."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ...model.errors import AvceError, InputError
from .base import CameraConfig, Frame, Kind, Source, SourceLostError

_BACKENDS = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}
_STEP = 1e-6
_PATIENCE_SECONDS = 1
_FIRST_TRIES = 4


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that the system lists: the number that `--source` takes, its name, and the
    part of OpenCV that reads it."""

    number: int
    name: str
    backend: str


class Capture(Protocol):
    """What is used of `cv2.VideoCapture`; tests put a fake in its place."""

    def isOpened(self) -> bool: ...
    def grab(self) -> bool: ...
    def retrieve(self) -> tuple[bool, Any]: ...
    def set(self, propId: int, value: float) -> bool: ...
    def get(self, propId: int) -> float: ...
    def release(self) -> None: ...


def list_cameras() -> list[Camera]:
    """The cameras that the system lists, by number; none is opened."""
    from cv2_enumerate_cameras import enumerate_cameras, supported_backends

    wanted = _BACKENDS.get(sys.platform, cv2.CAP_ANY)
    if wanted not in supported_backends:
        wanted = supported_backends[0] if supported_backends else cv2.CAP_ANY
    # Asked for one backend, the package gives each camera once, under OpenCV's own number.
    backend = cv2.videoio_registry.getBackendName(wanted) if wanted else "any"
    found = {info.index: info.name for info in enumerate_cameras(wanted)}
    return [
        Camera(number, found[number] or f"camera {number}", backend) for number in sorted(found)
    ]


def open_capture(number: int) -> Capture:
    """OpenCV's capture of a camera: by the system's own backend, else by any that takes it."""
    # OpenCV writes to standard error whatever it tried in vain, and waits 10 s for a frame.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(_PATIENCE_SECONDS))
    # Without this, Windows takes up to a minute to open some cameras.
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
    backend = _BACKENDS.get(sys.platform, cv2.CAP_ANY)
    capture = cv2.VideoCapture(number, backend)
    if not capture.isOpened() and backend != cv2.CAP_ANY:
        capture.release()
        capture = cv2.VideoCapture(number, cv2.CAP_ANY)
    return capture


class CameraSource(Source):
    """A camera. Timestamps are seconds since it was first opened, taken when a frame arrives.

    After `SourceLostError`, `close()` and `open()` take the camera up again: index and timestamp
    go on.

    Args:
        camera: which one, and what it is asked for; a number alone asks for the usual.
        name: what to call it; by default the name that the system gives.
        factory: makes the capture from the number.
    """

    kind: Kind = "camera"
    live = True
    mirrored = True

    def __init__(
        self,
        camera: CameraConfig | int,
        *,
        name: str | None = None,
        factory: Callable[[int], Capture] = open_capture,
    ) -> None:
        self.camera = self._config = CameraConfig(camera) if isinstance(camera, int) else camera
        self.name = name or f"camera {self._config.number}"
        self._factory = factory
        self._capture: Capture | None = None
        self._began: float | None = None
        self._index = 0
        self._last = -_STEP
        self._interrupted = False

    def open(self) -> None:
        """Open the camera and see that it gives a frame; does nothing while it is open."""
        if self._capture is not None:
            return
        capture = self._factory(self._config.number)
        try:
            if not capture.isOpened():
                raise InputError(_why_none(self._config.number))
            self._ask(capture)
            # The first frame may take longer than `read` is ready to wait.
            tries = (_take(capture) for _ in range(_FIRST_TRIES))
            frame = next((taken for taken in tries if taken is not None), None)
            if frame is None:
                raise InputError(
                    f"{self._title} opens but gives no frames: another program may be using it."
                )
        except BaseException:
            capture.release()
            raise
        height, width = frame.shape[:2]
        self.size = (int(width), int(height))
        rate = float(capture.get(cv2.CAP_PROP_FPS))
        self.rate = rate if 0.0 < rate <= 1000.0 else None
        if self._began is None:
            self._began = time.perf_counter()
            self.origin = datetime.now(UTC)
        self._capture = capture

    @property
    def _title(self) -> str:
        return self.name[:1].upper() + self.name[1:]

    def _ask(self, capture: Capture) -> None:
        # Compressed frames first: uncompressed, USB carries 1280 x 720 at 10 fps only.
        capture.set(cv2.CAP_PROP_FOURCC, float(cv2.VideoWriter.fourcc(*"MJPG")))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, float(self._config.size[0]))
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, float(self._config.size[1]))
        capture.set(cv2.CAP_PROP_FPS, self._config.rate)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1.0)

    def read(self) -> Frame | None:
        """Wait for the next frame; None after `interrupt`.

        Raises `SourceLostError` when the camera gives none any more.
        """
        if self._capture is None or self._began is None:
            raise AvceError(f"{self._title} is not open: open it first.")
        if self._interrupted:
            return None
        grabbed = self._capture.grab()
        captured = time.perf_counter()
        given, bgr = self._capture.retrieve() if grabbed else (False, None)
        if self._interrupted:
            return None
        if not given or bgr is None:
            raise SourceLostError(
                f"{self._title} has stopped giving frames: is it still plugged in?"
            )
        self._last = max(captured - self._began, self._last + _STEP)
        frame = Frame(self._index, self._last, _rgb(bgr), captured)
        self._index += 1
        return frame

    def interrupt(self) -> None:
        """No frame is wanted any more: `read` gives None, at the latest after a second."""
        self._interrupted = True

    def close(self) -> None:
        """Let go of the camera."""
        self._interrupted = False
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()


def _take(capture: Capture) -> NDArray[np.uint8] | None:
    given, frame = capture.retrieve() if capture.grab() else (False, None)
    return frame if given else None


def _rgb(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    code = cv2.COLOR_GRAY2RGB if frame.ndim == 2 else cv2.COLOR_BGR2RGB
    return np.ascontiguousarray(cv2.cvtColor(frame, code), dtype=np.uint8)


def _why_none(number: int) -> str:
    """One sentence on why a camera does not open, and what to do."""
    try:
        cameras = list_cameras()
    except Exception:  # the list only helps the sentence along
        cameras = []
    if any(camera.number == number for camera in cameras):
        device = Path(f"/dev/video{number}")
        if device.exists() and not os.access(device, os.R_OK | os.W_OK):
            return (
                f"Camera {number} cannot be used by this user: "
                f"{device} needs read and write access (often: join the group 'video')."
            )
        return f"Camera {number} does not open: close the other programs that may be using it."
    known = ", ".join(f"{camera.number} ({camera.name})" for camera in cameras) or "none"
    return (
        f"There is no camera {number}: cameras found: {known}; "
        "plug one in, or give a file or 'demo' as the source."
    )
