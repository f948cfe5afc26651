"""participants.tsv: who takes part, and what else is known of them, numbers as numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...model.errors import InputError
from ..analysis.reading import Column
from ..session.delimited import MISSING, read_table

PARTICIPANTS = "participants.tsv"
_KEYS = ("participant_id", "participant")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_CODE = re.compile(r"[+-]?0[0-9]")
"""007 is a code: as a number it would lose its zeros."""
_MOST_DIGITS = 15
"""More are not kept by a double."""


@dataclass(frozen=True, slots=True, eq=False)
class Participants:
    """The rows of a participants.tsv.

    Args:
        texts: by participant, what stands in each column but that of the names; "" for n/a.
        columns: what each of them holds.
        values: by participant, the same as numbers where the whole column is of numbers; None for
            what is missing in one.
    """

    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    values: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return [column.name for column in self.columns]

    def text(self, participant: str, column: str) -> str:
        """What a column says of somebody; "" where it says nothing."""
        return self.texts.get(participant, {}).get(column, "")

    def row(self, participant: str) -> dict[str, Any]:
        """All that is said of somebody; {} of somebody who is not there."""
        return self.values.get(participant, {})


def label(text: object, prefix: str = "sub-") -> str:
    """A participant's or session's label without the prefix that BIDS puts before it."""
    words = " ".join(str(text if text is not None else "").split())
    return "" if words.lower() == "n/a" else words.removeprefix(prefix)


def read_participants(folder: Path) -> Participants:
    """The participants.tsv of a folder; nobody where there is no such file. A column is of numbers
    where all its cells are, with a decimal point or, where commas do not divide the cells, a
    decimal comma.

    Raises `InputError` where a participant stands there twice, or a column has no name.
    """
    path = folder / PARTICIPANTS
    if not path.is_file():
        return Participants()
    table = read_table(path)
    if "" in table.names:
        raise InputError(f"{path}: column {table.names.index('') + 1} has no name in line 1.")
    key = next((name for name in _KEYS if name in table.names), None)
    if key is None:
        raise InputError(f"{path} has no column participant_id.")
    texts: dict[str, dict[str, str]] = {}
    for line, cells in table.rows:
        name = label(cells[key])
        if not name or name in texts:
            what = f"participant '{name}' again" if name else "no participant"
            raise InputError(f"{path}, row {line}: there is {what}.")
        texts[name] = {
            column: "" if cell.lower() == "n/a" else cell
            for column, cell in cells.items()
            if column != key
        }
    names = [name for name in table.names if name != key]
    dtypes: dict[str, Any] = {}
    values = {name: dict[str, Any](row) for name, row in texts.items()}
    for name in names:
        numbers = _numbers([row[name] for row in texts.values()], commas=table.divided_by != ",")
        if numbers is None:
            dtypes[name] = "str"
            continue
        whole = all(value is None or isinstance(value, int) for value in numbers)
        dtypes[name] = "int64" if whole else "float64"
        for row, value in zip(values.values(), numbers, strict=True):
            row[name] = value if whole or value is None else float(value)
    columns = tuple(Column(name, dtypes[name], "", f"From {PARTICIPANTS}") for name in names)
    return Participants(texts, columns, values)


def _numbers(cells: Sequence[str], *, commas: bool) -> list[int | float | None] | None:
    """A column as numbers, None for what is missing; None in place of the list for one that is of
    text: it has a cell that is no number, codes, both points and commas, or nothing at all."""
    known = [cell for cell in cells if cell.lower() not in MISSING]
    text = "".join(known)
    if not known or ("," in text and ("." in text or not commas)):
        return None
    for cell in known:
        if not _NUMBER.fullmatch(cell) or _CODE.match(cell) or _digits(cell) > _MOST_DIGITS:
            return None
    return [None if cell.lower() in MISSING else _number(cell) for cell in cells]


def _digits(cell: str) -> int:
    return sum(c.isdigit() for c in cell.lower().partition("e")[0])


def _number(cell: str) -> int | float:
    plain = cell.replace(",", ".")
    return int(plain) if plain.lstrip("+-").isdigit() else float(plain)
