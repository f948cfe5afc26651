"""A camera without a camera: a photograph that drifts before a 1280 x 720 lens, 30 times a second.

The photograph is Eileen Collins (NASA, public domain); it comes with scikit-image. The images are
held as JPEG and decoded one by one, as OpenCV does with those of a USB camera.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from avce.app.sources.base import Frame, Kind, Source

WIDTH, HEIGHT, RATE = 1280, 720, 30.0
_ROUND = 90


def moving_face() -> Iterator[NDArray[np.uint8]]:
    """Three seconds of images, uint8 [720, 1280, 3] RGB, that begin again where they end."""
    photograph = np.asarray(data.astronaut(), dtype=np.uint8)
    for i in range(_ROUND):
        turn = 2 * np.pi * i / _ROUND
        zoom = 1.6 + 0.3 * np.sin(turn)
        x, y = 225 + 30 * np.cos(turn), 150 + 20 * np.sin(2 * turn)
        shift = np.array([[zoom, 0, WIDTH / 2 - zoom * x], [0, zoom, HEIGHT / 2 - zoom * y]])
        size = (WIDTH, HEIGHT)
        image = cv2.warpAffine(photograph, shift, size, borderMode=cv2.BORDER_REFLECT)
        yield np.asarray(image, np.uint8)


class MovingFace(Source):
    """Gives an image when it is due and leaves out those that nobody fetched, as a camera does.

    Args:
        images: uint8 [h, w, 3] RGB, shown again and again.
    """

    kind: Kind = "camera"
    live = True
    name = "moving photograph"
    size = (WIDTH, HEIGHT)
    rate = RATE

    def __init__(self, images: Iterable[NDArray[np.uint8]]) -> None:
        self._jpegs = [_jpeg(image) for image in images]
        self._stop = threading.Event()
        self.index = 0
        self._began = 0.0
        self.missed = 0

    def open(self) -> None:
        self.origin = datetime.now(UTC)
        self._began = time.perf_counter()

    def read(self) -> Frame | None:
        due = self._began + self.index / RATE
        late = time.perf_counter() - due
        if late > 1.0 / RATE:
            skipped = int(late * RATE)
            self.missed += skipped
            self.index += skipped
            due += skipped / RATE
        if self._stop.wait(max(due - time.perf_counter(), 0.0)):
            return None
        captured = time.perf_counter()
        image = cv2.imdecode(self._jpegs[self.index % len(self._jpegs)], cv2.IMREAD_COLOR)
        rgb = np.asarray(cv2.cvtColor(np.asarray(image), cv2.COLOR_BGR2RGB), np.uint8)
        self.index += 1
        return Frame(self.index - 1, captured - self._began, rgb, captured)

    def interrupt(self) -> None:
        self._stop.set()

    def close(self) -> None: ...


def _jpeg(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    done, packed = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not done:
        raise RuntimeError("OpenCV cannot write JPEG here")
    return np.asarray(packed, np.uint8)
