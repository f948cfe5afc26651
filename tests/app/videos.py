"""Writes tiny videos and images that tell their number, and fakes a camera."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE = (64, 48)
MILLISECOND = Fraction(1, 1000)
_BLACK, _STEP = 20, 8


def grey(number: int) -> int:
    """The shade of the frame of that number (0 to 27)."""
    return _BLACK + _STEP * number


def number_of(rgb: NDArray[np.uint8]) -> int:
    """The number that a frame tells by the shade of its lower half."""
    lower = rgb[3 * rgb.shape[0] // 4 :]
    return round((float(lower.mean()) - _BLACK) / _STEP)


def numbered_frame(number: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Grey by its number, with a red patch in the upper left corner."""
    width, height = size
    rgb = np.full((height, width, 3), grey(number), np.uint8)
    rgb[: height // 4, : width // 4] = (250, 10, 10)
    return rgb


def write_video(
    path: Path,
    milliseconds: Sequence[int] = tuple(range(0, 1000, 100)),
    *,
    size: tuple[int, int] = SIZE,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    key_every: int = 5,
    between: int = 2,
    rotation: float = 0.0,
    aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """A video with one frame at each of those times.

    `between` is how many frames may be told from later ones (B-frames); `rotation` is how many
    degrees counter-clockwise a player is to turn it.
    """
    with av.open(str(path), "w", options=options or {}) as container:
        stream: Any = container.add_stream(codec, rate=10)
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        stream.gop_size = key_every
        if codec == "libx264":
            stream.max_b_frames = between
            stream.options = {"preset": "ultrafast", "crf": "12", "bf": str(between)}
        stream.codec_context.time_base = MILLISECOND
        stream.time_base = MILLISECOND
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for number, time in enumerate(milliseconds):
            frame = av.VideoFrame.from_ndarray(numbered_frame(number % 28, size), format="rgb24")
            frame.pts, frame.time_base = time, MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_recorder(
    path: Path,
    count: int,
    *,
    rate: int = 10,
    between: int = 3,
    codec: str = "libx264",
    pixels: str = "yuv420p",
) -> Path:
    """A video as recorders write it: `rate` frames a second, of which `between` in a row are told
    from later ones."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.width, stream.height = SIZE
        stream.pix_fmt = pixels
        stream.gop_size = 12
        stream.max_b_frames = between
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "crf": "12", "bf": str(between)}
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(numbered_frame(number % 28), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    """A fifth of a second of silence."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=16_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 16_000
        for start in range(0, 3072, 1024):
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_broadcast(path: Path) -> Path:
    """Ten frames with sound, as a broadcast; its second half holds sound alone."""
    with av.open(str(path), "w", format="mpegts") as container:
        moving: Any = container.add_stream("mpeg2video", rate=25)
        moving.width, moving.height = SIZE
        moving.pix_fmt = "yuv420p"
        sound: Any = container.add_stream("mp2", rate=16_000)
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(numbered_frame(number % 28), format="rgb24")
            frame.pts = number
            container.mux(moving.encode(frame))
        container.mux(moving.encode())
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.int16), "s16", "mono")
        silence.sample_rate = 16_000
        for start in range(0, 32_000, 1152):
            silence.pts = start
            container.mux(sound.encode(silence))
        container.mux(sound.encode())
    return path


def write_images(folder: Path, count: int = 3) -> Path:
    """A folder of numbered images."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        Image.fromarray(numbered_frame(number)).save(folder / f"face{number}.png")
    return folder


class FakeCapture:
    """Stands in for `cv2.VideoCapture`: gives `frames` frames, then none."""

    def __init__(self, images: int = 5, *, opens: bool = True, silent: int = 0) -> None:
        self.opens = opens
        self.left = images
        self.silent = silent
        self.asked: dict[int, float] = {}
        self.released = 0

    def isOpened(self) -> bool:
        return self.opens

    def grab(self) -> bool:
        if self.silent:
            self.silent -= 1
            return False
        self.left -= 1
        return self.left >= 0

    def retrieve(self) -> tuple[bool, Any]:
        blue = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        blue[..., 0] = 200
        return True, blue

    def set(self, propId: int, value: float) -> bool:
        self.asked[propId] = value
        return True

    def get(self, propId: int) -> float:
        return 30.0

    def release(self) -> None:
        self.released += 1
