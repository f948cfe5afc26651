"""What a study would take and leave out, before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .participants import read_participants
from .plan import StudyPlan
from .recordings import (
    Recording,
    common_events,
    find_recordings,
    read_recordings,
    recording_events,
    unclaimed_events,
)
from .segments import Timeline, find_faces, segment, stretches_of, why_no_face, why_nothing
from .several_faces import notes_on_faces
from .study import StoppedError, go_on
from .words import Remark, counted


@dataclass(frozen=True, slots=True)
class Found:
    """A recording as a study would take it.

    Args:
        recording: whom and what it shows.
        minutes: its length.
        events: how many it has.
        segments, used: windows at events, and those of them that would be used.
        reason: why the first of the others would not be; "" where all would.
    """

    recording: Recording
    minutes: float
    events: int
    segments: int
    used: int
    reason: str


@dataclass(slots=True)
class Preview:
    """What was found in a folder.

    Args:
        found: the recordings that a study would take.
        remarks: what it would leave out, or what deserves a look.
        labels: how often each event label occurs.
        columns: of participants.tsv, by which conditions may be named.
    """

    found: list[Found] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    columns: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """In a sentence."""
        people = len({each.recording.participant for each in self.found})
        used = sum(each.used for each in self.found)
        segments = sum(each.segments for each in self.found)
        left_out = sum(remark.kind == "excluded" for remark in self.remarks)
        return (
            f"{counted(len(self.found), 'recording')} of {counted(people, 'participant')}; "
            f"{used} of {counted(segments, 'segment')} would be used; left out: {left_out}."
        )


def look_over(folder: Path, plan: StudyPlan, tell: Callable[[float], bool] = go_on) -> Preview:
    """Read a folder as a study of this plan would. `tell` is as that of `run_study`.

    Raises `InputError` for what a study would refuse at once, and `StoppedError`.
    """
    seen = Preview()
    seen.columns = read_participants(folder).names
    common = common_events(plan.events, plan.event_columns)
    total = len(find_recordings(folder))
    for recording, session in read_recordings(folder, plan.exclude, seen.remarks):
        times = session.readings["timestamp"].astype(np.float64)
        timeline = Timeline.of(times)
        events = recording_events(recording, session, common, plan.event_offset)
        seen.labels.update(event.label for event in events)
        stretches = list(stretches_of(events, plan.windows, timeline))
        faces = find_faces(session.readings, plan)
        seen.remarks += [
            Remark("note", words, recording.name, recording.participant)
            for words in notes_on_faces(session, faces, plan)
        ]
        rows = [
            segment(face, stretch, timeline, times, plan) for face in faces for stretch in stretches
        ]
        reasons = [row["reason"] for row in rows if not row["used"]]
        minutes = (timeline.end - timeline.start) / 60
        count, used = len(rows), len(rows) - len(reasons)
        none = why_no_face(session.readings, plan)
        nothing = none if stretches and not faces else why_nothing(events, stretches)
        why = next(iter(reasons), "") if rows else nothing
        seen.found.append(Found(recording, minutes, len(events), count, used, why))
        if not tell(min(len(seen.found) / total, 1.0)):
            raise StoppedError
    seen.remarks += unclaimed_events(common, plan.events, [each.recording for each in seen.found])
    return seen
