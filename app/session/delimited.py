"""Tables of other programs: comma, semicolon or tab, decimal point or comma."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...model.errors import InputError
from ...model.system.text_file import read_text
from .spreadsheets import bare

MISSING = ("", "n/a", "nan", "na", "none")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table, read.

    Args:
        names: of its columns.
        rows: each with the number of its line and its cells by name, without spaces around them.
        divided_by: what stands between two cells.
    """

    names: list[str]
    rows: list[tuple[int, dict[str, str]]]
    divided_by: str


def _divided_by(text: str) -> str:
    return max("\t;,", key=text.split("\n", 1)[0].count)


def table_lines(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """The cells of each line of a table that is not blank, with its number; the first line tells
    what divides them. Raises `InputError` for what is no table."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_divided_by(text)))
    except csv.Error as error:
        raise InputError(f"{path} is not a table ({error}).") from error
    return [(i, line) for i, line in enumerate(lines, 1) if any(cell.strip() for cell in line)]


def read_table(path: Path) -> Table:
    """A table by the names of its first line. Columns at the end without a name and without a
    cell, as spreadsheets leave them, are none.

    Raises `InputError` for a table without rows' names, with a name twice, or whose rows have
    more cells than it has names.
    """
    text = read_text(path)
    lines = table_lines(path, text)
    if not lines:
        raise InputError(f"{path} is empty: its first line must name its columns.")
    cells = [(number, [bare(cell.strip()) for cell in line]) for number, line in lines[1:]]
    names = [cell.strip() for cell in lines[0][1]]
    while not names[-1] and not any("".join(line[len(names) - 1 :]) for _, line in cells):
        names.pop()
    if len(set(names)) < len(names):
        raise InputError(f"{path} names a column twice.")
    rows = []
    for number, line in cells:
        if any(line[len(names) :]):
            raise InputError(f"{path}, line {number}: there are more cells than columns.")
        line += [""] * (len(names) - len(line))
        rows.append((number, dict(zip(names, line, strict=False))))
    return Table(names, rows, _divided_by(text.replace("\r", "\n")))


def number(text: str) -> float:
    """A finite number with a decimal point or comma; nan for a missing one. `ValueError` else."""
    if text.strip().lower() in MISSING:
        return math.nan
    if "_" in text:  # Python's own way to write a number
        raise ValueError(text)
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
