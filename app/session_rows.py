"""Lines and columns: `frames.csv` read at once where all is well, else line by line; markers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .reading import FIELDS

_WHOLE = ("frame", "face_id")
EVENTS_HEADER = b"timestamp,label\n"
# Up to here a float64 holds every whole number.
_MOST = 2**53
_LATEST = 1e11  # seconds: 3,000 years, within which a float64 still tells milliseconds


def read_rows(lines: bytes) -> tuple[dict[str, NDArray[Any]], list[int]]:
    """Columns [N] by the names of `FIELDS`, and the numbers of the lines that are left out.

    Args:
        lines: whole lines after the header, which is line 1.

    `frame` and `face_id` are int64, `timestamp` is float64 and passes `is_moment`, `success` bool,
    the others are float32, where an empty cell and what is beyond float32 become nan.
    """
    table = _at_once(lines)
    if table is not None:
        return _columns(table), []
    rows, wrong = [], []
    for number, line in enumerate(lines.decode("utf-8", "replace").split("\n")[:-1], start=2):
        row = _one(line)
        if row is None:
            wrong.append(number)
        else:
            rows.append(row)
    return _columns(np.array(rows, np.float64).reshape(-1, len(FIELDS))), wrong


def is_moment(seconds: float) -> bool:
    """Whether a clock can show this: a finite time within 3,000 years of its zero."""
    return abs(seconds) <= _LATEST


def event_line(seconds: float, label: str) -> bytes:
    """The line of `events.csv` for a marker."""
    quoted = label.replace('"', '""')
    return f'{float(seconds)!r},"{quoted}"\n'.encode("utf-8", "replace")


def _at_once(lines: bytes) -> NDArray[np.float64] | None:
    """All lines as float64 [N, 15], None where one of them is not as it should be."""
    if not lines:
        return np.empty((0, len(FIELDS)))
    # Twice, for of two gaps that touch the first hides the second.
    filled = lines.replace(b",,", b",nan,").replace(b",,", b",nan,").replace(b",\n", b",nan\n")
    try:
        table = np.loadtxt(io.BytesIO(filled), delimiter=",", ndmin=2, comments=None)
    except ValueError:
        return None
    if table.shape != (lines.count(b"\n"), len(FIELDS)):
        return None
    frame, timestamp, face_id, success = (table[:, i] for i in (0, 1, 2, 4))
    known = (np.abs(timestamp) <= _LATEST).all() and np.isin(success, (0.0, 1.0)).all()
    whole = all((np.abs(c) < _MOST).all() and (c == np.rint(c)).all() for c in (frame, face_id))
    return table if known and whole else None


def _one(line: str) -> list[float] | None:
    """The values of a line, None where it is not one of ours."""
    cells = line.split(",")
    if len(cells) != len(FIELDS) or cells[4] not in ("0", "1"):
        return None
    try:
        head = [int(cells[0]), float(cells[1]), int(cells[2])]
        values = [*map(float, head), *(float(cell or "nan") for cell in cells[3:])]
    except (ValueError, OverflowError):
        return None
    whole = abs(head[0]) < _MOST and abs(head[2]) < _MOST
    return values if whole and is_moment(head[1]) else None


def _columns(table: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {}
    for name, values in zip(FIELDS, table.T, strict=True):
        if name in _WHOLE:
            columns[name] = values.astype(np.int64)
        elif name == "timestamp":
            columns[name] = values.copy()
        elif name == "success":
            columns[name] = values != 0
        else:
            with np.errstate(over="ignore", invalid="ignore"):
                column = values.astype(np.float32)
            column[np.isinf(column)] = np.nan
            columns[name] = column
    return columns
