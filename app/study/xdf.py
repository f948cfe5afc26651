"""LabRecorder's XDF files: the markers that other programs sent while a session was recorded."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ...model.errors import InputError
from ..session.reader import Session
from .listed import StudyEvent

_MARKERS, _OURS = "Markers", "Expression"
_FEWEST = 20
"""Readings that must be in both, so that clocks are not related by chance."""
_APART = 0.05
"""Seconds by which single readings may differ from the relation of the clocks, at the median."""


def xdf_events(path: Path, session: Session) -> list[StudyEvent]:
    """The markers of all streams of type `Markers` but our own, on the readings' clock.

    The file's clock is LSL's. It is related to the readings by our own stream in the same file
    (`--lsl`): it holds the same estimates, so each tells when LSL sent what the session stored at
    its timestamp. Raises `InputError` for what is no XDF file, and where the clocks cannot be
    related.
    """
    import pyxdf

    try:
        with _heard() as faults:
            streams, _ = pyxdf.load_xdf(str(path), verbose=False)
        if faults:
            raise ValueError(faults[0])
        return _events(path, streams, session)
    except InputError:
        raise
    except Exception as error:
        # It reads on after damage, and gives what it then finds in all shapes.
        raise InputError(f"{path} is no XDF file that can be read ({error}).") from error


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What pyxdf logs of damage; in the terminal, it would stand there with a traceback."""
    logger, faults = logging.getLogger("pyxdf.pyxdf"), []

    def keep(record: logging.LogRecord) -> bool:
        if record.levelno >= logging.ERROR or "corruption" in record.getMessage():
            faults.append(record.getMessage())
        return False

    logger.addFilter(keep)
    try:
        yield faults
    finally:
        logger.removeFilter(keep)


def _events(path: Path, streams: Sequence[Any], session: Session) -> list[StudyEvent]:
    ours = [s for s in streams if _info(s, "type") == _OURS and "valence" in _channels(s)]
    markers = [
        stream
        for stream in streams
        if _info(stream, "type") == _MARKERS
        and not any(
            _info(stream, "source_id") == f"{_info(own, 'source_id')}/events" for own in ours
        )
    ]
    if not any(len(stream["time_stamps"]) for stream in markers):
        return []
    found = [ahead for own in ours if (ahead := _ahead(own, session)) is not None]
    if len(found) != 1:
        raise InputError(
            f"{path} holds no stream with the readings of {session.path.name}, by which its clock "
            "could be related to theirs: record with --lsl, or give the events in a table."
        )
    events = [
        StudyEvent(float(time) - found[0], " ".join(str(cells[0]).split()), math.nan)
        for stream in markers
        for time, cells in zip(stream["time_stamps"], stream["time_series"], strict=True)
    ]
    return sorted(events, key=lambda event: (event.onset, event.label))


def _ahead(stream: Any, session: Session) -> float | None:
    """How far the stream's clock is ahead of the session's (s), by the estimates that stand once in
    both; None where they are not the same run."""
    if not len(stream["time_stamps"]):
        return None
    values = np.asarray(stream["time_series"], np.float32).reshape(len(stream["time_stamps"]), -1)
    sent = values[:, _channels(stream).index("valence")]
    stored = session.readings["valence"].astype(np.float32)
    here, there = _single(sent), _single(stored)
    _, i, j = np.intersect1d(sent[here], stored[there], return_indices=True)
    if len(i) < _FEWEST:
        return None
    apart = np.asarray(stream["time_stamps"])[here][i] - session.readings["timestamp"][there][j]
    ahead = float(np.median(apart))
    return ahead if float(np.median(np.abs(apart - ahead))) <= _APART else None


def _single(values: Any) -> Any:
    """Rows whose value is a number that no other row has."""
    rows = np.flatnonzero(np.isfinite(values))
    _, first, counts = np.unique(values[rows], return_index=True, return_counts=True)
    return rows[first[counts == 1]]


def _info(stream: Any, name: str) -> str:
    value = (stream["info"].get(name) or [""])[0]
    return "" if value is None else str(value)


def _channels(stream: Any) -> list[str]:
    try:
        listed = stream["info"]["desc"][0]["channels"][0]["channel"]
        return [channel["label"][0] for channel in listed]
    except (KeyError, IndexError, TypeError):
        return []
