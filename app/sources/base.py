"""What every source of pictures offers."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ...model.closing import Closing
from ...model.errors import InputError

Kind = Literal["camera", "video", "images", "demo", "stream"]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture.

    Args:
        index: number in the source, from 0, one more for each picture read.
        timestamp: seconds, strictly increasing until the source is wound; a file's own
            presentation time, or the capture clock (seconds since a live source was opened).
        rgb: uint8 [H, W, 3]; never written to after it was handed out.
        captured: `time.perf_counter()` when the picture was had.
        name: file name where the source is a folder of pictures.
    """

    index: int
    timestamp: float
    rgb: NDArray[np.uint8]
    captured: float
    name: str = ""


class SourceLostError(InputError):
    """A live source stopped giving pictures (unplugged, or the stream broke); it may come back."""


class SourceFacts(Protocol):
    """What is shown and stored of a source: any `Source`, opened or not, or a note of one.

    The attributes are those of `Source`.
    """

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def location(self) -> str: ...
    @property
    def live(self) -> bool: ...
    @property
    def seekable(self) -> bool: ...
    @property
    def size(self) -> tuple[int, int] | None: ...
    @property
    def rate(self) -> float | None: ...
    @property
    def duration(self) -> float | None: ...
    @property
    def origin(self) -> datetime | None: ...
    @property
    def skipped(self) -> tuple[str, ...]: ...


class Source(Closing):
    """Pictures in order. Use as a context manager, from one thread.

    `live` sources go on whether anybody reads or not; the others wait, and are read whole.

    Attributes:
        location: what the user named, without a password, "" where that is not a place.
        size: width and height in pixels.
        rate: frames a second, where that is known.
        duration: seconds, where there is an end and it is known.
        origin: when a live source's clock began.
        skipped: files that could not be read and were left out.
    """

    kind: Kind
    name: str
    live: bool = False
    seekable: bool = False
    size: tuple[int, int] | None = None
    rate: float | None = None
    duration: float | None = None
    location: str = ""
    origin: datetime | None = None
    skipped: tuple[str, ...] = ()

    @abstractmethod
    def open(self) -> None:
        """Make ready, or do nothing if it is; `InputError` says why it cannot be."""

    @abstractmethod
    def read(self) -> Frame | None:
        """The next picture, or None at the end; `SourceLostError` where a live source is gone."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the device or file; further calls do nothing."""

    def interrupt(self) -> None:
        """From any thread: a `read` that waits for a live picture is to give up soon."""

    def seek(self, seconds: float) -> None:
        """Go on from the picture on show at that presentation time."""
        raise InputError(f"{self.name} cannot be wound to another time.")

    def __enter__(self) -> Self:
        self.open()
        return self
