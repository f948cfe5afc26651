"""A video file, or one behind a web address: every picture, in order, at its own time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ...model.errors import AvceError, InputError
from .addresses import without_password
from .base import Frame, Kind, Source
from .decoding import PROBLEMS, decoded, open_container, period, stated_end, upright

STEP = 1e-6
"""Seconds by which a timestamp that does not increase is put behind the one before it."""

Decoded = tuple[float, VideoFrame]
"""The file's time of a picture in seconds, and the picture."""


class VideoSource(Source):
    """Reads a video whole, the same pictures each time.

    Timestamps are the file's own presentation times in seconds, whatever its frame rate does. A
    picture without one comes one nominal period after the picture before it; one that does not come
    later than the picture before it is put a microsecond after that. Looped, time goes on across
    the rounds. After `seek` the index goes on and the timestamp is that of the place. `duration` is
    the time at which the last picture ends.

    Args:
        where: a path, or the address of a video that has an end.
        loop: begin again at the end.

    Attributes:
        damaged: once that has been met, that pictures are missing and where; else "".
    """

    kind: Kind = "video"
    seekable = True

    def __init__(self, where: Path | str, *, loop: bool = False) -> None:
        self._where = where
        self._loop = loop
        self.location = without_password(where) if isinstance(where, str) else str(where)
        self.name = Path(self.location.split("?")[0]).name
        self.damaged = ""
        self._container: InputContainer | None = None
        self._reset()

    def _reset(self) -> None:
        self._pending: deque[Decoded] = deque()
        self._index = 0
        self._clock: float | None = None  # the file's time of the picture decoded last
        self._last = float("-inf")  # the timestamp handed out last
        self._shift = 0.0  # what the rounds before add to the file's time
        self._end = 0.0  # the file's time at which the picture handed out last ends
        self._span: float | None = None  # length of a round, once one is over
        self._timed = True

    def open(self) -> None:
        """Open it and decode the first picture; `InputError` says why there is none."""
        if self._container is not None:
            return
        self.damaged = ""
        self._reset()
        try:
            container, stream = self._begin()
            first = self._decode()
            if first is None:
                raise InputError(
                    f"No picture of {self.location} can be decoded: it is damaged or empty."
                )
            height, width = self._picture(first[1]).shape[:2]
        except BaseException:
            self.close()
            raise
        self._first, self._timed = first[0], first[1].pts is not None
        self._pending.append(first)
        self.size = (width, height)
        self.rate = 1.0 / period(stream)
        self.duration = stated_end(container, stream)

    def _begin(self) -> tuple[InputContainer, VideoStream]:
        """Open the file at its first packet."""
        self.close()
        self._container, self._stream = open_container(self._where)
        self._clock = None
        self._decode_on(self._container)
        return self._container, self._stream

    def _decode_on(self, container: InputContainer) -> None:
        on_disk = not isinstance(self._where, str)
        packets = container.demux(self._stream)
        self._frames = decoded(packets, self._stream, self._note_damage if on_disk else None)

    def _note_damage(self) -> None:
        if not self.damaged:
            place = "at its beginning" if self._clock is None else f"after {self._clock:.3f} s"
            self.damaged = f"{self.name} is damaged: pictures are missing {place}."

    def _note_end(self, container: InputContainer) -> None:
        """Compare the length that the file states with what there was."""
        if self.duration is None or not self._index:
            return
        # The length of the whole file says little where sound may go on longer.
        known = self._stream.duration or len(container.streams) == 1
        leeway = max(0.1, 0.01 * self.duration, 3.0 * period(self._stream))
        if not self.damaged and known and self.duration - self._end > leeway:
            # A file that was cut off may end without any error.
            self.damaged = (
                f"{self.name} is damaged: it ends at {self._end:.3f} s "
                f"of the {self.duration:.3f} s that it states."
            )
        self.duration = max(self.duration, self._end)

    def _decode(self) -> Decoded | None:
        """The next picture and the file's time of it."""
        try:
            frame = next(self._frames, None)
        except PROBLEMS as error:
            raise AvceError(f"{self.location} broke off ({error}): try again.") from error
        if frame is None:
            return None
        if frame.pts is not None and frame.time_base:
            self._clock = float(frame.pts * frame.time_base)
        else:
            self._clock = 0.0 if self._clock is None else self._clock + period(self._stream)
        return self._clock, frame

    def _picture(self, frame: VideoFrame) -> NDArray[np.uint8]:
        return upright(frame, self._stream.sample_aspect_ratio)

    def read(self) -> Frame | None:
        """The next picture, or None at the end."""
        container = self._opened()
        item = self._pending.popleft() if self._pending else self._decode()
        if item is None:
            self._note_end(container)
            item = self._next_round() if self._loop else None
        if item is None:
            return None
        seconds, frame = item
        length = float((frame.duration or 0) * (frame.time_base or 0))
        self._end = seconds + (length or period(self._stream))
        self._last = max(seconds + self._shift, self._last + STEP)
        self._index += 1
        return Frame(self._index - 1, self._last, self._picture(frame), time.perf_counter())

    def _opened(self) -> InputContainer:
        if self._container is None:
            raise AvceError(f"{self.name} is not open: open it first.")
        return self._container

    def _next_round(self) -> Decoded | None:
        if self._span is None:
            self._span = max(self._end - self._first, STEP)
        self._shift += self._span
        self._begin()
        return self._decode()

    def seek(self, seconds: float) -> None:
        """Go on from the picture on show at that time; the first or last one beyond the ends."""
        container = self._opened()
        # Looped, a time beyond the first round means that time of a later one.
        span = self._span or float("inf")
        self._shift = max((seconds - self._first) // span, 0.0) * (self._span or 0.0)
        self._last = float("-inf")
        self._pending.clear()
        # Times are often passed on rounded to microseconds.
        target = max(seconds - self._shift, self._first) + STEP
        item = self._key_picture(container, target)
        if item is None or item[0] > target:
            self._begin()  # the file cannot be wound, or was wound too far
            item = self._decode()
        shown: Decoded | None = None
        while item is not None and item[0] <= target:
            shown, item = item, self._decode()
        self._pending.extend(found for found in (shown, item) if found is not None)

    def _key_picture(self, container: InputContainer, target: float) -> Decoded | None:
        """The picture at or before that time that the file can be wound to; None without one."""
        base = self._stream.time_base
        if not self._timed or not base:
            return None
        try:
            container.seek(int(target / base), stream=self._stream, backward=True)
        except PROBLEMS:
            return None
        self._decode_on(container)
        return self._decode()

    def close(self) -> None:
        """Let go of the file."""
        container, self._container = self._container, None
        if container is not None:
            self._frames: Iterator[VideoFrame] = iter(())
            container.close()
