"""Session folders, read back: also those whose program was killed in the middle of a line."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...model.anchors import BEFORE_RULES, RULES, AnchorRule, parse_rule
from ...model.errors import InputError
from ...model.session_files import EVENTS, FRAMES, INFO
from ...model.session_people import People, read_people
from ..sources.base import Discontinuity, listed
from .gaps import Gap
from .recording_lock import is_being_recorded
from .rows import FIRST_FIELDS, HEADER, Columns, is_moment, read_rows
from .spreadsheets import bare

FORMAT = 1
_MOST_BYTES = {FRAMES: 2_000_000_000, EVENTS: 20_000_000, INFO: 20_000_000}
_SECTIONS = ("clock", "source", "model", "software", "faces", "smoothing", "baselines", "counts")


@dataclass(frozen=True, slots=True)
class Event:
    """A marker: seconds of the source's clock, what it says, and how many seconds it lasts, 0 for a
    moment."""

    timestamp: float
    label: str
    duration: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A session, read from its folder.

    Args:
        path: the folder.
        info: what `session.json` says; {} where it is missing or broken.
        readings: a column [N] by name: those of `FIELDS` with the types of `COLUMNS`, infinite
            nowhere, nan (or "" for text) for what is missing; then those that a newer version
            added.
        events: markers in the order in which they were set.
        damaged: what is missing or broken, a sentence each; () for a session that is whole.
        people: who the faces are, as said afterwards; not applied to the readings.
        growing: a program is writing it right now; else one without its end was interrupted.
    """

    path: Path
    info: dict[str, Any]
    readings: Columns
    events: tuple[Event, ...] = ()
    damaged: tuple[str, ...] = ()
    growing: bool = False
    people: People = field(default_factory=People)

    def __len__(self) -> int:
        return len(self.readings["frame"])

    @property
    def faces(self) -> list[int]:
        """The numbers of the faces in it, ascending."""
        numbers = self.readings["face_id"][self.readings["success"]]
        return [int(number) for number in np.unique(numbers)]

    def by_person(self) -> Session:
        """The session with one number for each person: the lowest of those that were merged."""
        if not self.people.same:
            return self
        numbers = self.people.numbers(self.readings["face_id"])
        return replace(self, readings={**self.readings, "face_id": numbers})

    def with_people(self) -> Columns:
        """The readings, and where somebody said who the faces are, `person` and `face_name` too."""
        people = self.people.columns(self.readings["face_id"]) if self.people else {}
        return {**self.readings, **people}

    def of_face(self, face_id: int) -> Columns:
        """The columns of one face."""
        rows = (self.readings["face_id"] == face_id) & self.readings["success"]
        return {name: column[rows] for name, column in self.readings.items()}

    @property
    def source_damage(self) -> tuple[str, ...]:
        """What the source lacked, a sentence each."""
        source = self.info.get("source")
        facts = source if isinstance(source, dict) else {}
        damaged, skipped = facts.get("damaged"), facts.get("skipped")
        said = [damaged] if isinstance(damaged, str) and damaged else []
        if isinstance(skipped, list) and skipped:
            said.append(f"Left out, as it could not be read: {listed([*map(str, skipped)])}.")
        return tuple(said)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where no frame of a live source came."""
        listed = self.info.get("gaps")
        found = []
        for gap in listed if isinstance(listed, list) else ():
            with suppress(TypeError, ValueError, KeyError, OverflowError):
                found.append(Gap(float(gap["timestamp"]), float(gap["seconds"])))
        return tuple(found)

    @property
    def remarks(self) -> tuple[str, ...]:
        """All that is missing or odd of the session and of its source, a sentence each."""
        odd = map(str, (*self.discontinuities, *self.gaps))
        return (*self.damaged, *self.source_damage, *odd)

    @property
    def discontinuities(self) -> tuple[Discontinuity, ...]:
        """Where the source's own time jumped."""
        source = self.info.get("source")
        listed = source.get("discontinuities") if isinstance(source, dict) else None
        found = []
        for jump in listed if isinstance(listed, list) else ():
            with suppress(TypeError, ValueError, KeyError, OverflowError):
                found.append(Discontinuity(float(jump["timestamp"]), float(jump["seconds"])))
        return tuple(found)

    @property
    def video(self) -> Path | None:
        """The recorded frames, None where none were recorded."""
        name = self.info.get("video")
        path = self.path / Path(name).name if isinstance(name, str) and name else None
        return path if path is not None and path.is_file() else None


def anchors_of(session: Session) -> AnchorRule:
    """Where the labels of the session's model put emotions; the words' rule where it does not say,
    which was that of all models before there was a choice."""
    model = session.info.get("model")
    said = model.get("anchors") if isinstance(model, dict) else None
    try:
        return parse_rule(None if said is None else json.dumps(said))
    except ValueError:
        return RULES[BEFORE_RULES]


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
        events = read_events(path / EVENTS, damaged)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).") from error
    growing = info.get("status") == "recording" and is_being_recorded(path)
    if info and info.get("status") != "complete" and not growing:
        damaged.append("The recording was interrupted: its counts may be out of date.")
    people = read_people(path, damaged)
    return Session(path, info, readings, events, tuple(damaged), growing, people)


def _read_info(path: Path, damaged: list[str]) -> dict[str, Any]:
    if not path.is_file():
        damaged.append(f"{INFO} is missing: source and model are unknown.")
        return {}
    try:
        info = json.loads(_bytes_of(path).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        info = None
    if not isinstance(info, dict):
        damaged.append(f"{INFO} is broken: source and model are unknown.")
        return {}
    version = info.get("format")
    if not isinstance(version, int) or version > FORMAT:
        raise InputError(
            f"{path} has session format {version!r}, this version reads up to {FORMAT}: "
            "open it with a newer version of avce-live."
        )
    for name in _SECTIONS:
        if not isinstance(info.setdefault(name, {}), dict):
            damaged.append(f"{INFO} has no readable {name}.")
            info[name] = {}
    if not _are_baselines(info["baselines"], info.setdefault("earlier_baselines", [])):
        damaged.append(f"{INFO} says nothing readable about its baselines.")
        info["baselines"], info["earlier_baselines"] = {}, []
    return info


def _are_baselines(now: dict[str, Any], earlier: object) -> bool:
    """Whether these are baselines by face number, and a list of some with their numbers."""
    known = all(i.isdecimal() and isinstance(each, dict) for i, each in now.items())
    return (
        known
        and isinstance(earlier, list)
        and all(isinstance(b, dict) and isinstance(b.get("face_id"), int) for b in earlier)
    )


def _read_frames(path: Path, damaged: list[str]) -> Columns:
    data = _bytes_of(path).replace(b"\r\n", b"\n")
    if b"\n" not in data and (HEADER.startswith(data) or data.startswith(HEADER[:-1])):
        damaged.append(f"{FRAMES} ends within its header.")
        data = HEADER
    # A line without its end may look whole and still lack digits.
    end = data.rfind(b"\n") + 1
    if end < len(data):
        damaged.append(f"The last line of {FRAMES} was cut off and is left out.")
    try:
        rows, wrong = read_rows(data[:end])
    except ValueError as error:
        columns = ", ".join(FIRST_FIELDS)
        raise InputError(
            f"{path} does not start with the columns of a session ({columns})."
        ) from error
    if wrong:
        damaged.append(
            f"{len(wrong)} unreadable line(s) of {FRAMES} are left out, the first is {wrong[0]}."
        )
    return rows


def read_events(path: Path, damaged: list[str]) -> tuple[Event, ...]:
    """The markers of an `events.csv`; what is missing or broken is added to `damaged`."""
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
        moment = _moment(cells[0]) if len(cells) in (2, 3) else None
        lasts = _moment(cells[2] or "0") if len(cells) == 3 else 0.0
        if moment is None or lasts is None or lasts < 0:
            wrong += 1
        else:
            events.append(Event(moment, bare(cells[1]), lasts))
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
            "may have: it is not a session, or must be split."
        )
    return path.read_bytes()
