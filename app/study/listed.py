"""An event of a study, and whose it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..session.reader import Event


@dataclass(frozen=True, slots=True, order=True)
class StudyEvent:
    """Something that happened: onset (s, the readings' clock), duration (s, nan for a point)."""

    onset: float
    label: str
    duration: float = math.nan


def as_study_event(event: Event) -> StudyEvent:
    """A marker or an annotation of a session."""
    return StudyEvent(event.timestamp, event.label, event.duration or math.nan)


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """An event of a table that may tell whose it is; "" where it does not say."""

    event: StudyEvent
    recording: str = ""
    participant: str = ""
    session: str = ""

    def belongs(self, recording: str, participant: str, session: str) -> bool:
        """Whether it is an event of that recording."""
        told = ((self.recording, recording), (self.participant, participant))
        return all(not own or own == other for own, other in (*told, (self.session, session)))


def plain_label(text: str) -> str:
    """A label of BIDS without its prefix, "" for none."""
    return "" if text.lower() == "n/a" else text.removeprefix("sub-").removeprefix("ses-")
