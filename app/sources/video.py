"""A video file, or one behind a web address: every frame, in order, at its own time."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ...model.errors import AvceError, InputError
from ...model.video.file import packets
from ...model.video.frame import Upright
from .addresses import without_password
from .base import Discontinuity, Frame, Kind, Source
from .damage import Inventory
from .decoding import (
    PROBLEMS,
    decoded,
    is_joined,
    open_container,
    period,
    stated_end,
)
from .outline import outline
from .packet_times import told_by_packets
from .timestamps import STEP, Timed, Timestamps, jumps

_MOST_JUMPS = 1000
_BACK_SECONDS = (0.0, 2.0, 10.0)
"""How far before a time its key frame is looked for: its number in the file may be a later one."""


class VideoSource(Source):
    """Reads a video whole, the same frames each time.

    Timestamps are the file's own presentation times in seconds, whatever its frame rate does, made
    to increase as `timestamps.py` says. Looped, time continues across the rounds. After `seek` the
    timestamp is that of the new place, and the index too where that was read before or
    `number_frames` has counted. `duration` is the time at which the last frame ends.

    Args:
        where: a path, or the address of a video that has an end.
        loop: begin again at the end.
    """

    kind: Kind = "video"
    seekable = True

    def __init__(self, where: Path | str, *, loop: bool = False) -> None:
        self._where = where
        self._loop = loop
        self.location = without_password(where) if isinstance(where, str) else str(where)
        self.file = None if isinstance(where, str) else where
        self.name = Path(self.location).name
        self._container: InputContainer | None = None
        self._reset()

    def _reset(self) -> None:
        self.discontinuities = ()
        self._inventory: Inventory | None = None
        self._met = 0
        self._over = False  # its end has been met once
        self._pending: deque[Timed] = deque()
        self._index = 0
        self._counted = True  # whether `_index` is the number in the file
        self._known = array("d")  # the file's times of its first frames, as far as they are known
        self._last = float("-inf")  # the timestamp handed out last
        self._shift = 0.0  # what the rounds before add to the file's time
        self._end = 0.0  # the file's time at which the frame handed out last ends
        self._span: float | None = None  # length of a round, once one is over
        self._timed = True
        self._jumps: bool | None = None  # whether the file's time jumps, once that was asked

    def open(self) -> None:
        """Open it and decode the first frame; `InputError` says why there is none."""
        if self._container is not None:
            return
        self.damaged = ""
        self._reset()
        try:
            container, stream = self._begin()
            first = self._decode()
            if first is None:
                raise InputError(
                    f"No frame of {self.location} can be decoded: it is damaged or empty."
                )
            height, width = self._pixels(first.frame).shape[:2]
        except BaseException:
            self.close()
            raise
        self._first, self._timed = first.seconds, first.frame.pts is not None
        self._pending.append(first)
        self.size = (width, height)
        self.rate = 1.0 / period(stream)
        self.duration = stated_end(container, stream)

    def _begin(self) -> tuple[InputContainer, VideoStream]:
        """Open the file at its first packet."""
        self.close()
        self._container, self._stream = open_container(self._where)
        self._upright = Upright(self._stream.sample_aspect_ratio)
        self._timestamps = Timestamps(period(self._stream), joined=is_joined(self._container))
        self._decode_on(self._container)
        return self._container, self._stream

    def _decode_on(self, container: InputContainer) -> None:
        if self._inventory is None:
            there = (
                "" if isinstance(self._where, str) else outline(self._where, container.format.name)
            )
            self._inventory = Inventory(container, self._stream, there)
        else:
            self._inventory.moved()
        on_disk = not isinstance(self._where, str)
        lost = self._inventory.lost if on_disk else None
        frames = decoded(self._packets(container, self._inventory), self._stream, lost)
        self._frames = self._timestamps.follow(_noted(frames, self._inventory, self._upright))

    def _packets(
        self, container: InputContainer, inventory: Inventory
    ) -> Iterator[Packet[VideoStream]]:
        # Of every kind: sound tells too where the file ends.
        for packet in packets(container):
            inventory.packet(packet)
            if packet.stream.index == self._stream.index:
                yield cast("Packet[VideoStream]", packet)

    def _note_damage(self, *, over: bool = False) -> None:
        if self._inventory is not None and (over or self._met != self._inventory.met):
            self._met = self._inventory.met
            self.damaged = self._inventory.damage(over=over).of(self.name)

    def _decode(self) -> Timed | None:
        """The next frame at its time."""
        try:
            timed = next(self._frames, None)
        except PROBLEMS as error:
            raise AvceError(f"{self.location} broke off ({error}): try again.") from error
        if timed is not None and self._inventory is not None:
            self._inventory.timed(timed)
        self._note_damage()
        return timed

    def _pixels(self, frame: VideoFrame) -> NDArray[np.uint8]:
        try:
            return self._upright.show(frame)
        except ValueError as error:
            raise InputError(f"{self.location} cannot be read: {error}.") from error

    def read(self) -> Frame | None:
        """The next frame, or None at the end."""
        self._opened()
        item = self._pending.popleft() if self._pending else self._decode()
        if item is None:
            if not self._over:
                self._over = True
                self._note_damage(over=True)
                self.duration = max(self.duration or 0.0, self._end)
            item = self._next_round() if self._loop else None
        if item is None:
            return None
        seconds, frame, jump = item
        length = float((frame.duration or 0) * (frame.time_base or 0))
        self._end = seconds + (length or period(self._stream))
        self._last = max(seconds + self._shift, self._last + STEP)
        if self._counted and self._index == len(self._known):
            self._known.append(seconds)
        self._index += 1
        if jump:
            self._note_jump(Discontinuity(self._last, jump))
        now, rgb = time.perf_counter(), self._pixels(frame)
        jumped, number = bool(jump), self._index - 1
        return Frame(number, self._last, rgb, now, restarts=jumped, counted=self._counted)

    def _note_jump(self, jump: Discontinuity) -> None:
        if jump not in self.discontinuities and len(self.discontinuities) < _MOST_JUMPS:
            self.discontinuities += (jump,)

    def _opened(self) -> InputContainer:
        if self._container is None:
            raise AvceError(f"{self.name} is not open: open it first.")
        return self._container

    def _next_round(self) -> Timed | None:
        if self._span is None:
            self._span = max(self._end - self._first, STEP)
        self._shift += self._span
        self._counted = False
        self._begin()
        return self._decode()

    def seek(self, seconds: float) -> None:
        """Continue from the frame shown at that time; the first or last one beyond the ends."""
        container = self._opened()
        # Looped, a time beyond the first round means that time of a later one.
        span = self._span or float("inf")
        self._shift = max((seconds - self._first) // span, 0.0) * (self._span or 0.0)
        self._last = float("-inf")
        self._pending.clear()
        # Times are often passed on rounded to microseconds.
        target = max(seconds - self._shift, self._first) + STEP
        item = self._key_frame(container, target)
        if item is None:
            self._begin()  # the file does not support seeking
            item = self._decode()
        shown: Timed | None = None
        while item is not None and item.seconds <= target:
            shown, item = item, self._decode()
        self._pending.extend(found for found in (shown, item) if found is not None)
        if self._pending:
            self._count_from(self._pending[0].seconds)

    def number_frames(self) -> bool:
        """From the packets of a file, where they tell when each frame is shown."""
        if isinstance(self._where, Path):
            told = told_by_packets(self._where)
            if told is not None and len(told) >= len(self._known):
                self._known = array("d", told.tobytes())
                return True
        return False

    def _count_from(self, seconds: float) -> None:
        """The next frame is the one at that time of the file: find its number."""
        number = bisect_left(self._known, seconds - STEP)
        found = number < len(self._known) and abs(self._known[number] - seconds) <= STEP
        self._counted = found and not self._shift
        if self._counted:
            self._index = number

    def _key_frame(self, container: InputContainer, target: float) -> Timed | None:
        """A frame at or before that time that the file can seek to; None without one."""
        base = self._stream.time_base
        if not self._timed or not base or self._time_jumps():
            return None
        for back in _BACK_SECONDS:
            try:
                container.seek(int((target - back) / base), stream=self._stream, backward=True)
            except PROBLEMS:
                return None
            self._decode_on(container)
            item = self._decode()
            if item is not None and item.seconds <= target:
                return item
        return None

    def _time_jumps(self) -> bool:
        """Whether the file's time jumps anywhere, so that it says nothing of a place in it."""
        if self._jumps is None:
            with open_container(self._where)[0] as container:
                self._jumps = is_joined(container) and jumps(container)
        return self._jumps or bool(self.discontinuities)

    def close(self) -> None:
        """Let go of the file."""
        container, self._container = self._container, None
        if container is not None:
            self._frames: Iterator[Timed] = iter(())
            container.close()


def _noted(
    frames: Iterator[VideoFrame], inventory: Inventory, upright: Upright
) -> Iterator[VideoFrame]:
    for frame in frames:
        inventory.frame(frame)
        upright.note(frame)
        yield frame
