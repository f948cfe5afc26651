"""PsychoPy's data files: a row a trial, and for each component when it started and stopped."""

from __future__ import annotations

import math
from pathlib import Path

from ..session.delimited import Table, cell_number
from .listed import ListedEvent, StudyEvent, plain_label

_STARTED, _STOPPED = ".started", ".stopped"
_MARKS = ("psychopyVersion", "expName", "frameRate")
"""Columns that PsychoPy writes of itself."""


def is_psychopy(table: Table) -> bool:
    """Whether a table is PsychoPy's: it says so, and tells when something started."""
    names = table.names if table.rows else ()
    return any(mark in names for mark in _MARKS) and any(n.endswith(_STARTED) for n in names)


def psychopy_events(path: Path, table: Table) -> list[ListedEvent]:
    """Each start of each component as an event by the component's name, in seconds of PsychoPy's
    clock, which began with the experiment; with its stop, where there is one, as its end.

    Raises `InputError` for a start that is no number.
    """
    found = []
    for line, row in table.rows:
        for name in row:
            if not name.endswith(_STARTED):
                continue
            component = name.removesuffix(_STARTED)
            start = cell_number(path, line, name, row)
            stop = cell_number(path, line, component + _STOPPED, row)
            if math.isfinite(start):
                length = stop - start if stop > start else math.nan
                event = StudyEvent(start, component, length)
                # Its session is a number that it asks for, and seldom the recording's.
                who = plain_label(row.get("participant", ""))
                found.append(ListedEvent(event, participant=who))
    return found
