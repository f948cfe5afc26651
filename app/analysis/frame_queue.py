"""What the threads of a pipeline share: frames on their way, and the user's wishes.

Finding and estimating go on side by side. A frame of a live source is taken no sooner than it has
to be for that: just in time for its faces to be found when the estimates before it are made, and
not to wait for them. So its latency is that of one frame after the other, at the rate of both side
by side.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

from ..sources.base import Frame
from .statistics import Meter

AHEAD = 4
"""Frames of a file that may be on their way beside the one in hand."""
_LATE_SECONDS = 0.25
_GRACE_SECONDS = 0.25


class Work:
    """How long the two halves of the analysis take: the last time each."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._find = self._estimate = 0.0
        self._finding: float | None = None
        self._estimating: float | None = None

    def finding(self) -> None:
        """Finding begins."""
        self._finding = self._clock()

    def found(self) -> None:
        """The finder asks for another frame."""
        if self._finding is not None:
            self._find = self._clock() - self._finding
        self._finding = None

    def estimating(self) -> None:
        """Estimating begins."""
        self._estimating = self._clock()

    def estimated(self) -> None:
        """Estimating is done."""
        if self._estimating is not None:
            self._estimate = self._clock() - self._estimating
        self._estimating = None

    def seconds_early(self, in_hand: int) -> float:
        """How long finding in another frame may wait, with so many in hand, for its faces to be
        found when the one before is estimated; infinite until something changes."""
        if not in_hand:
            return 0.0
        if in_hand > 1 or self._estimating is None:
            return inf
        return max(self._estimating + self._estimate - self._find - self._clock(), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A frame on its way to the model; `jumped` says that it does not follow the one before."""

    frame: Frame
    jumped: bool = False


@dataclass(frozen=True, slots=True)
class ReadOut:
    """Taken instead of a frame: the source has no more of them, for now."""


class FrameQueue:
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
        self._in_hand = 0  # taken, and not estimated yet
        self._live = False
        self._work = Work()
        self._first: float | None = None
        self._began: float | None = None  # when the first frame was taken, by `perf_counter`
        self._jumped = False
        self._steps = 0
        self._due: tuple[float, float] | None = None
        self._flowing_since = -inf

    # The user's wishes.

    def stop(self) -> None:
        """Let both threads end."""
        with self.changed:
            self.stopping = True
            self.changed.notify_all()

    def pause(self, paused: bool) -> None:
        """Pause or resume."""
        with self.changed:
            self.paused = paused
            self._steps = 0
            self._due = None
            if not paused:
                self._flowing_since = time.perf_counter()
            self.changed.notify_all()

    def step(self) -> None:
        """While paused: let one frame pass."""
        with self.changed:
            self._steps += self.paused
            self._flowing_since = time.perf_counter()
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
        """Wait until another frame of a file is wanted; the time to seek to, if there is one."""
        with self.changed:
            self.changed.wait_for(self._another_is_wanted)
            seek_to, self.seek_to = self.seek_to, None
            return seek_to

    def _another_is_wanted(self) -> bool:
        moving = not self.paused or self._steps > 0
        wanted = moving and len(self._queue) + self._in_hand <= AHEAD and not self.read_out
        return wanted or self.stopping or self.seek_to is not None

    def jumped(self) -> None:
        """A seek was done: drop what waits, and show the frame there even while paused."""
        with self.changed:
            self._queue.clear()
            self.read_out = self.ended = False
            self._jumped = True
            self._first = self._due = None
            self._steps = int(self.paused)

    def put_newest(self, frame: Frame) -> bool:
        """Show a live frame; it replaces one that still waits. False: the time is over."""
        with self.changed:
            self.lost, self._live = False, True
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
            # A frame of a file counts as captured when it is shown.
            frame = replace(frame, captured=time.perf_counter())
            self._show(frame)
            self.meter.offered()
            self._queue.append(Waiting(frame, self._jumped))
            self._jumped = False
        return True

    def _show(self, frame: Frame) -> None:
        self.newest = frame
        self._steps = max(self._steps - 1, 0)
        self.meter.frame()
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

    def time_is_over(self) -> bool:
        """Whether a live source's time is over although it gives no frame that could say so."""
        if self._duration is None or self._began is None:
            return False
        return time.perf_counter() - self._began >= self._duration + _GRACE_SECONDS

    def _over(self, frame: Frame) -> bool:
        self._began = time.perf_counter() if self._began is None else self._began
        self._first = frame.timestamp if self._first is None else self._first
        return self._duration is not None and frame.timestamp - self._first >= self._duration

    def finish(self) -> None:
        """There are no more frames."""
        with self.changed:
            self.read_out = True
            self.changed.notify_all()

    # The finding thread.

    def take(self, *, holding: bool = False) -> Waiting | ReadOut | None:
        """The next frame for the model, waiting for it; None when the end is near.

        Whoever holds frames back that were taken before is told when the source has no more.
        """
        with self.changed:
            if self._live and not self.ready and self._queue:
                # It came while the model was made ready, and is the first to be analysed.
                self.meter.offered()
            if not self.ready:
                self._flowing_since = time.perf_counter()
            self.ready = True
            self._work.found()
            while not self.stopping:
                early = self._work.seconds_early(self._in_hand) if self._live else 0.0
                if self._queue and early <= 0.0:
                    self._in_hand += 1
                    self._work.finding()
                    self.changed.notify_all()
                    return self._queue.popleft()
                if holding and self.read_out and not self._queue:
                    return ReadOut()
                self._end_if_done()
                self.changed.wait(early if self._queue and early < inf else None)
        return None

    def _end_if_done(self) -> None:
        if self.read_out and not self.ended and not self._queue and not self._in_hand:
            self.ended = True
            self.changed.notify_all()

    # The estimating thread.

    def estimating(self) -> None:
        """Estimating a frame begins."""
        with self.changed:
            self._work.estimating()
            self.changed.notify_all()

    def waited(self, frame: Frame) -> bool:
        """Whether the run was paused, or made ready, while a frame was on its way: how long it took
        then says nothing of how the analysis keeps up."""
        with self.changed:
            return frame.captured < self._flowing_since

    def estimated(self) -> None:
        """It is done, and handed on."""
        with self.changed:
            self._in_hand -= 1
            self._work.estimated()
            self._end_if_done()
            self.changed.notify_all()
