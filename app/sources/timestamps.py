"""When each frame of a file is shown: FFmpeg's best effort, made into one time that only increases.

A file tells the time of a frame twice: when it is to be shown (pts) and when it is to be decoded
(dts). Either may be missing or wrong. Which of them is believed follows `guess_correct_pts` of
FFmpeg's libavcodec, whose choice ffprobe prints as `best_effort_timestamp`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain, islice
from statistics import median
from typing import NamedTuple

from av.container import InputContainer
from av.video.frame import VideoFrame

from ...model.video.file import packets
from .decoding import JOINED_SECONDS, PROBLEMS, in_seconds

STEP = 1e-6
"""Seconds by which a timestamp that repeats is put behind the one before it."""
OTHER_SECONDS = 30 * 3600.0  # FFmpeg's limit where joined recordings are not usual
_FIRST = 8  # frames from which the first choice is made: B-frames show within them
_USUAL = 15  # steps whose median is the usual one


class Timed(NamedTuple):
    """A frame at its time in seconds; `jump` is how far the file's own time jumps before it."""

    seconds: float
    frame: VideoFrame
    jump: float = 0.0


class Timestamps:
    """The time of each frame of one file.

    Args:
        period: the nominal step in seconds.
        joined: whether files of this kind are often recordings put end to end (MPEG-TS, VOB), so
            that a jump forward by more than 10 s is none of the recorded time.
    """

    def __init__(self, period: float, *, joined: bool = False) -> None:
        self._period = period
        self._most = JOINED_SECONDS if joined else OTHER_SECONDS
        self._effort = _BestEffort()

    def follow(self, frames: Iterator[VideoFrame]) -> Iterator[Timed]:
        """The frames at their times, from any place in the file on; those before count no more.

        A frame without a time comes one usual step after the one before it, or before the first
        that has one. A time that repeats is put a microsecond later, one that repeats again a usual
        step later, and a single one that is out of order between its neighbours. From a jump on,
        time goes on by the usual step.
        """
        timed = self._with_first(self._effort.follow(frames))
        step, last, shift = _UsualStep(self._period), None, 0.0
        before: float | None = None  # the file's time of the frame before
        stands = False  # whether that was the time of the one before it too
        item = next(timed, None)
        while item is not None:
            following = next(timed, None)
            (seconds, frame), jump = item, 0.0
            if last is None or before is None:
                assert seconds is not None
                now = seconds
            elif seconds is None or (stands and seconds == before):
                now = last + step.seconds
                seconds = before if stands else now - shift
            else:
                ahead = following[0] if following is not None else None
                # One that goes back alone, or is ahead of the one behind it, is no jump.
                single = ahead is not None and before < ahead and not before <= seconds <= ahead
                if single and ahead is not None:
                    seconds = (before + ahead) / 2.0
                elif not 0.0 <= seconds - before <= self._most:
                    jump = seconds - before
                    shift = last + step.seconds - seconds
                now = max(seconds + shift, last + STEP)
            if last is not None and not jump:
                step.add(now - last)
            yield Timed(now, frame, jump)
            stands = seconds == before
            last, before, item = now, seconds, following

    def _with_first(
        self, timed: Iterator[tuple[float | None, VideoFrame]]
    ) -> Iterator[tuple[float | None, VideoFrame]]:
        """The first frame with a time: told from the first that has one, else 0."""
        waiting: list[VideoFrame] = []
        for seconds, frame in timed:
            waiting.append(frame)
            if seconds is None and len(waiting) < _FIRST:
                continue
            first = 0.0 if seconds is None else seconds - (len(waiting) - 1) * self._period
            times = (first + i * self._period for i in range(len(waiting)))
            yield from zip(times, waiting, strict=True)
            yield from timed
            return
        yield from ((i * self._period, frame) for i, frame in enumerate(waiting))


def jumps(container: InputContainer) -> bool:
    """Whether the packets of a file's video go back in time, or forward by more than 10 s."""
    last: float | None = None
    try:
        for packet in packets(container, container.streams.video[0]):
            if packet.dts is None:
                continue
            seconds = in_seconds(packet.dts, packet.time_base) or 0.0
            if last is not None and not 0.0 <= seconds - last <= JOINED_SECONDS:
                return True
            last = seconds
    except PROBLEMS:
        return True
    return False


class _UsualStep:
    """The median of the last steps."""

    def __init__(self, nominal: float) -> None:
        self._nominal = nominal
        self._steps: deque[float] = deque(maxlen=_USUAL)

    def add(self, seconds: float) -> None:
        if seconds > STEP:
            self._steps.append(seconds)

    @property
    def seconds(self) -> float:
        return median(self._steps) if self._steps else self._nominal


class _BestEffort:
    """Chooses between pts and dts for each frame, by which of them has gone back less often."""

    def __init__(self) -> None:
        self._by_dts = False

    def follow(self, frames: Iterator[VideoFrame]) -> Iterator[tuple[float | None, VideoFrame]]:
        """Each frame with its time in seconds, None where it has none.

        FFmpeg goes by pts until they have gone back once; here the first frames are looked at
        together, so that B-frames without a pts (H.264 in AVI) are in order from the start.
        """
        pts, dts = _Faults(), _Faults()
        first = list(islice(frames, _FIRST))
        for frame in first:
            pts.add(frame.pts)
            dts.add(frame.dts)
        self._by_dts = self._by_dts or pts.count > dts.count
        for number, frame in enumerate(chain(first, frames)):
            if number >= len(first):
                pts.add(frame.pts)
                dts.add(frame.dts)
                self._by_dts = pts.count > dts.count or (self._by_dts and pts.count == dts.count)
            # A drained decoder knows no dts: those frames follow at the usual step.
            ticks = frame.dts if self._by_dts or frame.pts is None else frame.pts
            yield in_seconds(ticks, frame.time_base), frame


class _Faults:
    """How often a time has not increased."""

    def __init__(self) -> None:
        self.count = 0
        self._last: int | None = None

    def add(self, ticks: int | None) -> None:
        if ticks is None:
            return
        self.count += self._last is not None and ticks <= self._last
        self._last = ticks
