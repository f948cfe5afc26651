"""Changes to a session after it was recorded: its markers, and who its faces are.

Several windows, and several programs, may have one session open. Each says what it knows and what
it wants instead; only the difference is applied to what is on disk by then, so nothing that
another one stored meanwhile is lost.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple
from pathlib import Path
from typing import TypeVar

from ...model.session_people import PEOPLE, People, read_people, write_people
from ...model.system.file_lock import one_at_a_time
from .folder import replace_file
from .reader import EVENTS, Event, read_events
from .rows import events_table

LOCK = ".edits.lock"
DAMAGED = ".damaged"
"""Ending of the copy that is kept of a file of which something could not be read."""
_PATIENCE_SECONDS = 5.0
Value = TypeVar("Value")


def change_markers(
    folder: Path, known: Sequence[Event], wanted: Sequence[Event]
) -> tuple[Event, ...]:
    """Change the markers of a session from those that are `known` to those that are `wanted`;
    returns all that are there now, in order of time.

    Raises `OSError` where they cannot be stored, `InputError` where another program holds them.
    """
    with _alone_in(folder):
        path = folder / EVENTS
        damaged: list[str] = []
        there, mine, next_ones = (
            Counter(read_events(path, damaged)),
            Counter(known),
            Counter(wanted),
        )
        # A marker that somebody else removed or changed as well is not there to be removed.
        now = there - (mine - next_ones) + (next_ones - mine)
        if damaged:
            _keep(path)
        ordered = sorted(astuple(event) for event in now.elements())
        replace_file(path, events_table(ordered))
        return read_events(path, [])


def change_people(folder: Path, known: People, wanted: People) -> People:
    """Change who the faces of a session are, likewise; returns what holds now.

    Raises `OSError` where it cannot be stored, `InputError` where another program holds it.
    """
    with _alone_in(folder):
        damaged: list[str] = []
        there = read_people(folder, damaged)
        if damaged:
            _keep(folder / PEOPLE)
        now = People(
            _changed(there.names, known.names, wanted.names),
            _changed(there.same, known.same, wanted.same),
        )
        write_people(folder, now)
        return now


def _changed(
    there: Mapping[int, Value], known: Mapping[int, Value], wanted: Mapping[int, Value]
) -> dict[int, Value]:
    found = dict(there)
    for key in known.keys() | wanted.keys():
        if key not in wanted:
            found.pop(key, None)
        elif wanted[key] != known.get(key):
            found[key] = wanted[key]
    return found


def _alone_in(folder: Path) -> AbstractContextManager[None]:
    busy = f"Another program is changing {folder.name}: try again in a moment."
    return one_at_a_time(folder / LOCK, patience=_PATIENCE_SECONDS, refusal=busy)


def _keep(path: Path) -> None:
    """Leave a copy of a file before what could not be read of it is gone; the first one stays."""
    copy = path.with_name(path.name + DAMAGED)
    if path.is_file() and not copy.exists():
        shutil.copyfile(path, copy)
