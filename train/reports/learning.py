"""The learning curves of a run, joined over all the times that it was taken up."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError

TABLE = "metrics.csv"
_MOST = 2**53
"""Epochs and steps are whole numbers below that, which float64 can tell apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A logged value: `iteration` [K] (how many were done), rising, and `value` [K]."""

    iteration: NDArray[np.int64]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Learning:
    """Curves by name ("train/total", "val/ccc"), and the iterations done after each epoch."""

    curves: dict[str, Curve]
    epoch_end: dict[int, int]
    parts: int

    def iteration_of(self, epoch: int) -> int | None:
        """How many iterations were done at the end of an epoch (from 0)."""
        return self.epoch_end.get(epoch)


Point = tuple[int, int, dict[str, float]]
"""Epoch, step and values of one logged row."""


def _part_number(folder: Path) -> int:
    number = folder.name.removeprefix("csv-")
    return int(number) if number.isascii() and number.isdigit() else -1


def _points(table: Path) -> list[Point]:
    """The whole rows of a table; of a row torn by a kill, what is there."""
    points: list[Point] = []
    try:
        with table.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                place = [_number(row.get(name)) for name in ("epoch", "step")]
                if not all(0 <= value < _MOST for value in place):
                    continue
                epoch, step = map(int, place)
                values = {
                    name: value
                    for name, text in row.items()
                    if name not in ("epoch", "step", None)
                    and not math.isnan(value := _number(text))
                }
                points.append((epoch, step, values))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table} cannot be read as a run's log ({error}).") from error
    return points


def _number(text: object) -> float:
    try:
        return float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def read_learning(run: Path) -> Learning:
    """Read every `csv-*/metrics.csv` of a run.

    A run that was killed repeats what came after its last saved state. So where a part begins,
    what the earlier parts logged from there on gives way to it, and nothing is there twice.
    """
    folders = [f for f in run.glob("csv-*") if _part_number(f) >= 0 and (f / TABLE).is_file()]
    joined: list[Point] = []
    parts = 0
    for folder in sorted(folders, key=_part_number):
        points = _points(folder / TABLE)
        if not points:
            continue
        parts += 1
        start = min(step for _, step, _ in points)
        joined = [point for point in joined if point[1] < start] + points
    values: dict[str, dict[int, float]] = {}
    epoch_end: dict[int, int] = {}
    for epoch, step, row in joined:
        for name, value in row.items():
            values.setdefault(name, {})[step + 1] = value
        if any(name.startswith("val/") for name in row):
            epoch_end[epoch] = step + 1
    curves = {
        name: Curve(
            np.array(sorted(series), np.int64), np.array([series[i] for i in sorted(series)])
        )
        for name, series in sorted(values.items())
    }
    return Learning(curves, epoch_end, parts)
