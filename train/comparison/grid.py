"""A table of runs to train: its file, its rows, and the run that each cell is.

The file is YAML:

    preset: small              # optional: options to begin with
    options: {epochs: 2}       # options of `avce-train fit` that all rows share
    seeds: [0, 1, 2]
    reference: baseline        # the row that the others are compared with
    rows:
      - {name: baseline, method: baseline}
      - {name: avce-hard, method: avce, mining: hard}   # any further option of `fit`
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ...model.errors import InputError
from ..config import RunConfig
from ..option_files import find


@dataclass(frozen=True, slots=True)
class Training:
    """A run, and whether its encoder starts from ImageNet weights."""

    config: RunConfig
    imagenet: bool = False


Parse = Callable[[dict[str, Any]], Training]
"""Turns options of `avce-train fit` into a run; `InputError` for options that do not exist."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KEYS = {"preset", "options", "seeds", "reference", "rows"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: the options that make it differ from the others, and its runs by seed."""

    name: str
    options: dict[str, Any]
    runs: dict[int, Training]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows x seeds; `reference` names the row that the others are compared with."""

    rows: list[Row]
    seeds: list[int]
    reference: str

    @property
    def cells(self) -> list[tuple[Row, int]]:
        """Every cell, seed by seed: stopped half-way, each row has about as many seeds."""
        return [(row, seed) for seed in self.seeds for row in self.rows]


def merged(first: dict[str, Any], *later: dict[str, Any]) -> dict[str, Any]:
    """Nested options joined; the later one wins."""
    result = dict(first)
    for options in later:
        for key, value in options.items():
            both = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = merged(result[key], value) if both else value
    return result


def _load(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read as YAML ({error}).") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} must hold names and values, not {type(content).__name__}.")
    return content


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


def read_grid(name: str | Path, parse: Parse, overrides: dict[str, Any]) -> Grid:
    """The grid of a file, or of the name of one that comes along.

    `overrides` are options that win over the file's, such as where the data lie on this machine.
    Raises `InputError` for a file that is no grid, and for options that `fit` does not have.
    """
    path = find("grids", name)
    content = _load(path)
    if unknown := sorted(set(content) - _KEYS):
        raise InputError(
            f"{path}: there is no '{unknown[0]}' in a grid: {', '.join(sorted(_KEYS))}."
        )
    seeds = content.get("seeds", [0, 1, 2])
    whole = isinstance(seeds, list) and all(type(s) is int and s >= 0 for s in seeds)
    if not whole or not seeds or len(set(seeds)) < len(seeds):
        raise InputError(f"{path}: seeds must be different whole numbers, not {seeds}.")
    shared = content.get("options") or {}
    if "preset" in content:
        shared = merged(_load(find("presets", content["preset"])), shared)
    rows = []
    for entry in _rows(path, content):
        own = {key: value for key, value in entry.items() if key != "name"}
        runs = {}
        for seed in seeds:
            try:
                runs[seed] = parse(merged(shared, own, overrides, {"seed": seed}))
            except InputError as error:
                raise InputError(f"{path}, row {entry['name']}: {error}") from error
        rows.append(Row(entry["name"], own, runs))
    reference = content.get("reference", rows[0].name)
    if reference not in [row.name for row in rows]:
        raise InputError(f"{path}: the reference {reference} is none of the rows.")
    return Grid(rows, seeds, reference)
