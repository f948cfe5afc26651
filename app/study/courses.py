"""Time courses and densities of participants, gathered from epochs.parquet part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...model.metrics import AXES
from .inference import Floats

CELLS = 40
"""Cells of a density along each axis, over [-1, 1]."""
_MOST_POINTS = 400
_COLUMNS = ("participant", "condition", "window", "time", "used", *AXES)
_FACE = ("recording", "face_id")


@dataclass(slots=True, eq=False)
class Course:
    """A participant's mean curve in a condition and window: sums and counts [2, T]."""

    first: int
    total: Floats
    count: Floats
    density: Floats = field(default_factory=lambda: np.zeros((CELLS, CELLS)))

    @property
    def mean(self) -> Floats:
        """Valence and arousal [2, T]; nan where nothing was seen."""
        with np.errstate(invalid="ignore"):
            return np.where(self.count > 0, self.total / self.count, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """The courses of a window.

    Args:
        times: [T] seconds since the onset.
        by: the course of each (condition, participant).
    """

    times: Floats
    by: Mapping[tuple[str, str], Course]

    @property
    def conditions(self) -> list[str]:
        return sorted({condition for condition, _ in self.by})

    @property
    def participants(self) -> list[str]:
        return sorted({participant for _, participant in self.by})

    def values(self) -> Floats:
        """[participants, conditions, 2, T], nan where there is none."""
        people, conditions = self.participants, self.conditions
        shape = (len(people), len(conditions), 2, len(self.times))
        found = np.full(shape, np.nan)
        for (condition, participant), course in self.by.items():
            found[people.index(participant), conditions.index(condition)] = course.mean
        return found

    def density(self, condition: str) -> Floats:
        """[arousal, valence] cells of a condition, the sum is 1; every participant counts alike."""
        own = [c.density for (name, _), c in self.by.items() if name == condition]
        shares = [d / d.sum() for d in own if d.sum()]
        return np.mean(shares, axis=0) if shares else np.zeros((CELLS, CELLS))


def gather(
    path: Path, segments: Sequence[Mapping[str, Any]], rate: float, *, apart: bool = False
) -> dict[str, Courses]:
    """The courses by window, of the segments used; memory is that of the means alone. `apart`:
    each face of each recording stands for itself, as if it were a participant.

    Windows of more than 400 samples are gathered in wider steps.
    """
    import pyarrow.parquet as parquet

    found: dict[str, dict[tuple[str, str], Course]] = {}
    steps = {
        window: max(1, -(-(last - first + 1) // _MOST_POINTS))
        for window, (first, last) in _extents(segments, rate).items()
    }
    extents = _extents(segments, rate)
    for batch in parquet.ParquetFile(path).iter_batches(
        65_536, columns=[*_COLUMNS, *(_FACE if apart else ())]
    ):
        for key, ticks, values in _groups(batch, rate, apart):
            condition, participant, window = key
            first, last = extents[window]
            step = steps[window]
            width = (last - first) // step + 1
            course = found.setdefault(window, {}).get((condition, participant))
            if course is None:
                course = Course(first, np.zeros((2, width)), np.zeros((2, width)))
                found[window][condition, participant] = course
            _add(course, (ticks - first) // step, values)
    return {
        window: Courses((first + (steps[window] - 1) / 2 + steps[window] * np.arange(n)) / rate, by)
        for window, by in found.items()
        for first in [extents[window][0]]
        for n in [next(iter(by.values())).total.shape[1]]
    }


def _extents(segments: Sequence[Mapping[str, Any]], rate: float) -> dict[str, tuple[int, int]]:
    """First and last sample of each window, in 1 / rate since the onset."""
    found: dict[str, tuple[int, int]] = {}
    for row in segments:
        if row["used"]:
            own = [int(np.rint((row[end] - row["onset"]) * rate)) for end in ("start", "end")]
            first, last = found.get(row["window"], (own[0], own[1]))
            found[row["window"]] = min(first, own[0] - 1), max(last, own[1] + 1)
    return found


def _groups(
    batch: Any, rate: float, apart: bool
) -> Iterator[tuple[tuple[str, str, str], Any, Floats]]:
    """The used rows of a batch by condition, participant (or face, `apart`) and window: samples
    [K], values [2, K]."""
    used = batch.column("used").to_numpy(zero_copy_only=False)
    if not used.any():
        return
    names = ("condition", "window", *(_FACE if apart else ("participant",)))
    encoded = [batch.column(name).dictionary_encode() for name in names]
    codes = np.stack([e.indices.to_numpy(zero_copy_only=False) for e in encoded])
    ticks = np.rint(batch.column("time").to_numpy(zero_copy_only=False) * rate).astype(np.int64)
    values = np.stack([batch.column(axis).to_numpy(zero_copy_only=False) for axis in AXES])
    kinds, which = np.unique(codes[:, used], axis=1, return_inverse=True)
    for i, kind in enumerate(kinds.T):
        rows = np.flatnonzero(used)[which.ravel() == i]
        condition, window, *who = (
            e.dictionary[int(code)].as_py() for e, code in zip(encoded, kind, strict=True)
        )
        yield (condition, " ".join(map(str, who)), window), ticks[rows], values[:, rows]


def _add(course: Course, at: Any, values: Floats) -> None:
    for axis, v in enumerate(values):
        known = np.isfinite(v)
        np.add.at(course.total[axis], at[known], v[known])
        np.add.at(course.count[axis], at[known], 1.0)
    known = np.isfinite(values).all(axis=0)
    valence, arousal = (_cell(v[known]) for v in values)
    np.add.at(course.density, (arousal, valence), 1.0)


def _cell(values: Floats) -> Any:
    return np.clip(((values + 1) / 2 * CELLS).astype(np.int64), 0, CELLS - 1)
