"""A recorded session as the review window shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....model.errors import InputError
from ....model.metrics import AXES
from ....model.session_people import People
from ...session.edits import change_markers
from ...session.export import export_csv
from ...session.peaks import Peak, session_peaks
from ...session.reader import EVENTS, Event, Session, read_session
from ...session.seen import seen
from ...session.video import frame_starts, frame_times
from ...settings import ABOUT
from ..widgets.labels import signed
from ..widgets.series import Series
from ..widgets.timeline_plot import Marker
from .frames import Frames, in_order, series_of
from .markers import Markers

OTHER: Final = 1000
"""Added to the face numbers of a session that is compared."""
MOST_FACES: Final = 32
MOST_MARKERS: Final = 2000


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
        video: the stored video, or None.
        frame_times: when the video shows each frame, float64 [n].
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
    frame_times: NDArray[np.float64]
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

    def name(self, face: int) -> str:
        """What a face is called: its name, or its number."""
        return self.session.people.words(face)

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


def load(path: Path) -> Review:
    """Open a session folder. Raises `InputError` for a folder that is none."""
    session = read_session(path)
    if len(session.events) > MOST_MARKERS:
        raise InputError(
            f"{session.path / EVENTS} holds {len(session.events)} markers; a review shows "
            f"at most {MOST_MARKERS}: split them over several sessions."
        )
    merged = session.by_person()
    time, frames = in_order(merged.readings)
    warnings = [*session.remarks]
    if session.info.get("video") and session.video is None:
        warnings.append("The video is missing.")
    if not time.size:
        warnings.append("This session has no rows: nothing was recorded.")
    series = series_of(time, frames)
    if len(series) > MOST_FACES:
        kept = sorted(series, key=lambda face: -len(series[face]))[:MOST_FACES]
        warnings.append(f"Only the {MOST_FACES} of {len(series)} faces seen most are plotted.")
        series = {face: series[face] for face in sorted(kept)}
    if session.growing:
        warnings.append("This session is still being recorded: edit its markers once it has ended.")
    found = tuple(session_peaks(merged, series))
    return Review(
        session=session,
        facts=(*_facts(session.info), *_conditions(session)),
        warnings=tuple(warnings),
        time=time,
        frames=frames,
        series=series,
        events=as_markers(session.events),
        peaks=tuple(_peaks(found, session.people, several=len(series) > 1)),
        found=found,
        video=session.video,
        frame_times=_frame_times(session, frames),
        growing=session.growing,
    )


def _frame_times(session: Session, frames: Frames) -> NDArray[np.float64]:
    times = frame_times(session)
    # Both count rows of the file; the frames are in order of time.
    return times[np.searchsorted(frame_starts(session), frames.starts, side="right") - 1]


def _peaks(found: Sequence[Peak], people: People, *, several: bool) -> Iterator[tuple[Marker, str]]:
    for peak in found:
        face = f", {people.words(peak.face_id)}" if several else ""
        yield Marker(peak.timestamp, f"{peak.axis} {signed(peak.value)}{face}"), peak.axis


def _conditions(session: Session) -> Iterator[tuple[str, str]]:
    """How well the faces were seen; nothing for sessions that do not say it."""
    found = seen(session.readings)
    if found is not None:
        yield "conditions", found.share
        for axis in AXES:
            yield f"mean {axis}", found.means(axis)


def _facts(info: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What `session.json` says, in words; what it does not say is left out."""
    for name, keys in (
        ("recorded", ("started",)),
        ("source", ("source", "name")),
        ("source type", ("source", "kind")),
        ("model", ("model", "file")),
        ("execution provider", ("model", "provider")),
        ("maximum number of faces", ("faces", "max_faces")),
        ("frames seen", ("counts", "frames_seen")),
        ("frames dropped", ("counts", "frames_dropped")),
        ("frames without a face", ("counts", "frames_without_face")),
        ("baselines", ("baselines",)),
        ("app version", ("app_version",)),
        *((name, (name,)) for name in ABOUT),
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
    return moved, {number: f"{other.path.name}, {other.name(number - OTHER)}" for number in moved}


def store_markers(folder: Path, known: Sequence[Marker], wanted: Sequence[Marker]) -> Markers:
    """Change what `events.csv` holds from what is known of it to what is wanted; all that it holds
    now, also what another window stored meanwhile."""
    now = change_markers(folder, _events(known), _events(wanted))
    return as_markers(now)


def _events(markers: Sequence[Marker]) -> list[Event]:
    return [Event(marker.time, marker.label, marker.duration) for marker in markers]


def as_markers(events: Sequence[Event]) -> Markers:
    """What is stored, as it is shown."""
    return tuple(Marker(event.timestamp, event.label, duration=event.duration) for event in events)


def save_readings(path: Path, review: Review, frames: range) -> int:
    """Write readings as CSV in place of what is there; how many rows."""
    shown = review.frames
    spans = [np.arange(shown.starts[frame], shown.ends[frame]) for frame in frames]
    rows = np.concatenate([np.empty(0, np.intp), *spans])
    export_csv(review.session, path, rows=rows, overwrite=True)
    return len(rows)
