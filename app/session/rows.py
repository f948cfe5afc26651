"""The lines of `frames.csv` and `events.csv`, written and read back by the names of the columns."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.reading import (
    COLUMN,
    COLUMNS,
    FIELDS,
    Extras,
    Reading,
    optional_columns,
    optional_values,
)
from .spreadsheets import bare, guarded

Columns = dict[str, NDArray[Any]]
HEADER = (",".join(FIELDS) + "\n").encode()
"""The first line of `frames.csv` without optional columns."""
EVENTS_HEADER = b"timestamp,label\n"
FIRST_FIELDS = FIELDS[: FIELDS.index("arousal_relative") + 1]
"""The columns of the first sessions, which every session has; what came later may be missing."""
_LATEST = 1e11  # seconds: 3,000 years, within which a float64 still tells milliseconds
_CHUNK = 20_000
# Less than this is read before pyarrow would have been imported.
_LARGE = 8_000_000
_LONGEST_NAME = 255  # of a file, in bytes: no quoted cell has more lines


# Writing.


def _number(value: float) -> str:
    """The shortest text that gives the same number again; a missing one is an empty cell."""
    return "" if math.isnan(value) else str(value)


def _single(value: float) -> str:
    return "" if math.isnan(value) else str(np.float32(value))


def _text(value: str) -> str:
    value = guarded(value)
    quoted = value.replace('"', '""')
    return f'"{quoted}"' if any(c in value for c in ',"\r\n') else value


_CELL: Mapping[str, Callable[[Any], str]] = {
    "int64": str,
    "float64": lambda value: _number(float(value)),
    "float32": _single,
    "bool": lambda value: "1" if value else "0",
    "object": _text,
    "str": _text,
}
_CELLS = tuple(_CELL[column.dtype] for column in COLUMNS)
_values = attrgetter(*FIELDS)


def header(extras: Extras = ()) -> bytes:
    """The first line of `frames.csv`, with the optional columns that are wanted."""
    return (",".join((*FIELDS, *optional_columns(extras))) + "\n").encode()


def row(reading: Reading, extras: Extras = ()) -> str:
    """The line of `frames.csv`: the timestamp as an exact double, measured values as float32."""
    cells = [cell(value) for cell, value in zip(_CELLS, _values(reading), strict=True)]
    cells += map(_single, optional_values(reading, extras))
    return ",".join(cells) + "\n"


def table(columns: Columns) -> bytes:
    """A whole `frames.csv` of columns [N] as `read_rows` gives them, also of unknown ones."""
    cells = [map(_CELL[values.dtype.name], values.tolist()) for values in columns.values()]
    lines = (",".join(line) + "\n" for line in zip(*cells, strict=True))
    header = ",".join(map(_text, columns)) + "\n"
    return encoded(header + "".join(lines))


def event_line(seconds: float, label: str, duration: float = 0.0) -> bytes:
    """The line of `events.csv` for a marker; its duration (s) is a third cell where it lasts."""
    quoted = guarded(label).replace('"', '""')
    lasts = f",{float(duration)!r}" if duration > 0 else ""
    return f'{float(seconds)!r},"{quoted}"{lasts}\n'.encode("utf-8", "replace")


def events_table(events: Iterable[tuple[float, str, float]]) -> bytes:
    """A whole `events.csv` of (seconds, label, duration); its header names durations only where
    there are any, so that files of moments alone stay as they always were."""
    events = list(events)
    lasting = any(duration > 0 for _, _, duration in events)
    header = EVENTS_HEADER[:-1] + b",duration\n" if lasting else EVENTS_HEADER
    return header + b"".join(event_line(*event) for event in events)


def encoded(text: str) -> bytes:
    """As UTF-8, in which a file's name that is not UTF-8 shows its odd bytes as `\\udcNN`."""
    return text.encode("utf-8", "backslashreplace")


# Reading.


def is_moment(seconds: float) -> bool:
    """Whether a clock can show this: a finite time within 3,000 years of its zero."""
    return abs(seconds) <= _LATEST


def read_rows(data: bytes) -> tuple[Columns, list[int]]:
    """Columns [N] by name, and the numbers of the lines that are left out.

    Args:
        data: whole lines, of which the first one (number 1) names the columns.

    The columns of `FIELDS` come first, in their order and with their types; an empty cell, what is
    beyond float32 and a column that the file lacks are nan, or "" for text. Timestamps pass
    `is_moment`. Optional columns that the file has follow with their types, and those that this
    version does not know as int64, float64 or text.

    Raises `ValueError` where one of `FIRST_FIELDS` is missing or a column is named twice.
    """
    start = data.find(b"\n") + 1
    names = [*map(bare, _cells(data[: max(start - 1, 0)].decode("utf-8", "replace")))]
    if not set(FIRST_FIELDS) <= set(names) or len(set(names)) < len(names):
        raise ValueError("the columns of a session are missing, or stand there twice")
    columns, wrong = _at_once(names, data, start) if len(data) >= _LARGE else None, []
    if columns is None:
        columns, wrong = _in_chunks(names, data[start:])
    count = len(columns["frame"])
    known = {
        c.name: columns[c.name] if c.name in columns else _missing(c.dtype, count) for c in COLUMNS
    }
    added = {
        name: columns[name] if name in COLUMN else _guessed(columns[name])
        for name in names
        if name not in known
    }
    return known | added, wrong


def _missing(dtype: str, count: int) -> NDArray[Any]:
    return np.full(count, "", object) if dtype == "str" else np.full(count, np.nan, dtype)


def _guessed(texts: NDArray[Any]) -> NDArray[Any]:
    """A column that this version does not know: whole numbers, numbers, else the text itself."""
    cells = texts.tolist()
    try:
        if all(str(int(cell)) == cell for cell in cells):
            return np.array(cells, object).astype(np.int64)
    except (ValueError, OverflowError):
        pass
    try:
        return np.array([float(cell or "nan") for cell in cells], np.float64)
    except ValueError:
        return _bare(texts)


def _bare(texts: NDArray[Any]) -> NDArray[Any]:
    cells = texts.tolist()
    # Of millions of rows, few differ: each text is looked at once, and kept once.
    known = {cell: bare(cell) for cell in set(cells)}
    return np.array([*map(known.__getitem__, cells), None], object)[:-1]


def _at_once(names: Sequence[str], data: bytes, start: int) -> Columns | None:
    """The columns of the lines from byte `start` on, by pyarrow; None where a line is not as it
    should be."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    types = {"str": pa.string(), "bool": pa.bool_(), "int64": pa.int64()}
    types |= {"float64": pa.float64(), "float32": pa.float32()}
    wanted = {name: types[_kind(name)] for name in names}
    quoted = data.find(b'"', start) >= 0
    # As many rows as lines, or fewer where quoted cells have line breaks; a row has a byte a cell.
    # They are filled part by part: thousands of small parts, joined later, would leave their holes
    # in the heap, which of two million rows were 240 MB.
    most, count = min(data.count(b"\n", start), len(data) // len(names)), 0
    columns = {n: np.empty(most, wanted[n].to_pandas_dtype()) for n in names}
    try:
        batches = arrow.open_csv(
            pa.BufferReader(pa.py_buffer(data).slice(start)),
            read_options=arrow.ReadOptions(column_names=list(names)),
            parse_options=arrow.ParseOptions(
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                ignore_empty_lines=False,
            ),
            convert_options=arrow.ConvertOptions(
                column_types=wanted, null_values=[""], true_values=["1"], false_values=["0"]
            ),
        )
        for batch in batches:
            missing = [name for name in names if batch[name].null_count]
            # More rows than lines: some end with a carriage return alone.
            more = count + len(batch) > most
            if more or any(wanted[name] != pa.float32() for name in missing):
                return None
            rows = slice(count, count := count + len(batch))
            for name, column in columns.items():
                column[rows] = batch[name].to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    columns = {name: _as_read(name, column[:count]) for name, column in columns.items()}
    return columns if (np.abs(columns["timestamp"]) <= _LATEST).all() else None


def _as_read(name: str, column: NDArray[Any]) -> NDArray[Any]:
    """A column as a session has it: what is beyond float32 becomes nan, text is as it was typed."""
    if column.dtype == np.float32:
        column[np.isinf(column)] = np.nan
    elif name in COLUMN and COLUMN[name].dtype == "str":
        return _bare(column)
    return column


def _in_chunks(names: Sequence[str], lines: bytes) -> tuple[Columns, list[int]]:
    """The columns, and the numbers of the lines that cannot be read."""
    wrong: list[int] = []
    parts: list[Columns] = []

    def take(records: Sequence[tuple[int, Sequence[str]]]) -> None:
        try:
            columns = zip(*(cells for _, cells in records), strict=True)
            found = dict(zip(names, columns, strict=True))
            parts.append({name: _of_name(name, texts) for name, texts in found.items()})
        except (ValueError, OverflowError):
            # Halved again and again, until the lines that cannot be read stand alone.
            if len(records) == 1:
                wrong.append(records[0][0])
                return
            take(records[: len(records) // 2])
            take(records[len(records) // 2 :])

    waiting: list[tuple[int, Sequence[str]]] = []
    for record in _records(lines.decode("utf-8", "replace")):
        waiting.append(record)
        if len(waiting) == _CHUNK:
            take(waiting)
            waiting = []
    if waiting:
        take(waiting)
    columns: Columns = {}
    for name in names:
        # Each part is let go of as it is taken, for there may be millions of rows.
        joined = np.concatenate([_of_name(name, ()), *(part.pop(name) for part in parts)])
        columns[name] = _as_read(name, joined)
    return columns, wrong


def _records(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """The number and the cells of each line, or of several where a quoted cell has line breaks."""
    lines = text.split("\n")[:-1]
    at = 0
    while at < len(lines):
        line, used = lines[at], 1
        if '"' in line:
            while line.count('"') % 2 and used <= _LONGEST_NAME and at + used < len(lines):
                line += "\n" + lines[at + used]
                used += 1
            if line.count('"') % 2:
                line, used = lines[at], 1
        yield at + 2, _cells(line)
        at += used


def _cells(line: str) -> Sequence[str]:
    """The cells of a line; none where its quotation marks make no sense."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line]))
    except csv.Error:
        return ()


def _of_name(name: str, texts: Sequence[str]) -> NDArray[Any]:
    return _converted(_kind(name), texts)


def _kind(name: str) -> str:
    """The type of a column as `Column.dtype` names it; "str" for one that is not known."""
    return COLUMN[name].dtype if name in COLUMN else "str"


def _converted(dtype: str, texts: Sequence[str]) -> NDArray[Any]:
    """Cells as values; `ValueError` or `OverflowError` where one of them cannot be."""
    if dtype == "str":
        return np.array([*texts, None], object)[:-1]
    if dtype == "int64":
        return np.array([int(text) for text in texts], np.int64)
    if dtype == "bool":
        if not set(texts) <= {"0", "1"}:
            raise ValueError("neither 0 nor 1")
        return np.array([text == "1" for text in texts], np.bool_)
    if dtype == "float64":
        moments = np.array([float(text) for text in texts], np.float64)
        if not (np.abs(moments) <= _LATEST).all():
            raise ValueError("no moment")
        return moments
    if not any(texts):
        return np.full(len(texts), np.nan, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array([float(text or "nan") for text in texts], np.float64).astype(np.float32)
