"""What the capturing and the analysing thread share: frames on their way, and the user's wishes."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, replace

from .measuring import Meter
from .sources.base import Frame

AHEAD = 4
"""Frames of a file that may wait for the network."""
_LATE_SECONDS = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A frame on its way to the network; `jumped` says that it does not follow the one before."""

    frame: Frame
    jumped: bool = False


class Handover:
    """One lock around everything that both threads and the window touch.

    Args:
        duration: no frame is taken that is that many seconds or more after the first one.
    """

    def __init__(self, duration: float | None = None) -> None:
        self.meter = Meter()
        self.changed = threading.Condition()
        self.newest: Frame | None = None
        self.ready = self.stopping = self.paused = self.lost = False
        self.read_out = self.ended = False
        self.seek_to: float | None = None
        self._duration = duration
        self._queue: deque[Waiting] = deque()
        self._first: float | None = None
        self._jumped = False
        self._steps = 0
        self._due: tuple[float, float] | None = None

    # The user's wishes.

    def stop(self) -> None:
        """Let both threads end."""
        with self.changed:
            self.stopping = True
            self.changed.notify_all()

    def pause(self, paused: bool) -> None:
        """Hold the picture or let it go on."""
        with self.changed:
            self.paused = paused
            self._steps = 0
            self._due = None
            self.changed.notify_all()

    def step(self) -> None:
        """While paused: let one frame pass."""
        with self.changed:
            self._steps += self.paused
            self.changed.notify_all()

    def seek(self, seconds: float) -> None:
        """Ask for another time of a file."""
        with self.changed:
            self.seek_to = max(seconds, 0.0)
            self.changed.notify_all()

    # The capturing thread.

    def wait(self, seconds: float) -> bool:
        """Wait that long or until the end is near; whether it is."""
        with self.changed:
            return self.changed.wait_for(lambda: self.stopping, seconds)

    def wait_for_room(self) -> float | None:
        """Wait until another frame of a file is wanted; the time to wind to, if there is one."""
        with self.changed:
            self.changed.wait_for(self._another_is_wanted)
            seek_to, self.seek_to = self.seek_to, None
            return seek_to

    def _another_is_wanted(self) -> bool:
        moving = not self.paused or self._steps > 0
        wanted = moving and len(self._queue) < AHEAD and not self.read_out
        return wanted or self.stopping or self.seek_to is not None

    def wound(self) -> None:
        """A file was wound: forget what waits, and show the picture there even while paused."""
        with self.changed:
            self._queue.clear()
            self.read_out = self.ended = False
            self._jumped = True
            self._first = self._due = None
            self._steps = int(self.paused)

    def put_newest(self, frame: Frame) -> bool:
        """Show a live frame; it replaces one that still waits. False: the time is over."""
        with self.changed:
            self.lost = False
            if self._over(frame):
                return False
            if self.paused and not self._steps:
                return True
            self._show(frame)
            if self.ready:
                self.meter.offered()
                self.meter.dropped(len(self._queue))
            self._queue.clear()
            self._queue.append(Waiting(frame))
        return True

    def put_when_due(self, frame: Frame) -> bool:
        """Show a frame of a file at its time and queue it. False: the time is over."""
        with self.changed:
            if self._over(frame):
                return False
            self.changed.wait_for(self._interrupted, timeout=self._seconds_early(frame))
            if self.stopping or self.seek_to is not None:
                return True
            # A picture of a file counts as captured when it is shown.
            frame = replace(frame, captured=time.perf_counter())
            self._show(frame)
            self.meter.offered()
            self._queue.append(Waiting(frame, self._jumped))
            self._jumped = False
        return True

    def _show(self, frame: Frame) -> None:
        self.newest = frame
        self._steps = max(self._steps - 1, 0)
        self.meter.picture()
        self.changed.notify_all()

    def _interrupted(self) -> bool:
        return self.stopping or self.paused or self.seek_to is not None

    def _seconds_early(self, frame: Frame) -> float:
        """How long until the frame is due. Time lost is not made up by playing faster."""
        now = time.perf_counter()
        if self._due is None or self.paused or not self.ready:
            self._due = (now, frame.timestamp)
        early = self._due[0] + frame.timestamp - self._due[1] - now
        if early < -_LATE_SECONDS:
            self._due = (now, frame.timestamp)
        return max(early, 0.0)

    def _over(self, frame: Frame) -> bool:
        self._first = frame.timestamp if self._first is None else self._first
        return self._duration is not None and frame.timestamp - self._first >= self._duration

    def finish(self) -> None:
        """There are no more frames."""
        with self.changed:
            self.read_out = True
            self.changed.notify_all()

    # The analysing thread.

    def take(self) -> Waiting | None:
        """The next frame for the network, waiting for it; None when the end is near."""
        with self.changed:
            self.ready = True
            while not self.stopping:
                if self._queue:
                    self.changed.notify_all()
                    return self._queue.popleft()
                if self.read_out and not self.ended:
                    self.ended = True
                    self.changed.notify_all()
                self.changed.wait()
        return None
