"""Times as words, and where they stand under a plot."""

from __future__ import annotations

import math
from typing import Final

import pyqtgraph as pg

# Between two words on the time axis: round in minutes as well as in seconds.
_STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_PIXELS_A_WORD: Final = 110


def clock(seconds: float, *, decimals: int = 0) -> str:
    """Seconds as m:ss or h:mm:ss."""
    sign = "\N{MINUS SIGN}" if seconds < 0 else ""
    ticks = round(abs(seconds) * 10**decimals)
    whole, part = divmod(ticks, 10**decimals)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    return f"{sign}{text}.{part:0{decimals}d}" if decimals else f"{sign}{text}"


class TimeAxis(pg.AxisItem):
    """An axis of seconds, with as many words as fit beside each other.

    `zero` is the time, in words, at the plot's own 0.
    """

    zero = 0.0

    def set_zero(self, seconds: float) -> None:
        """Let the plot's own 0 be called so many seconds."""
        if seconds != self.zero:
            self.zero = seconds
            self.picture = None
            self.update()

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        wanted = (maxVal - minVal) * _PIXELS_A_WORD / max(size, 1.0)
        longest = _STEPS[-1] * 2.0 ** max(math.ceil(math.log2(max(wanted, 1.0) / _STEPS[-1])), 0)
        step = next((step for step in _STEPS if step >= wanted), longest)
        # Round in words, whatever the plot's own numbers are there.
        return [(step, -self.zero % step)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        decimals = 0 if spacing >= 1 else 1
        return [clock(value + self.zero, decimals=decimals) for value in values]
