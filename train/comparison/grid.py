"""A table of runs to train: its file, its rows, and the run that each cell is.

The file is YAML:

    preset: small              # optional: options to begin with
    options: {epochs: 2}       # options of `avce-train fit` that all rows share
    seeds: [0, 1, 2]
    reference: baseline        # the row that the others are compared with, where they name no other
    rows:
      - {name: baseline, method: baseline}
      - {name: avce-hard, method: avce, mining: hard}   # any further option of `fit`
      - {name: avce-r18, preset: paper-r18}               # a preset of its own
      - {name: avce, method: avce, reference: avce-no-contrast}   # a row of its own to compare with
      - {name: caf, method: caf, seeds: [0]}              # fewer seeds than the others
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...model.errors import InputError
from ..config import RunConfig
from ..option_files import find, load_preset, load_yaml, merged


@dataclass(frozen=True, slots=True)
class Training:
    """A run, and whether its encoder starts from ImageNet weights."""

    config: RunConfig
    imagenet: bool = False


Parse = Callable[[dict[str, Any]], Training]
"""Turns options of `avce-train fit` into a run; `InputError` for options that do not exist."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
DRY = {"iterations": 2, "batch_size": 8, "imagenet": False}
"""Options of a dry run."""
_KEYS = {"preset", "options", "seeds", "reference", "rows"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: the options that make it differ from the others, its runs by seed, and
    the row that it is compared with ("" for none)."""

    name: str
    options: dict[str, Any]
    runs: dict[int, Training]
    reference: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows x seeds; a row may have only some of the seeds."""

    rows: list[Row]
    seeds: list[int]

    @property
    def cells(self) -> list[tuple[Row, int]]:
        """Every cell, seed by seed: stopped half-way, each row has about as many seeds."""
        return [(row, seed) for seed in self.seeds for row in self.rows if seed in row.runs]


def _rows(path: Path, content: dict[str, Any]) -> list[dict[str, Any]]:
    rows = content.get("rows")
    if not isinstance(rows, list) or not rows:
        raise InputError(f"{path} has no rows: list them as {{name: ..., method: ...}}.")
    for row in rows:
        if not isinstance(row, dict) or not _NAME.fullmatch(str(row.get("name", ""))):
            raise InputError(
                f"{path}: the row {row} needs a name of letters, digits and '._-': it is a folder."
            )
    names = [row["name"] for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path} has several rows named {name}: give each its own name.")
    return rows


def _seeds(place: Path | str, seeds: Any) -> list[int]:
    whole = isinstance(seeds, list) and all(type(s) is int and s >= 0 for s in seeds)
    if not whole or not seeds or len(set(seeds)) < len(seeds):
        raise InputError(f"{place}: seeds must be different whole numbers, not {seeds}.")
    return seeds


def _own_seeds(place: str, entry: dict[str, Any], seeds: list[int], *, dry: bool) -> list[int]:
    """The seeds of a row: its own, which are among the grid's, or all of them."""
    own = _seeds(place, entry.get("seeds", seeds))
    if dry:
        return seeds
    if strange := set(own) - set(seeds):
        raise InputError(f"{place}: the seed {min(strange)} is none of the grid's {seeds}.")
    return own


def read_grid(
    name: str | Path, parse: Parse, overrides: dict[str, Any], *, dry: bool = False
) -> Grid:
    """The grid of a file, or of the name of one that comes along.

    `overrides` are options that win over the file's, such as where the data lie on this machine.
    `dry` cuts each run down to two small batches of one seed from random weights: it shows that
    everything fits together. Raises `InputError` for a file that is no grid, and for options that
    `fit` does not have.
    """
    path = find("grids", name)
    content = load_yaml(path)
    if unknown := sorted(set(content) - _KEYS):
        raise InputError(
            f"{path}: there is no '{unknown[0]}' in a grid: {', '.join(sorted(_KEYS))}."
        )
    seeds = _seeds(path, content.get("seeds", [0, 1, 2]))
    if dry:
        seeds, overrides = seeds[:1], DRY | overrides
    shared = content.get("options") or {}
    if "preset" in content:
        shared = merged(load_preset(content["preset"]), shared)
    entries = _rows(path, content)
    names = [str(entry["name"]) for entry in entries]
    usual = content.get("reference", names[0])
    rows = []
    for entry in entries:
        reference = entry.get("reference", usual)
        if reference not in names:
            raise InputError(f"{path}: the reference {reference} is none of the rows.")
        own = {k: v for k, v in entry.items() if k not in ("name", "reference", "seeds")}
        if "preset" in own:
            own = merged(load_preset(str(own.pop("preset"))), own)
        runs = {}
        for seed in _own_seeds(f"{path}, row {entry['name']}", entry, seeds, dry=dry):
            try:
                runs[seed] = parse(merged(shared, own, overrides, {"seed": seed}))
            except InputError as error:
                raise InputError(f"{path}, row {entry['name']}: {error}") from error
        own_name = str(entry["name"])
        rows.append(Row(own_name, own, runs, "" if reference == own_name else reference))
    return Grid(rows, seeds)
