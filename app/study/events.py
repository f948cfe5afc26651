"""Events of a recording: markers, BIDS and other tables, ELAN. Times are the recording's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...model.errors import InputError
from ..session.annotations import ELAN, TEXTGRID, read_annotations
from ..session.delimited import cell_number, read_table
from .listed import ListedEvent, StudyEvent, as_study_event, plain_label
from .psychopy import is_psychopy, psychopy_events

ENDINGS = ("_events.tsv", "_events.csv", ".eaf", ".TextGrid", ".textgrid")
_NAMES = ("onset", "duration", "trial_type")


def read_events(path: Path, columns: Mapping[str, str] | None = None) -> list[ListedEvent]:
    """The events of a file: ELAN and TextGrid by their endings, otherwise a table.

    A table has `onset` (s) and may have `duration` (s), `trial_type`, and `recording`,
    `participant`, `session` that say whose event it is; `columns` says what it calls them. A table
    of PsychoPy is told by its columns, where nothing else is said of them. Rows
    without an onset are no events. Raises `InputError` for what is no such file.
    """
    if path.suffix.lower() in (ELAN, TEXTGRID):
        return [ListedEvent(as_study_event(event)) for event in read_annotations(path)]
    table = read_table(path)
    if not columns and is_psychopy(table):
        return psychopy_events(path, table)
    called = {name: (columns or {}).get(name, name) for name in _NAMES}
    if table.rows and called["onset"] not in table.names:
        raise InputError(
            f"{path} has no column '{called['onset']}': a table of events needs onset, and may "
            "have duration and trial_type (event_columns in study.yaml gives other names)."
        )
    found = []
    for i, row in table.rows:
        onset = cell_number(path, i, called["onset"], row)
        if math.isnan(onset):
            continue
        duration = cell_number(path, i, called["duration"], row)
        if duration < 0:
            raise InputError(f"{path}, row {i}: a duration cannot be {duration:g}.")
        label = row.get(called["trial_type"], "")
        label = "" if label.lower() == "n/a" else label
        event = StudyEvent(onset, label, duration if duration > 0 else math.nan)
        whose = [plain_label(row.get(name, "")) for name in ("recording", "participant", "session")]
        found.append(ListedEvent(event, *whose))
    return found


def event_ends(events: Sequence[StudyEvent], end: float) -> list[float]:
    """Where each event ends (s): by its duration or, for a point, at the next later onset or at
    `end`, the recording's own."""
    onsets = sorted({event.onset for event in events})
    ends = []
    for event in events:
        later = next((onset for onset in onsets if onset > event.onset), end)
        own = event.onset + event.duration
        ends.append(own if math.isfinite(own) else max(later, event.onset))
    return ends
