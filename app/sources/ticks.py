"""Timestamps as whole numbers, where a face finder or a video file wants them."""

from __future__ import annotations

from math import inf


class Ticks:
    """Whole, strictly increasing ticks from timestamps in seconds.

    Two timestamps within a tick move apart by one. Counting starts at 0 or later, also where a
    file's time starts below.

    Args:
        per_second: ticks in a second.
        after_jump: how many ticks after the last one time continues where a timestamp does not
            increase (a seek backwards).
    """

    def __init__(self, per_second: int, *, after_jump: int = 1) -> None:
        self.per_second = per_second
        self._after_jump = after_jump
        self._seconds = -inf
        self._last = -1
        self._shift = 0

    def __call__(self, seconds: float) -> int:
        """The tick of the next frame."""
        tick = round(seconds * self.per_second)
        if self._last < 0:
            self._shift = max(0, -tick)
        elif seconds <= self._seconds:
            self._shift = self._last + self._after_jump - tick
        self._seconds = seconds
        self._last = max(self._last + 1, tick + self._shift)
        return self._last
