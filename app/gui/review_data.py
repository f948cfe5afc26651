"""A recorded session as the review window shows it."""

from __future__ import annotations

import time as clocks
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from ..session_files import replace_file, row
from ..session_reading import EVENTS, FRAMES, HEADER, Session, read_session
from ..session_rows import EVENTS_HEADER, event_line
from ..session_video import frame_starts, picture_times
from ..summary import Peak, session_peaks
from .plates import signed
from .review_frames import Frames, in_order, series_of
from .series import Series
from .timeline_plot import Marker

OTHER: Final = 1000
"""Added to the face numbers of a session that is compared."""
MOST_FACES: Final = 32
MOST_MARKERS: Final = 2000
_STILL_WRITTEN_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """A session, frame by frame.

    Attributes:
        session: as it was read.
        facts: (name, value) of how it was recorded.
        warnings: what is missing or was mended, a sentence each.
        time: seconds of the source's clock, strictly rising, float64 [n].
        frames: the readings of each of these n frames.
        series: the curves of each face that is drawn.
        events: markers.
        peaks: prominent moments of the smoothed curves, each with its axis.
        found: the same peaks, as they were found.
        video: the stored pictures, or None.
        picture_times: when the video shows the picture of each frame, float64 [n].
        growing: somebody still writes it, so that its markers must not be changed.
    """

    session: Session
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    time: NDArray[np.float64]
    frames: Frames
    series: Mapping[int, Series]
    events: tuple[Marker, ...]
    peaks: tuple[tuple[Marker, str], ...]
    found: tuple[Peak, ...]
    video: Path | None
    picture_times: NDArray[np.float64]
    growing: bool = False

    @property
    def path(self) -> Path:
        """The session's folder."""
        return self.session.path

    @property
    def start(self) -> float:
        """Time of the first frame."""
        return float(self.time[0]) if self.time.size else 0.0

    @property
    def end(self) -> float:
        """Time of the last frame."""
        return float(self.time[-1]) if self.time.size else 0.0

    @property
    def main_face(self) -> int | None:
        """The face that was seen most, None where there is none."""
        return max(self.series, key=lambda face: len(self.series[face]), default=None)

    def at(self, time: float) -> int | None:
        """The frame nearest to a time, None for a session without frames."""
        if not self.time.size:
            return None
        right = int(np.searchsorted(self.time, time))
        near = [row for row in (right - 1, right) if 0 <= row < self.time.size]
        return min(near, key=lambda row: abs(float(self.time[row]) - time))

    def trail(self, face: int, time: float, seconds: float) -> list[tuple[float, float, float]]:
        """(time, valence, arousal), smoothed, of a face's last seconds up to a time."""
        if face not in self.series:
            return []
        series = self.series[face]
        low = int(np.searchsorted(series.time, time - seconds, side="left"))
        high = int(np.searchsorted(series.time, time, side="right"))
        part = np.stack([series.time[low:high], *series.values[2:4, low:high]], axis=1)
        return [(t, v, a) for t, v, a in part[np.isfinite(part).all(axis=1)].tolist()]

    def span(self, start: float, end: float) -> range:
        """The frames between two times, both included."""
        low = int(np.searchsorted(self.time, start, side="left"))
        return range(low, int(np.searchsorted(self.time, end, side="right")))


def load(path: Path, *, now: float | None = None) -> Review:
    """Open a session folder. Raises `InputError` for a folder that is none.

    `now` is the time of day in seconds since 1970, the clock's own for None.
    """
    session = read_session(path)
    if len(session.events) > MOST_MARKERS:
        raise InputError(
            f"{session.path / EVENTS} holds {len(session.events)} markers; a review shows "
            f"{MOST_MARKERS} at most: divide them among several sessions."
        )
    time, frames = in_order(session.readings)
    warnings = list(session.damaged)
    if session.info.get("video") and session.video is None:
        warnings.append("Its video is missing.")
    series = series_of(time, frames)
    if len(series) > MOST_FACES:
        kept = sorted(series, key=lambda face: -len(series[face]))[:MOST_FACES]
        warnings.append(f"The {MOST_FACES} faces seen most of {len(series)} are drawn.")
        series = {face: series[face] for face in sorted(kept)}
    growing = _is_growing(session, clocks.time() if now is None else now)
    if growing:
        warnings.append("It is still being recorded: its markers can be edited once it has ended.")
    found = tuple(session_peaks(session, series))
    return Review(
        session=session,
        facts=tuple(_facts(session.info)),
        warnings=tuple(warnings),
        time=time,
        frames=frames,
        series=series,
        events=tuple(Marker(event.timestamp, event.label) for event in session.events),
        peaks=tuple(_peaks(found, several=len(series) > 1)),
        found=found,
        video=session.video,
        picture_times=_picture_times(session, frames),
        growing=growing,
    )


def _picture_times(session: Session, frames: Frames) -> NDArray[np.float64]:
    times = picture_times(session)
    # Both count rows of the file; the frames are in order of time.
    return times[np.searchsorted(frame_starts(session), frames.starts, side="right") - 1]


def _is_growing(session: Session, now: float) -> bool:
    if session.info.get("status") != "recording":
        return False
    return now - (session.path / FRAMES).stat().st_mtime < _STILL_WRITTEN_SECONDS


def _peaks(found: Sequence[Peak], *, several: bool) -> Iterator[tuple[Marker, str]]:
    for peak in found:
        face = f", face {peak.face_id}" if several else ""
        yield Marker(peak.timestamp, f"{peak.axis} {signed(peak.value)}{face}"), peak.axis


def _facts(info: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What `session.json` says, in words; what it does not say is left out."""
    for name, keys in (
        ("recorded", ("started",)),
        ("source", ("source", "name")),
        ("kind of source", ("source", "kind")),
        ("network", ("model", "file")),
        ("ran on", ("model", "provider")),
        ("faces followed at most", ("faces", "max_faces")),
        ("frames analysed", ("counts", "frames_seen")),
        ("frames dropped", ("counts", "frames_dropped")),
        ("frames without a face", ("counts", "frames_without_face")),
        ("baselines", ("baselines",)),
        ("app version", ("app_version",)),
        ("note", ("note",)),
    ):
        value: Any = info
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if name == "baselines" and isinstance(value, Mapping):
            value = ", ".join(f"face {face}" for face in value) or "none"
        if name == "recorded" and isinstance(value, str):
            value = value[:19].replace("T", ", ")
        if value not in (None, ""):
            yield name, str(value)


def beside(review: Review, other: Review, shift: float) -> tuple[dict[int, Series], dict[int, str]]:
    """The faces of another session, `shift` seconds later: series and names, under face numbers
    that begin at `OTHER`."""
    moved = {
        OTHER + number: one.shifted(OTHER + number, shift) for number, one in other.series.items()
    }
    return moved, {number: f"{other.path.name}, face {number - OTHER}" for number in moved}


def save_events(folder: Path, events: Sequence[Marker]) -> None:
    """Write `events.csv` anew, so that it is at every moment either the old or the new one."""
    ordered = sorted(events, key=lambda event: event.time)
    lines = b"".join(event_line(event.time, event.label) for event in ordered)
    replace_file(folder / EVENTS, EVENTS_HEADER + lines)


def save_readings(path: Path, review: Review, frames: range) -> int:
    """Write readings as CSV, in the columns and digits of `frames.csv`; how many rows."""
    lines = [row(reading) for frame in frames for reading in review.frames[frame]]
    replace_file(path, HEADER + "".join(lines).encode())
    return len(lines)
