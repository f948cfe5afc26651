"""Readings of one face over time, in arrays that grow by doubling, and what of them to draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...analysis.reading import Reading
from ...session.curves import gap_seconds

CHANNELS: Final = (
    "valence",
    "arousal",
    "valence_smooth",
    "arousal_smooth",
    "valence_smooth_relative",
    "arousal_smooth_relative",
    "valence_smooth_halfwidth",
    "arousal_smooth_halfwidth",
)
"""Rows of a series. The relative ones are the smoothed values minus the neutral baseline."""
RAW: Final = (0, 1)
SMOOTH: Final = (2, 3)
RELATIVE: Final = (4, 5)
_FEW: Final = 64
"""Up to so many rows the usual step between them is looked up at every row."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A thinned part of a series, m runs of `run` rows each (the last one may be shorter).

    Attributes:
        time: start of each run, float64 [m].
        first, low, high: first, lowest and highest values of each run, float32 [8, m].
        broken: runs that hold a gap, bool [m]. A gap is one row however long it lasted.
    """

    run: int
    time: NDArray[np.float64]
    first: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    broken: NDArray[np.bool_]


def channels(reading: Reading) -> tuple[float, ...]:
    """A reading as one column of a series."""
    # A reading's own relative values are raw minus neutral; the smoothed ones shift by the same.
    return (
        reading.valence,
        reading.arousal,
        reading.valence_smooth,
        reading.arousal_smooth,
        reading.valence_smooth + (reading.valence_relative - reading.valence),
        reading.arousal_smooth + (reading.arousal_relative - reading.arousal),
        reading.valence_smooth_halfwidth,
        reading.arousal_smooth_halfwidth,
    )


def add_frame(series: dict[int, Series], time: float, readings: Iterable[Reading]) -> None:
    """Add the readings of one frame to the series of their faces."""
    for reading in readings:
        if not reading.success:
            continue
        if reading.face_id not in series:
            series[reading.face_id] = Series(reading.face_id)
        series[reading.face_id].append(time, channels(reading))


class Series:
    """Times and values of one face. A row of NaN marks a gap.

    Times must not fall; `truncate` first when a file was sought back.
    """

    def __init__(self, face_id: int) -> None:
        self.face_id = face_id
        self._length = 0
        self._longest = 0.0  # silence that is no gap, in seconds
        self._time = np.empty(1024, np.float64)
        self._values = np.empty((len(CHANNELS), 1024), np.float32)

    @classmethod
    def of(cls, face_id: int, time: NDArray[np.float64], values: NDArray[np.float32]) -> Series:
        """A series of ready rows: times [n], at least one, and values [8, n]."""
        made = cls(face_id)
        made._length, made._time, made._values = len(time), time, values
        return made

    def __len__(self) -> int:
        return self._length

    @property
    def time(self) -> NDArray[np.float64]:
        """Seconds, float64 [n]."""
        return self._time[: self._length]

    @property
    def values(self) -> NDArray[np.float32]:
        """float32 [8, n] in the order of `CHANNELS`."""
        return self._values[:, : self._length]

    @property
    def in_gap(self) -> bool:
        """Whether the last row is a gap (or there is none)."""
        return self._length == 0 or bool(np.isnan(self._values[0, self._length - 1]))

    def append(self, time: float, values: tuple[float, ...] | NDArray[np.float32]) -> None:
        """Add one reading; a silence longer than `gap_seconds` before it becomes a gap."""
        rows = self._length
        if rows <= _FEW or rows & (rows - 1) == 0:
            self._longest = gap_seconds(np.append(self.time, time))
        if rows and time - self._time[rows - 1] > self._longest:
            self.gap(float(self._time[rows - 1]))
        self._put(time, values)

    def gap(self, time: float) -> None:
        """Break the line at `time`. Several gaps in a row are stored as one."""
        if not self.in_gap:
            self._put(time, (np.nan,) * len(CHANNELS))

    def truncate(self, time: float) -> None:
        """Forget everything from `time` on."""
        self._length = int(np.searchsorted(self.time, time, side="left"))

    def _put(self, time: float, values: tuple[float, ...] | NDArray[np.float32]) -> None:
        if self._length == self._time.size:
            self._time = np.concatenate([self._time, np.empty_like(self._time)])
            self._values = np.concatenate([self._values, np.empty_like(self._values)], axis=1)
        self._time[self._length] = time
        self._values[:, self._length] = values
        self._length += 1

    def shifted(self, face_id: int, seconds: float) -> Series:
        """The same values later by some seconds, under another number."""
        moved = Series(face_id)
        moved._length = self._length
        moved._time = self._time + seconds
        moved._values = self._values.copy()
        return moved

    def nearest(self, time: float) -> int | None:
        """Row whose time is nearest to `time`, or None when there is no row."""
        if not self._length:
            return None
        right = int(np.searchsorted(self.time, time))
        candidates = [row for row in (right - 1, right) if 0 <= row < self._length]
        return min(candidates, key=lambda row: abs(float(self._time[row]) - time))

    def visible(self, start: float, end: float, columns: int) -> Stretch:
        """What a plot from `start` to `end` needs, in at most about `columns` runs of rows.

        Runs start at multiples of their length, a power of two, so that a scrolling curve does not
        flicker; their lowest and highest values are kept, so no peak is lost.
        """
        # One row more on either side, so that lines reach the edges of the plot.
        first = max(int(np.searchsorted(self.time, start)) - 1, 0)
        last = min(int(np.searchsorted(self.time, end, side="right")) + 1, self._length)
        run = 1
        while last - first > run * columns:
            run *= 2
        first -= first % run
        time, rows = self._time[first:last:run], self._values[:, first:last]
        if run == 1:
            return Stretch(1, time, rows, rows, rows, np.isnan(rows[0]))
        at = np.arange(0, last - first, run)
        return Stretch(
            run,
            time,
            rows[:, ::run],
            np.fmin.reduceat(rows, at, axis=1),
            np.fmax.reduceat(rows, at, axis=1),
            np.logical_or.reduceat(np.isnan(rows[0]), at),
        )
