"""What every source of frames offers."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from ...model.system.closing import Closing
from .endings import shown

Kind = Literal["camera", "video", "images", "demo", "stream"]
_CAMERA = re.compile(r"(\d{1,4})(?:@(\d{2,5})x(\d{2,5})(?:@(\d{1,3}(?:\.\d+)?))?)?")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame.

    Args:
        index: number in the source, from 0: one more for each frame that was read before it. After
            a seek still the file's own number, where `counted`.
        timestamp: seconds, strictly increasing until a seek; a file's own
            presentation time, or the capture clock (seconds since a live source was opened).
        rgb: uint8 [H, W, 3]; never written to after it was handed out.
        captured: `time.perf_counter()` when the frame was captured.
        name: file name where the source is a folder of images.
        restarts: the file's own time jumps before it: it follows nothing (see `Discontinuity`).
        counted: False behind a seek to where nobody has counted the frames, and in later rounds of
            a loop: there `index` just goes on.
    """

    index: int
    timestamp: float
    rgb: NDArray[np.uint8]
    captured: float
    name: str = ""
    restarts: bool = False
    counted: bool = True


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """Which camera, and what it is asked for; it gives the nearest that it has.

    Args:
        number: the camera's number, as `list_cameras` gives it.
        size: width and height in pixels.
        rate: frames a second.
    """

    number: int
    size: tuple[int, int] = (1280, 720)
    rate: float = 30.0

    def __str__(self) -> str:
        """As the command line writes it: `0@1280x720@30`."""
        width, height = self.size
        return f"{self.number}@{width}x{height}@{self.rate:g}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """A camera as the command line writes it: `0`, `0@1280x720` or `0@1280x720@30`; None for
        other text."""
        found = _CAMERA.fullmatch(text)
        if found is None:
            return None
        number, width, height, rate = found.groups()
        usual = cls(int(number))
        size = (int(width), int(height)) if width else usual.size
        return cls(usual.number, size, float(rate) if rate else usual.rate)


@dataclass(frozen=True, slots=True)
class Discontinuity:
    """Where a file's own time jumps.

    Args:
        timestamp: of the first frame behind it, in seconds of the source's time, which goes on.
        seconds: how far the file's time jumps, negative for a jump back.
    """

    timestamp: float
    seconds: float

    def __str__(self) -> str:
        way = "back" if self.seconds < 0 else "forward"
        return (
            f"The file's time jumps {way} by {abs(self.seconds):.3f} s at {self.timestamp:.3f} s: "
            "timestamps continue by the usual step, tracking and smoothing start again."
        )


class SourceLostError(InputError):
    """A live source stopped giving frames (unplugged, or the stream broke); it may come back."""


class SourceFacts:
    """What is shown and stored of a source.

    Attributes:
        kind: what is shown and stored as its kind; what follows from it, the others say.
        name: what to call it.
        location: what the user named, without a password, "" where that is not a place.
        file: the one file on disk that is read.
        camera: which camera it is, and what it was asked for.
        live: it goes on whether anybody reads or not; the others wait, and are read whole.
        still: unrelated images, of which none follows from the one before.
        mirrored: people look at themselves in it, so that it is shown as in a mirror.
        seekable: whether `seek` works.
        size: width and height in pixels.
        rate: frames a second, where that is known.
        duration: seconds, where there is an end and it is known.
        origin: when a live source's clock began.
        skipped: files that could not be read and were left out.
        left_out: what else is in a folder, that is no image.
        damaged: once that has been met, that frames are missing and where; else "".
        discontinuities: where the file's own time jumps, as far as it has been read.
    """

    kind: Kind
    name: str
    file: Path | None = None
    camera: CameraConfig | None = None
    live: bool = False
    still: bool = False
    mirrored: bool = False
    seekable: bool = False
    size: tuple[int, int] | None = None
    rate: float | None = None
    duration: float | None = None
    location: str = ""
    origin: datetime | None = None
    skipped: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    damaged: str = ""
    discontinuities: tuple[Discontinuity, ...] = ()


_MOST_NAMED = 5


def listed(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are."""
    more = len(names) - _MOST_NAMED
    return ", ".join(map(shown, names[:_MOST_NAMED])) + (f" and {more} more" if more > 0 else "")


def is_damaged(source: SourceFacts) -> bool:
    """Whether something of a source is missing, as far as it has been read."""
    return bool(source.damaged or source.skipped)


def remarks(source: SourceFacts) -> tuple[str, ...]:
    """What is wrong with a source as far as it has been read, a sentence each: it is damaged,
    its time jumps, files of it cannot be read."""
    said = [source.damaged] if source.damaged else []
    jumps = source.discontinuities
    said += map(str, jumps[:_MOST_NAMED])
    if len(jumps) > _MOST_NAMED:
        said.append(f"The file's time jumps {len(jumps) - _MOST_NAMED} more times.")
    if source.skipped:
        said.append(f"Left out, as it cannot be read: {listed(source.skipped)}.")
    if source.left_out:
        said.append(f"Left out, as it is not an image: {listed(source.left_out)}.")
    return tuple(said)


class Source(SourceFacts, Closing):
    """Frames in order. Use as a context manager, from one thread."""

    @abstractmethod
    def open(self) -> None:
        """Make ready, or do nothing if it is; `InputError` says why it cannot be."""

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame, or None at the end; `SourceLostError` where a live source is gone."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the device or file; further calls do nothing."""

    def interrupt(self) -> None:
        """From any thread: a `read` that waits for a live frame is to give up soon."""

    def number_frames(self) -> bool:
        """Learn the number of every frame without decoding, which may take a pass through the file;
        whether a seek keeps to them from now on."""
        return False

    def seek(self, seconds: float) -> None:
        """Continue from the frame shown at that presentation time."""
        raise InputError(f"{self.name} does not support seeking.")

    def __enter__(self) -> Self:
        self.open()
        return self
