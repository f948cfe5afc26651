"""A recorded session as the review window shows it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..reading import FIELDS, Reading
from ..session_reading import Session, read_session
from ..summary import session_peaks
from .plates import signed
from .series import Series, add_frame
from .timeline_plot import Marker

OTHER: Final = 1000
"""Added to the face numbers of a session that is compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """A session, frame by frame.

    Attributes:
        path: its folder.
        facts: (name, value) of how it was recorded.
        warnings: what is missing or was mended, a sentence each.
        time: seconds of the source's clock, strictly rising, float64 [n].
        frames: the readings of each of these n frames.
        events: markers.
        peaks: prominent moments of the smoothed curves, each with its axis.
        video: the stored pictures, or None.
    """

    path: Path
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    time: NDArray[np.float64]
    frames: tuple[tuple[Reading, ...], ...]
    events: tuple[Marker, ...]
    peaks: tuple[tuple[Marker, str], ...]
    video: Path | None

    @property
    def start(self) -> float:
        """Time of the first frame."""
        return float(self.time[0]) if self.time.size else 0.0

    @property
    def end(self) -> float:
        """Time of the last frame."""
        return float(self.time[-1]) if self.time.size else 0.0

    def at(self, time: float) -> int | None:
        """The frame nearest to a time, None for a session without frames."""
        if not self.time.size:
            return None
        right = int(np.searchsorted(self.time, time))
        near = [row for row in (right - 1, right) if 0 <= row < self.time.size]
        return min(near, key=lambda row: abs(float(self.time[row]) - time))

    def span(self, start: float, end: float) -> range:
        """The frames between two times, both included."""
        low = int(np.searchsorted(self.time, start, side="left"))
        return range(low, int(np.searchsorted(self.time, end, side="right")))


def load(path: Path) -> Review:
    """Open a session folder. Raises `InputError` for a folder that is none."""
    session = read_session(path)
    columns = [session.readings[name].tolist() for name in FIELDS]
    time, frames = in_order(Reading(*row) for row in zip(*columns, strict=True))
    return Review(
        path=session.path,
        facts=tuple(_facts(session.info)),
        warnings=session.damaged,
        time=time,
        frames=frames,
        events=tuple(Marker(event.timestamp, event.label) for event in session.events),
        peaks=tuple(_peaks(session)),
        video=session.video,
    )


def _peaks(session: Session) -> Iterator[tuple[Marker, str]]:
    several = len(session.faces) > 1
    for peak in session_peaks(session):
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


def in_order(
    readings: Iterable[Reading],
) -> tuple[NDArray[np.float64], tuple[tuple[Reading, ...], ...]]:
    """Rows as frames in order of time. A file that was wound back while recording has several rows
    for a moment: the last ones count."""
    frames = {
        timestamp: tuple(rows) for timestamp, rows in groupby(readings, key=lambda r: r.timestamp)
    }
    times = sorted(frames)
    return np.array(times, np.float64), tuple(frames[time] for time in times)


def beside(review: Review, other: Review) -> tuple[dict[int, Series], dict[int, str]]:
    """The faces of another session, moved so that both sessions begin together: series and names,
    under face numbers that begin at `OTHER`."""
    found: dict[int, Series] = {}
    for moment, readings in zip(other.time, other.frames, strict=True):
        add_frame(found, float(moment), readings)
    shift = review.start - other.start
    moved = {OTHER + number: one.shifted(OTHER + number, shift) for number, one in found.items()}
    return moved, {number: f"{other.path.name}, face {number - OTHER}" for number in moved}


def save_events(folder: Path, events: Sequence[Marker]) -> None:
    """Write `events.csv` anew, so that it is at every moment either the old or the new one."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("timestamp", "label"))
    for event in sorted(events, key=lambda event: event.time):
        writer.writerow((repr(float(event.time)), event.label))
    _replace(folder / "events.csv", text.getvalue())


def save_readings(path: Path, frames: Iterable[Sequence[Reading]]) -> int:
    """Write readings as CSV with the columns of `frames.csv`; how many rows were written."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    count = 0
    for readings in frames:
        for reading in readings:
            cells = [getattr(reading, name) for name in FIELDS]
            writer.writerow([int(cell) if isinstance(cell, bool) else cell for cell in cells])
            count += 1
    _replace(path, text.getvalue())
    return count


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
