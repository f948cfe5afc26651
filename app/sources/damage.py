"""What is missing of a file, counted while it is read and told in one sentence."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .decoding import Lost, in_seconds, is_joined, own_length, period, stated_end
from .timestamps import Timed

# Codecs of which each packet is a frame that is shown.
_ONE_EACH = frozenset(
    {"h264", "hevc", "mpeg1video", "mpeg2video", "mjpeg", "vp9", "av1", "ffv1", "prores", "dnxhd"}
)
_BY_DECODING = ("avi", "mxf", "asf")  # these tell when a packet is decoded, not when it is shown
_TOO_MANY = 0.3  # share of packets without a frame from which on that is how the file is coded
_STEADY = 0.98  # share of equal steps from which on a file has a rate
_HOLE_SECONDS, _HOLE_STEPS = 0.2, 3.0  # from here on, few steps show that a long one is a hole
_ONE_MISSING = 1.75  # usual steps from which on a frame is missing
_RARE, _FEW = 0.01, 3  # share and number of long steps beyond which they are how it was made
_DRIFT = 0.0005  # of a long step: how far clocks take it from a multiple of the usual one
_STEPS_TO_JUDGE = 20  # steps that show a rate to which one frame more belongs
_MOST_HOLES = 1000


@dataclass(frozen=True, slots=True)
class Damage:
    """What is missing of a file.

    Args:
        frames: how many frames are missing or broken.
        first: when the first of them would have been shown, in seconds, None where unknown.
        broke_off: whether the file could not be read to its end.
        end, stated: where it ends and where it says that it does, in seconds; equal for a file
            that is as long as it says.
        outline: what else is wrong with the file as a whole, a clause.
    """

    frames: int = 0
    first: float | None = None
    broke_off: bool = False
    end: float = 0.0
    stated: float = 0.0
    outline: str = ""

    def of(self, name: str) -> str:
        """The sentence for the file of that name, "" for one that is whole."""
        said = []
        if self.frames:
            one = self.frames == 1
            where = "" if self.first is None else f" at {self.first:.3f} s"
            said.append(
                f"{self.frames} {'frame is' if one else 'frames are'} missing or broken"
                + (f",{'' if one else ' the first'}{where}" if where else "")
            )
        if self.stated > self.end:
            said.append(
                f"it ends at {self.end:.3f} s of the {self.stated:.3f} s that it states, "
                f"{self.stated - self.end:.3f} s are missing"
            )
        elif self.broke_off:
            said.append("it is truncated")
        if self.outline:
            said.append(self.outline)
        return f"{name} is damaged: {'; '.join(said)}." if said else ""


class Inventory:
    """Counts what a file holds while it is read.

    Args:
        container, stream: the file and its video.
        outline: what is wrong with it as a whole, a clause, which is told at its end.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, outline: str = "") -> None:
        self._outline = outline
        self._stream, self._period = stream.index, period(stream)
        codec, kind = stream.codec_context.name, container.format.name
        self._one_each = codec in _ONE_EACH and kind not in _BY_DECODING
        # In MPEG program streams FFmpeg gives a frame without a time one up to a step late.
        self._one_shows = kind != "mpeg"
        # Elsewhere lengths are not written down but guessed.
        self._stated = None if is_joined(container) else stated_end(container, stream)
        self._only_video = bool(stream.duration) or own_length(stream) is not None
        self._stated_frames = stream.frames
        self._due: list[int] = []
        self._behind: list[int] | None = None  # what is due behind a jump back in time
        self._dts: int | None = None
        self._lost: dict[tuple[int | None, int | None], float | None] = {}
        self._without_frame: dict[int, float | None] = {}
        self._broken: Lost = None
        self._packets = self._shown = 0
        self._first: int | None = None
        self._last: int | None = None
        self._end_of_any = self._end = float("-inf")
        self._before: float | None = None
        self._steps: Counter[int] = Counter()  # by milliseconds, to which many formats round
        self._seconds: dict[int, float] = {}  # and how long those are together
        self._usual = 0  # the most frequent of them
        self._holes: list[tuple[float, float]] = []
        self._broke_off = False
        self._whole = True  # read from its start, without a seek

    def moved(self) -> None:
        """Reading goes on at another place: what was due does not come, and not all is seen."""
        self._due, self._behind, self._whole = [], None, False
        self._dts = self._before = self._last = self._first = None

    def packet(self, packet: Packet[Stream]) -> None:
        """A packet of any stream was read."""
        shown = packet.pts if packet.pts is not None else packet.dts
        seconds = in_seconds(shown, packet.time_base)
        if seconds is None:
            return
        length = in_seconds(packet.duration, packet.time_base) or 0.0
        self._end_of_any = max(self._end_of_any, seconds + length)
        if packet.stream.index == self._stream:
            self._packets += 1
            if self._dts is not None and packet.dts is not None and packet.dts <= self._dts:
                self._behind = []
            self._dts = packet.dts if packet.dts is not None else self._dts
            if self._one_each and packet.pts is not None and not packet.is_discard:
                heapq.heappush(self._due if self._behind is None else self._behind, packet.pts)

    def frame(self, frame: VideoFrame) -> None:
        """A frame was decoded; those that were due before it will not come."""
        self._shown += 1
        shown = frame.pts
        if shown is None or (self._last is not None and shown <= self._last):
            self._due, self._behind, self._first = self._behind or [], None, None
        if shown is not None:
            self._first = shown if self._first is None else self._first
            self._miss_until(shown, frame)
        self._last = shown

    def _miss_until(self, shown: int, frame: VideoFrame) -> None:
        while self._due and self._due[0] <= shown:
            due = heapq.heappop(self._due)
            # Those before the first frame depend on what the file never held.
            if due != shown and self._first is not None and due > self._first:
                self._without_frame.setdefault(due, in_seconds(due, frame.time_base))

    def timed(self, timed: Timed) -> None:
        """A frame has its time."""
        before, self._before = self._before, timed.seconds
        self._end = max(self._end, timed.seconds + self._length(timed))
        if before is None or timed.jump:
            return
        step = timed.seconds - before
        self._note_step(step)
        if self._is_long(step) and len(self._holes) < _MOST_HOLES:
            hole = (before, step)
            if hole not in self._holes:
                self._holes.append(hole)

    def _note_step(self, step: float) -> None:
        milliseconds = round(step * 1000)
        self._steps[milliseconds] += 1
        self._seconds[milliseconds] = self._seconds.get(milliseconds, 0.0) + step
        if self._steps[milliseconds] > self._steps[self._usual]:
            self._usual = milliseconds

    def _is_long(self, step: float) -> bool:
        """Whether a frame or more is missing in a step, if the steps are those of a rate."""
        return step * 1000.0 > max(_ONE_MISSING * self._usual, self._usual + self._near())

    def _near(self) -> float:
        """By how many milliseconds steps of one rate differ: rounding, and the clock's grain."""
        return 1.0 + 0.02 * self._usual

    def _length(self, timed: Timed) -> float:
        frame = timed.frame
        return in_seconds(frame.duration or None, frame.time_base) or self._period

    def lost(self, lost: Lost) -> None:
        """A packet or a frame was left out; None: the file breaks off."""
        if lost is None:
            self._broke_off = True
        elif self._one_each and isinstance(lost, Packet):
            # The decoder's threads tell late; whether its frame comes will show.
            self._broken = self._broken or lost
        else:
            shown = lost.pts if lost.pts is not None else lost.dts
            self._lost.setdefault((lost.pts, lost.dts), in_seconds(shown, lost.time_base))
            if lost.pts in self._due:
                self._due.remove(lost.pts)
                heapq.heapify(self._due)

    @property
    def met(self) -> int:
        """How many losses have been met: more of them make another `damage`."""
        return len(self._lost) + len(self._without_frame) + self._broke_off

    def damage(self, *, over: bool = False) -> Damage:
        """What is missing so far, or once the file is over."""
        if over and self._first is not None:
            # What was due behind the last frame.
            rest = [due for due in self._due if due > self._first]
            self._without_frame = {**dict.fromkeys(rest), **self._without_frame}
            self._due = []
        times = self._missing(over)
        known = [time for time in times if time is not None]
        frames = len(times)
        if over and self._whole and self._stated_frames:
            frames = max(frames, self._stated_frames - self._packets - self._leeway_frames())
        end, stated = self._ends() if over else (0.0, 0.0)
        outline = self._outline if over else ""
        return Damage(frames, min(known, default=None), self._broke_off, end, stated, outline)

    def _missing(self, over: bool) -> list[float | None]:
        """When each frame that is missing would have been shown."""
        found = list(self._lost.values())
        if len(self._without_frame) <= _TOO_MANY * self._packets or self._lost or self._broken:
            found += self._without_frame.values()
        if not found and self._broken is not None:
            shown = self._broken.pts if self._broken.pts is not None else self._broken.dts
            found.append(in_seconds(shown, self._broken.time_base))
        for begin, step in self._real_holes() if over else ():
            found = [t for t in found if t is None or not begin < t < begin + step]
            usual = self._usual_step()
            found += [begin + usual * i for i in range(1, max(round(step / usual), 2))]
        return found

    def _like_usual(self) -> dict[int, int]:
        """How often each step came that is like the most frequent one, by milliseconds."""
        return {ms: n for ms, n in self._steps.items() if abs(ms - self._usual) <= self._near()}

    def _usual_step(self) -> float:
        """The mean of those, in seconds: milliseconds are too coarse to count frames by."""
        near = self._like_usual()
        return max(sum(self._seconds[ms] for ms in near) / sum(near.values()), 0.001)

    def _real_holes(self) -> list[tuple[float, float]]:
        """The holes of a file that has a rate; elsewhere a long step is one like others.

        Also of an MP4, which writes down how long each frame is shown: whatever made it lack one
        wrote a length for the frame before.
        """
        total = sum(self._steps.values())
        near = self._like_usual()
        count = sum(near.values())
        if count < _HOLE_STEPS:
            return []
        usual = self._usual_step()
        # Those that were noted before the usual step was known may be none.
        long = [hole for hole in self._holes if self._is_long(hole[1])]
        if count < _STEPS_TO_JUDGE or not self._one_shows:
            most = max(_HOLE_SECONDS, _HOLE_STEPS * usual)
            holes = [hole for hole in long if hole[1] > most]
            pauses = []
        else:
            # Frames that are missing leave a multiple of the usual step, a pause any.
            spread = 0.001 + max(abs(self._seconds[ms] / n - usual) for ms, n in near.items())
            holes = [
                (begin, step)
                for begin, step in long
                if abs(step - usual * round(step / usual)) <= spread + _DRIFT * step
            ]
            pauses = [hole for hole in long if hole not in holes]
        rare = len(holes) <= _RARE * total + _FEW and len(pauses) <= len(holes)
        return holes if rare and count + len(long) >= _STEADY * total else []

    def _leeway_frames(self) -> int:
        return 1 + self._stated_frames // 1000

    def _ends(self) -> tuple[float, float]:
        """Where it ends and where it says so: equal but for a file that was cut off."""
        if self._stated is None or self._end < 0:
            return self._end, self._end
        # Sound may go on longer than the video, but not beyond the end of the file.
        there = self._end if self._only_video else max(self._end_of_any, self._end)
        leeway = max(0.1, 0.01 * self._stated, 3.0 * self._period)
        cut = self._stated - there > leeway
        return self._end, (self._stated if cut else self._end)
