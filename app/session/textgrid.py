"""Praat's TextGrid: markers as points and intervals of tiers, and back.

A text file of Praat is a row of numbers and quoted texts that stand free; all other words explain
them (manual of Praat, "TextGrid file formats"). praatio and pympi, which read such files too, get
quotation marks or small numbers of them wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path

from ...model.errors import InputError
from ...model.system.text_file import read_text
from .reader import Event

POINTS, INTERVALS = "markers", "intervals"
_POINT_TIER, _INTERVAL_TIER = "TextTier", "IntervalTier"
_PARTS = re.compile(
    r'"((?:[^"]|"")*)"|(?<!\S)([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?!\S)|<(exists|absent)>'
    r"|!.*"
)


def read_textgrid(path: Path) -> list[Event]:
    """The points and the intervals with a text of all tiers, by time; a point without one has its
    tier's name. Both of Praat's text forms are read.

    Raises `InputError` for what is not a TextGrid in text form.
    """
    text = read_text(path)
    if "ooTextFile" not in text[:200]:
        raise InputError(f"{path} is not a TextGrid: save it as a text file in Praat.")
    try:
        events = list(_events(_parts(text)))
    except (StopIteration, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{path} is not a TextGrid: it is incomplete or broken.") from error
    return sorted(events, key=lambda event: (event.timestamp, event.label, event.duration))


def _parts(text: str) -> Iterator[str | float]:
    """The texts, numbers and flags of a file in order."""
    for found in _PARTS.finditer(text):
        quoted, number, flag = found.groups()
        if number is not None:
            yield float(number)
        elif quoted is not None:
            yield quoted.replace('""', '"')
        elif flag is not None:
            yield flag


def _events(parts: Iterator[str | float]) -> Iterator[Event]:
    if [next(parts), next(parts)] != ["ooTextFile", "TextGrid"]:
        raise ValueError("another object")
    start, end = _number(parts), _number(parts)
    if end < start:
        raise ValueError("an end before the start")
    if next(parts) == "absent":
        return
    for _ in range(_count(parts)):
        kind, name = next(parts), next(parts)
        if kind not in (_POINT_TIER, _INTERVAL_TIER) or not isinstance(name, str):
            raise ValueError("another tier")
        if _number(parts) > _number(parts):
            raise ValueError("an end before the start")
        for _ in range(_count(parts)):
            start = _number(parts)
            length = _number(parts) - start if kind == _INTERVAL_TIER else 0.0
            label = next(parts)
            if not isinstance(label, str) or length < 0:
                raise ValueError("an entry without a text")
            label = " ".join(label.split())
            if label or kind == _POINT_TIER:
                yield Event(start, label or name, length)


def _number(parts: Iterator[str | float]) -> float:
    value = next(parts)
    if not isinstance(value, float) or not isfinite(value):
        raise ValueError("no number")
    return value


def _count(parts: Iterator[str | float]) -> int:
    value = _number(parts)
    if value < 0 or value != int(value):
        raise ValueError("no count")
    return int(value)


def write_textgrid(path: Path, events: Sequence[Event], end: float) -> None:
    """Write markers as a TextGrid from 0 to `end` (s) or further: points in one tier, intervals in
    as many as they overlap; points at one moment in further tiers too.

    Raises `InputError` for a marker before 0 s, which Praat has no time for.
    """
    ordered = sorted(events, key=lambda event: (event.timestamp, event.label))
    early = next((event for event in ordered if event.timestamp < 0), None)
    if early is not None:
        raise InputError(f"The marker '{early.label}' is before 0 s: a TextGrid has no such time.")
    end = max([end, 0.001, *(event.timestamp + event.duration for event in ordered)])
    points: list[list[Event]] = []
    intervals: list[list[Event]] = []
    for event in ordered:
        tiers = intervals if event.duration > 0 else points
        # Intervals of a tier may touch; points of a tier must not.
        own = next((tier for tier in tiers if _follows(event, tier[-1])), None)
        if own is None:
            tiers.append(own := [])
        own.append(event)
    # The short form: the same numbers and texts, a line each.
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", repr(end)]
    lines += ["<exists>", str(max(len(points), 1) + len(intervals))]
    for number, tier in enumerate(points or [[]]):
        entries = [[repr(e.timestamp), _quoted(e.label)] for e in tier]
        lines += _tier(_POINT_TIER, POINTS, number, end, entries)
    for number, tier in enumerate(intervals):
        lines += _tier(_INTERVAL_TIER, INTERVALS, number, end, _filled(tier, end))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _tier(kind: str, name: str, number: int, end: float, entries: list[list[str]]) -> list[str]:
    called = name if number == 0 else f"{name} {number + 1}"
    head = [_quoted(kind), _quoted(called), "0", repr(end), str(len(entries))]
    return [*head, *(cell for entry in entries for cell in entry)]


def _filled(tier: Sequence[Event], end: float) -> list[list[str]]:
    """The intervals of a tier, and those without a text between them: Praat wants no gap."""
    found, last = [], 0.0
    for event in tier:
        if event.timestamp > last:
            found.append([repr(last), repr(event.timestamp), '""'])
        last = event.timestamp + event.duration
        found.append([repr(event.timestamp), repr(last), _quoted(event.label)])
    if last < end:
        found.append([repr(last), repr(end), '""'])
    return found


def _follows(event: Event, last: Event) -> bool:
    ends = last.timestamp + last.duration
    return ends <= event.timestamp if last.duration > 0 else ends < event.timestamp


def _quoted(text: str) -> str:
    words = " ".join(text.split()).replace('"', '""')
    return f'"{words}"'
