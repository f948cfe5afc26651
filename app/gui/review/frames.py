"""The rows of a session in order of time, without an object for each of an hour's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ...analysis.reading import FIELDS, Reading
from ...session.curves import gap_seconds
from ..widgets.series import CHANNELS, Series

Columns = Mapping[str, NDArray[Any]]


class Frames(Sequence[tuple[Reading, ...]]):
    """The readings of each frame, made when they are asked for.

    Args:
        columns: [N] by the names of `FIELDS`.
        starts, ends: rows of each frame, [n].
    """

    def __init__(self, columns: Columns, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> None:
        self.columns, self.starts, self.ends = columns, starts, ends

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> tuple[Reading, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[tuple[Reading, ...], ...]: ...
    def __getitem__(
        self, index: int | slice
    ) -> tuple[Reading, ...] | tuple[tuple[Reading, ...], ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        rows = slice(int(self.starts[index]), int(self.ends[index]))
        values = [self.columns[name][rows].tolist() for name in FIELDS]
        return tuple(Reading(*cells) for cells in zip(*values, strict=True))


def in_order(columns: Columns) -> tuple[NDArray[np.float64], Frames]:
    """Rows as frames in order of time. A file that was sought back while recording has several rows
    for a moment: the last ones count."""
    moments = columns["timestamp"]
    starts = np.flatnonzero(np.r_[True, np.diff(moments) != 0][: len(moments)])
    ends = np.r_[starts[1:], len(moments)][: len(starts)]
    # `unique` keeps the first of equal times, so it looks from the end.
    time, back = np.unique(moments[starts][::-1], return_index=True)
    kept = len(starts) - 1 - back
    return time, Frames(columns, starts[kept], ends[kept])


def series_of(time: NDArray[np.float64], frames: Frames) -> dict[int, Series]:
    """The curves of every face, with the same gaps as those of a running session."""
    columns, counts = frames.columns, frames.ends - frames.starts
    frame = np.repeat(np.arange(len(frames)), counts)
    offset = np.arange(len(frame)) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = np.repeat(frames.starts, counts) + offset
    seen = columns["success"][rows]
    frame, rows = frame[seen], rows[seen]
    numbers = columns["face_id"][rows]
    order = np.argsort(numbers, kind="stable")
    faces, firsts = np.unique(numbers[order], return_index=True)
    return {
        int(face): _series(int(face), time, frame[own], rows[own], columns)
        for face, own in zip(faces, np.split(order, firsts[1:]), strict=False)
    }


def _series(
    face: int,
    time: NDArray[np.float64],
    frame: NDArray[np.intp],
    rows: NDArray[np.intp],
    columns: Columns,
) -> Series:
    values = np.empty((len(CHANNELS), len(rows)), np.float32)
    for i, axis in enumerate(("valence", "arousal")):
        raw, smooth = columns[axis][rows], columns[f"{axis}_smooth"][rows]
        values[i], values[2 + i] = raw, smooth
        values[4 + i] = smooth + (columns[f"{axis}_relative"][rows] - raw)
        values[6 + i] = columns[f"{axis}_smooth_halfwidth"][rows]
    at = time[frame]
    broken = np.flatnonzero(np.diff(at) > gap_seconds(at))
    return Series.of(
        face, np.insert(at, broken + 1, at[broken]), np.insert(values, broken + 1, np.nan, axis=1)
    )
