"""Stretches of a live recording in which no frame came: camera lost, paused, a computer that slept.

A file cannot have them: it waits to be read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_LEAST_SECONDS: Final = 1.0
_STEPS: Final = 3.0
_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a frame.

    Args:
        timestamp: of the last frame before it, in seconds of the source's clock.
        seconds: how long it lasted.
    """

    timestamp: float
    seconds: float

    def __str__(self) -> str:
        return f"No frame came for {self.seconds:.1f} s after {self.timestamp:.3f} s."


class GapWatch:
    """Notes gaps longer than a second and than three usual steps.

    Args:
        clock: seconds that never go back; tells how long the last frame was ago at the end.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.gaps: list[Gap] = []
        self._clock = clock
        self._last: float | None = None
        self._came = 0.0
        self._steps, self._sum = 0, 0.0

    def frame(self, timestamp: float) -> None:
        """A frame was recorded, taken at this moment of the source's clock (s)."""
        if self._last is not None:
            step = timestamp - self._last
            if not self._note(step):
                self._steps, self._sum = self._steps + 1, self._sum + step
        self._last, self._came = timestamp, self._clock()

    def end(self) -> None:
        """The recording ends now."""
        if self._last is not None:
            self._note(self._clock() - self._came)

    def _note(self, seconds: float) -> bool:
        usual = self._sum / self._steps if self._steps else 0.0
        is_one = seconds > max(_LEAST_SECONDS, _STEPS * usual)
        if is_one and self._last is not None and len(self.gaps) < _MOST:
            self.gaps.append(Gap(self._last, seconds))
        return is_one
