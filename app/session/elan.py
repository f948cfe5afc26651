"""ELAN files (.eaf): markers as annotations of tiers, and back. Times are milliseconds there."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from ...model.errors import InputError
from ...model.system.text_file import read_text
from .reader import Event

TIER = "markers"
_TIME = re.compile("[0-9]{1,15}")
_MOMENT = 1
"""Milliseconds of a moment: ELAN knows no annotation without a length."""


def read_elan(path: Path) -> list[Event]:
    """The time-aligned annotations of all tiers of an ELAN file, by time: label, or the tier's name
    where an annotation is empty. One of a millisecond or less is a moment.

    Raises `InputError` for what is not an ELAN file.
    """
    text = read_text(path)
    # Entities are the one danger of XML files, and ELAN has none.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InputError(f"{path} declares entities, which an ELAN file never does.")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(f"{path} is not an ELAN file ({error}).") from error
    if root.tag != "ANNOTATION_DOCUMENT":
        raise InputError(f"{path} is not an ELAN file: it starts with {root.tag}.")
    slots = {
        slot.get("TIME_SLOT_ID"): _milliseconds(slot.get("TIME_VALUE"))
        for slot in root.iter("TIME_SLOT")
    }
    events = []
    for tier in root.iter("TIER"):
        for note in tier.iter("ALIGNABLE_ANNOTATION"):
            start = slots.get(note.get("TIME_SLOT_REF1"))
            end = slots.get(note.get("TIME_SLOT_REF2"))
            if start is None:
                continue
            label = " ".join((note.findtext("ANNOTATION_VALUE") or "").split())
            length = end - start if end is not None and end - start > _MOMENT else 0
            events.append(Event(start / 1000, label or tier.get("TIER_ID", ""), length / 1000))
    return sorted(events, key=lambda event: (event.timestamp, event.label, event.duration))


def _milliseconds(text: str | None) -> int | None:
    return int(text) if text is not None and _TIME.fullmatch(text) else None


def write_elan(path: Path, events: Sequence[Event], video: Path | None = None) -> None:
    """Write markers as an ELAN file, to the millisecond; those that overlap go to further tiers,
    since annotations of one tier cannot.

    Raises `InputError` for a marker before 0 s, which ELAN has no time for.
    """
    from pympi import Eaf

    made = Eaf(author="avce-live")
    made.remove_tier("default")
    ends: list[int] = []
    """Of the last annotation of each tier (ms)."""
    for event in sorted(events, key=lambda event: (event.timestamp, event.label)):
        start = math.floor(event.timestamp * 1000 + 0.5)
        if start < 0:
            raise InputError(f"The marker '{event.label}' is before 0 s: ELAN has no such time.")
        end = max(math.floor((event.timestamp + event.duration) * 1000 + 0.5), start + _MOMENT)
        tier = next((i for i, last in enumerate(ends) if last <= start), len(ends))
        name = TIER if tier == 0 else f"{TIER} {tier + 1}"
        if tier == len(ends):
            ends.append(0)
            made.add_tier(name)
        ends[tier] = end
        made.add_annotation(name, start, end, event.label)
    if not ends:
        made.add_tier(TIER)
    if video is not None:
        made.add_linked_file(str(video.resolve()), relpath=f"./{video.name}", mimetype="video/mp4")
    # Its own writer prints to a file of this name, and knows no other way.
    made.to_file(str(path))
