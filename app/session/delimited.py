"""Tables of other programs: comma, semicolon or tab; decimal comma; UTF-8 or Windows-1252."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path

from ...model.errors import InputError
from .spreadsheets import bare

_MOST_BYTES = 50_000_000
MISSING = ("", "n/a", "nan", "na", "none")


def read_text(path: Path) -> str:
    """A text file as it was meant: UTF-8 with or without its mark, UTF-16 by its mark, else
    Windows-1252. Raises `InputError` where it cannot be read, is too large or holds no text."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} has more than {_MOST_BYTES / 1e6:.0f} MB: it is no table.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).") from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        raise InputError(f"{path} is no text file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table by the names of its first line; cells without spaces around them.

    Raises `InputError` for a table without rows' names, with a name twice, or whose rows have
    more cells than it has names.
    """
    text = read_text(path).replace("\r\n", "\n").replace("\r", "\n")
    head = text.split("\n", 1)[0]
    mark = max("\t;,", key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise InputError(f"{path} is not a table ({error}).") from error
    lines = [(i, line) for i, line in enumerate(lines, 1) if any(cell.strip() for cell in line)]
    if not lines:
        raise InputError(f"{path} is empty: its first line must name its columns.")
    names = [cell.strip() for cell in lines[0][1]]
    if len(set(names)) < len(names):
        raise InputError(f"{path} names a column twice.")
    rows = []
    for number, line in lines[1:]:
        if len(line) > len(names):
            raise InputError(f"{path}, line {number}: there are more cells than columns.")
        cells = [bare(cell.strip()) for cell in line] + [""] * (len(names) - len(line))
        rows.append(dict(zip(names, cells, strict=True)))
    return rows


def number(text: str) -> float:
    """A finite number with a decimal point or comma; nan for a missing one. `ValueError` else."""
    if text.strip().lower() in MISSING:
        return math.nan
    value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def cell_number(path: Path, line: int, name: str, row: Mapping[str, str]) -> float:
    """The number in a row's cell, nan for a missing one. Raises `InputError` for anything else."""
    try:
        return number(row.get(name, ""))
    except ValueError:
        raise InputError(f"{path}, row {line}: {name} is '{row[name]}', not a number.") from None
