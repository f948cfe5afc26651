"""How long it takes from the capture of a frame until its reading is in the plot."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from ...analysis.statistics import quantile

_KEPT: Final = 300


class PlotDelay:
    """Follows readings through the window: read, drawn as lines, painted.

    Args:
        clock: the clock of `Frame.captured`, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self._read: list[float] = []
        self._drawn: list[float] = []
        self._delays: deque[float] = deque(maxlen=_KEPT)

    def read(self, captured: float) -> None:
        """The window has the reading of a frame captured at that moment."""
        self._read.append(captured)

    def drawn(self, *, seen: bool = True) -> None:
        """The plot's lines hold what was read; the next painting shows it. Of a window that is not
        `seen` there is none, and what it would show does not count."""
        self._drawn = [*self._drawn, *self._read] if seen else []
        self._read.clear()

    def painted(self) -> None:
        """The plot was painted."""
        now = self.clock()
        self._delays.extend(now - captured for captured in self._drawn)
        self._drawn.clear()

    def clear(self) -> None:
        """Another source comes."""
        for kept in (self._read, self._drawn, self._delays):
            kept.clear()

    def seconds(self) -> tuple[float, float]:
        """Median and 95th percentile of the last 300 readings; nan before the first one."""
        delays = list(self._delays)
        return quantile(delays, 0.5), quantile(delays, 0.95)
