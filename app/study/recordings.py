"""The recordings of a study: found, told apart, and each with its participant and condition."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

from ...model.errors import InputError
from ..session.bids_reader import files_of, find_bids, read_bids
from ..session.delimited import number, read_table
from ..session.reader import EVENTS, FRAMES, Session, read_session
from .events import ENDINGS, read_events
from .listed import ListedEvent, StudyEvent, as_study_event
from .participants import label
from .words import Remark, counted
from .xdf import xdf_events

RECORDINGS = "recordings.tsv"
_LABELS = ("participant", "session", "condition")


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of a study: a session folder, or a recording of a BIDS data set.

    Args:
        name: its path below the study's folder, with `/`.
        path: the folder, or what the names of its files in the data set begin with.
        participant, session, condition: whom and what it shows; "" where nobody said.
        info: what its `session.json` or sidecar says.
        event_offset: seconds by which its event files' clock is behind the readings'; None where
            recordings.tsv does not say.
    """

    name: str
    path: Path
    participant: str
    session: str
    condition: str
    info: Mapping[str, Any]
    event_offset: float | None = None


def find_recordings(folder: Path) -> list[Path]:
    """The session folders in a folder and below it or, where there are none, the recordings of a
    BIDS data set, sorted by path; links to folders are not followed.

    Raises `InputError` where there are neither.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}: name the folder that holds the sessions.")
    found = [Path(root) for root, _, files in os.walk(folder) if FRAMES in files]
    found = found or find_bids(folder)
    if not found:
        raise InputError(
            f"There is no session in {folder} or below it: a session is a folder with {FRAMES}, "
            "as avce-live --record and avce-live batch make it, or a recording of a BIDS data set "
            "that avce-live export wrote."
        )
    return sorted(found)


def _read(path: Path) -> tuple[bytes, Session]:
    """A recording, and a digest of its readings."""
    if path.is_dir():
        digest = hashlib.sha256((path / FRAMES).read_bytes()).digest()
        return digest, read_session(path)
    contents = b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files_of(path))
    return hashlib.sha256(contents).digest(), read_bids(path)


class Roster:
    """Who is on which recording: its session.json, and recordings.tsv above that.

    `recordings.tsv` has `recording` (the folder's name) or `source` (the file that was analysed),
    and any of `participant`, `session`, `condition`, `event_offset` (s).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        path = folder / RECORDINGS
        table = read_table(path) if path.is_file() else None
        self._rows = table.rows if table else []
        if table and self._rows and not {"recording", "source"} & set(table.names):
            raise InputError(f"{path} needs a column recording or source.")
        self._used: set[int] = set()

    def recording(self, path: Path, info: Mapping[str, Any]) -> Recording:
        """The recording at a path that `find_recordings` gave."""
        name = path.relative_to(self._folder).as_posix()
        name = path.resolve().name if name == "." else name
        told = {key: label(info.get(key), _PREFIX.get(key, "")) for key in _LABELS}
        source = (info.get("source") or {}).get("name")
        offset: float | None = None
        for i, (line, row) in enumerate(self._rows):
            own, video = row.get("recording", ""), row.get("source", "")
            if (own in (name, path.name) and own) or (video and video == source):
                self._used.add(i)
                given = {key: label(row.get(key), _PREFIX.get(key, "")) for key in _LABELS}
                told |= {key: text for key, text in given.items() if text}
                offset = self._offset(line, row)
        return Recording(name, path, **told, info=info, event_offset=offset)

    def _offset(self, line: int, row: Mapping[str, str]) -> float | None:
        try:
            seconds = number(row.get("event_offset", ""))
        except ValueError:
            where = f"{self._folder / RECORDINGS}, row {line}"
            raise InputError(f"{where}: event_offset must be a number of seconds.") from None
        return seconds if isfinite(seconds) else None

    def unused(self) -> list[str]:
        """What recordings.tsv names and the folder does not hold."""
        rows = (row for i, (_, row) in enumerate(self._rows) if i not in self._used)
        return [row.get("recording") or row.get("source", "") for row in rows]


_PREFIX = {"participant": "sub-", "session": "ses-"}


def read_recordings(
    folder: Path, exclude: Mapping[str, str], remarks: list[Remark]
) -> Iterator[tuple[Recording, Session]]:
    """Each recording with its session, one at a time, in the order of their names; numbers of one
    person that were merged are one.

    What is excluded, cannot be read, is empty or holds the very readings of another one is left
    out, with a remark.
    """
    roster, seen, videos = Roster(folder), dict[bytes, Recording](), dict[str, list[_Part]]()
    excluded = dict(exclude)
    named: set[str] = set()
    for path in find_recordings(folder):
        try:
            digest, session = _read(path)
        except (InputError, OSError) as error:
            name = path.relative_to(folder).as_posix()
            remarks.append(Remark("excluded", f"It cannot be read: {error}", name))
            continue
        recording = roster.recording(path, session.info)
        if not recording.participant:
            # Nobody said who it is: then it is nobody else either.
            recording = replace(recording, participant=recording.name)
            remarks.append(_about(recording, "note", "No participant is named: it stands alone."))
        asked = {recording.name, path.name, recording.participant} & excluded.keys()
        named |= asked
        if asked:
            reason = "; ".join(excluded[key] for key in sorted(asked))
            remarks.append(_about(recording, "excluded", reason))
        elif session.growing:
            remarks.append(_about(recording, "excluded", "It is still being recorded."))
        elif not len(session):
            remarks.append(_about(recording, "excluded", "It has no readings."))
        elif digest in seen:
            first = seen[digest]
            if _told(first) != _told(recording):
                raise InputError(
                    f"{first.name} and {recording.name} hold the same readings and are said to be "
                    f"{', '.join(_told(first))} and {', '.join(_told(recording))}: exclude one."
                )
            same = f"It holds the very readings of {first.name}."
            remarks.append(_about(recording, "excluded", same))
        else:
            seen[digest] = recording
            remarks += [_about(recording, "note", words) for words in session.remarks]
            remarks += _seen_before(recording, session, videos)
            yield recording, session.by_person()
    unknown = [*roster.unused()]
    remarks += [Remark("note", f"{RECORDINGS} names '{u}', which is not there.") for u in unknown]
    for key in excluded.keys() - named:
        raise InputError(
            f"exclude names '{key}', which is neither a recording nor a participant here."
        )


_Part = tuple[float, float, str]
"""From when to when of a file (s), and the recording's name."""


def _seen_before(
    recording: Recording, session: Session, videos: dict[str, list[_Part]]
) -> Iterator[Remark]:
    """What is to be said where a part of the same file was analysed twice, as by another model:
    the same seconds of a person count twice."""
    file = (recording.info.get("source") or {}).get("file")
    if not isinstance(file, dict):
        return
    times = session.readings["timestamp"]
    first, last = float(times[0]), float(times[-1])
    parts = videos.setdefault(json.dumps(file, sort_keys=True), [])
    for begin, end, name in parts:
        if first <= end and begin <= last:
            words = f"It shows the same part of {file.get('name')} as {name}, and both count: "
            yield _about(recording, "note", words + "exclude one.")
    parts.append((first, last, recording.name))


def _told(recording: Recording) -> list[str]:
    """Whom and what a recording is said to show; nothing where that is only its own name."""
    who = "" if recording.participant == recording.name else recording.participant
    words = (who, recording.session, recording.condition)
    return [word or "nobody said" for word in words]


def _about(recording: Recording, kind: Any, reason: str) -> Remark:
    return Remark(kind, reason, recording.name, recording.participant)


def common_events(path: Path | None, columns: Mapping[str, str]) -> list[ListedEvent]:
    """The events of a study's own list; [] where there is none. Raises `InputError` for a list
    without any."""
    if path is None:
        return []
    events = read_events(path, columns)
    if not events:
        raise InputError(f"{path} holds no event.")
    return events


def unclaimed_events(
    common: Sequence[ListedEvent], path: Path | None, taken: Sequence[Recording]
) -> list[Remark]:
    """What is to be said of the events of a study's own list that are of none of its recordings:
    a label that is spelt otherwise would lose them all."""
    lost = [
        listed
        for listed in common
        if not any(
            listed.belongs(name, each.participant, each.session)
            for each in taken
            for name in (each.name, each.path.name)
        )
    ]
    if not lost:
        return []
    first = lost[0]
    told = {
        "recording": first.recording,
        "participant": first.participant,
        "session": first.session,
    }
    whose = ", ".join(f"{what} '{name}'" for what, name in told.items() if name)
    words = f"{len(lost)} of {counted(len(common), 'event')} of {path} are of no recording here"
    return [Remark("note", f"{words}, the first of {whose}.")]


def recording_events(
    recording: Recording, session: Session, common: Sequence[ListedEvent], offset: float = 0.0
) -> list[StudyEvent]:
    """All events of a recording, by onset: its markers, the event files in its folder or named
    after it beside it, and those of the study's list that are its own; each once. Times of event
    files count `offset` seconds later, or by what recordings.tsv says; those of XDF files are
    related to the readings by what is in them."""
    offset = offset if recording.event_offset is None else recording.event_offset
    path = recording.path
    beside = [path.with_name(path.name + ending) for ending in ENDINGS]
    inside = [
        each
        for each in (sorted(path.iterdir()) if path.is_dir() else ())
        if each.name != EVENTS and each.name.endswith((*ENDINGS, "events.tsv")) and each.is_file()
    ]
    events = {as_study_event(marker): None for marker in session.events}
    for file in (*inside, *(each for each in beside if each.is_file())):
        found = [listed.event for listed in read_events(file)]
        events |= {_later(event, offset): None for event in found}
    for file in (*sorted(path.glob("*.xdf")), path.with_name(f"{path.name}.xdf")):
        if file.is_file():
            events |= dict.fromkeys(xdf_events(file, session))
    mine = (recording.participant, recording.session)
    for listed in common:
        if any(listed.belongs(name, *mine) for name in (recording.name, path.name)):
            events[_later(listed.event, offset)] = None
    return sorted(events, key=lambda event: (event.onset, event.label))


def _later(event: StudyEvent, seconds: float) -> StudyEvent:
    return replace(event, onset=event.onset + seconds) if seconds else event
