"""Session folders, read back: also those whose program was killed in the middle of a line."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.errors import InputError
from .reading import FIELDS
from .session_rows import is_moment, read_rows

FORMAT = 1
INFO, FRAMES, EVENTS = "session.json", "frames.csv", "events.csv"
HEADER = (",".join(FIELDS) + "\n").encode()
_MOST_BYTES = {FRAMES: 2_000_000_000, EVENTS: 20_000_000, INFO: 20_000_000}
_SECTIONS = ("clock", "source", "model", "software", "faces", "smoothing", "baselines", "counts")
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Event:
    """A marker: seconds of the source's clock, and what it says."""

    timestamp: float
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A session, read from its folder.

    Args:
        path: the folder.
        info: what `session.json` says; {} where it is missing or broken.
        readings: a column [N] by each name of `FIELDS`: `frame` and `face_id` int64, `timestamp`
            finite float64, `success` bool, the others finite float32, nan for what is missing.
        events: markers in the order in which they were set.
        damaged: what is missing or broken, a sentence each; () for a session that is whole.
    """

    path: Path
    info: dict[str, Any]
    readings: Columns
    events: tuple[Event, ...] = ()
    damaged: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.readings["frame"])

    @property
    def faces(self) -> list[int]:
        """The numbers of the faces in it, ascending."""
        numbers = self.readings["face_id"][self.readings["success"]]
        return [int(number) for number in np.unique(numbers)]

    def of_face(self, face_id: int) -> Columns:
        """The columns of one face."""
        rows = (self.readings["face_id"] == face_id) & self.readings["success"]
        return {name: column[rows] for name, column in self.readings.items()}

    @property
    def video(self) -> Path | None:
        """The recorded pictures, None where none were recorded."""
        name = self.info.get("video")
        path = self.path / Path(name).name if isinstance(name, str) and name else None
        return path if path is not None and path.is_file() else None


def read_session(path: Path | str) -> Session:
    """A session folder's contents; what is broken at its end is left out and named in `damaged`.

    Raises `InputError` for a folder that is no session, for columns of another kind and for a
    format that is newer than this version.
    """
    path = Path(path)
    if path.is_file() and path.name in (INFO, FRAMES, EVENTS):
        path = path.parent
    if not (path / FRAMES).is_file():
        raise InputError(f"{path} is not a session folder: there is no {FRAMES} in it.")
    damaged: list[str] = []
    try:
        info = _read_info(path / INFO, damaged)
        readings = _read_frames(path / FRAMES, damaged)
        events = _read_events(path / EVENTS, damaged)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).") from error
    return Session(path, info, readings, events, tuple(damaged))


def _read_info(path: Path, damaged: list[str]) -> dict[str, Any]:
    if not path.is_file():
        damaged.append(f"{INFO} is missing: source and network are unknown.")
        return {}
    try:
        info = json.loads(_bytes_of(path).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        info = None
    if not isinstance(info, dict):
        damaged.append(f"{INFO} is broken: source and network are unknown.")
        return {}
    version = info.get("format")
    if not isinstance(version, int) or version > FORMAT:
        raise InputError(
            f"{path} has session format {version!r}, this version reads up to {FORMAT}: "
            "open it with a newer version of avce-live."
        )
    for name in _SECTIONS:
        if not isinstance(info.setdefault(name, {}), dict):
            damaged.append(f"{INFO} says nothing readable about its {name}.")
            info[name] = {}
    if info.get("status") != "complete":
        damaged.append("The recording was interrupted: its counts may be out of date.")
    return info


def _read_frames(path: Path, damaged: list[str]) -> Columns:
    data = _bytes_of(path).replace(b"\r\n", b"\n")
    if len(data) < len(HEADER) and HEADER.startswith(data):
        damaged.append(f"{FRAMES} ends within its header.")
        data = HEADER
    if not data.startswith(HEADER):
        raise InputError(
            f"{path} does not start with the columns of a session ({', '.join(FIELDS)})."
        )
    # A line without its end may look whole and still lack digits.
    end = data.rfind(b"\n") + 1
    if end < len(data):
        damaged.append(f"The last line of {FRAMES} was cut off and is left out.")
    rows, wrong = read_rows(data[len(HEADER) : end])
    if wrong:
        damaged.append(
            f"{len(wrong)} unreadable line(s) of {FRAMES} are left out, the first is {wrong[0]}."
        )
    return rows


def _read_events(path: Path, damaged: list[str]) -> tuple[Event, ...]:
    if not path.is_file():
        damaged.append(f"{EVENTS} is missing.")
        return ()
    text = _bytes_of(path).decode("utf-8", "replace")
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error:
        damaged.append(f"{EVENTS} is broken.")
        return ()
    # A label may hold line ends, so a cut is also a quotation mark without its partner.
    if rows and (not text.endswith("\n") or text.count('"') % 2):
        rows.pop()
        damaged.append(f"The last line of {EVENTS} was cut off and is left out.")
    events, wrong = [], 0
    for cells in rows[1:]:
        moment = _moment(cells[0]) if len(cells) == 2 else None
        if moment is None:
            wrong += 1
        else:
            events.append(Event(moment, cells[1]))
    if wrong:
        damaged.append(f"{wrong} unreadable line(s) of {EVENTS} are left out.")
    return tuple(events)


def _moment(text: str) -> float | None:
    """Seconds, None where the text is no moment."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if is_moment(seconds) else None


def _bytes_of(path: Path) -> bytes:
    size, most = path.stat().st_size, _MOST_BYTES[path.name]
    if size > most:
        raise InputError(
            f"{path} has {size / 1e6:.0f} MB, more than the {most / 1e6:.0f} MB that a session "
            "may have: it is no session, or has to be cut into parts."
        )
    return path.read_bytes()
