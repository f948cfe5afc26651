"""Tables of other programs: comma, semicolon or tab, decimal point or comma."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path

from ...model.errors import InputError
from ...model.system.text_file import read_text
from .spreadsheets import bare

MISSING = ("", "n/a", "nan", "na", "none")


def table_lines(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """The cells of each line of a table that is not blank, with its number; the first line tells
    what divides them. Raises `InputError` for what is no table."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    mark = max("\t;,", key=text.split("\n", 1)[0].count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise InputError(f"{path} is not a table ({error}).") from error
    return [(i, line) for i, line in enumerate(lines, 1) if any(cell.strip() for cell in line)]


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table by the names of its first line; cells without spaces around them.

    Raises `InputError` for a table without rows' names, with a name twice, or whose rows have
    more cells than it has names.
    """
    lines = table_lines(path, read_text(path))
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
