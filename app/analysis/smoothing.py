"""The One-Euro filter (Casiez, Roussel & Vogel, CHI 2012): steady when still, quick when moving."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, pi


@dataclass(frozen=True, slots=True)
class OneEuroConfig:
    """`min_cutoff` (Hz) steadies a still signal, `beta` (Hz per unit/s) lets a quick one through,
    `derivative_cutoff` (Hz) smooths the speed that decides between them."""

    min_cutoff: float = 1.0
    beta: float = 0.7
    derivative_cutoff: float = 1.0


def _alpha(cutoff: float, dt: float) -> float:
    """Weight of the new value in exponential smoothing with a cutoff in Hz (their Eqs. 2, 3)."""
    return 1.0 / (1.0 + 1.0 / (2.0 * pi * cutoff * dt))


class OneEuroFilter:
    """Filters one signal given as (timestamp in seconds, value); timestamps must increase.

    A filtered value is a weighted mean of the values so far. `halfwidth` is the mean of their
    half-widths by the same weights: a network errs alike in frames that follow one another, so that
    a mean of many is no surer than one of them. Where errors stay the same the interval holds the
    truth as often as those of the values; the less they are alike, the more often.
    """

    def __init__(self, config: OneEuroConfig | None = None) -> None:
        self.config = config or OneEuroConfig()
        self._time: float | None = None
        self._value = 0.0
        self._speed = 0.0
        self.halfwidth = nan

    def __call__(self, timestamp: float, value: float, halfwidth: float = nan) -> float:
        """The filtered value; the first one comes back as it is."""
        if self._time is None:
            self._time, self._value, self.halfwidth = timestamp, value, halfwidth
            return value
        dt = timestamp - self._time
        if dt <= 0:
            raise ValueError(f"timestamps must increase: {timestamp} came after {self._time}")
        c = self.config
        speed = (value - self._value) / dt
        self._speed += _alpha(c.derivative_cutoff, dt) * (speed - self._speed)
        weight = _alpha(c.min_cutoff + c.beta * abs(self._speed), dt)
        self._value += weight * (value - self._value)
        self.halfwidth += weight * (halfwidth - self.halfwidth)
        self._time = timestamp
        return self._value
