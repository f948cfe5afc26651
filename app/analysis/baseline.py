"""A person's neutral baseline: the mean estimate while they look neutral for a few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

MIN_READINGS = 5
BASELINE_SECONDS = 3.0
"""How long a face is watched for it."""
UNSTEADY = "The expression changed meanwhile: consider recording it again."
"""What is said of a baseline that is not `steady`."""
STEADY = 0.1
"""Largest standard deviation of a face that held still; a smile that begins has three times it."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """`valence` and `arousal` of a neutral face: the mean of `readings` from `start` to `end`.

    `valence_sd` and `arousal_sd` are the readings' population standard deviations.
    """

    valence: float
    arousal: float
    valence_sd: float
    arousal_sd: float
    start: float
    end: float
    readings: int

    @property
    def steady(self) -> bool:
        """Whether the expression held still; the mean of a moving face is nobody's neutral."""
        return max(self.valence_sd, self.arousal_sd) <= STEADY


class BaselineTaker:
    """Collects raw estimates of one face for `seconds`, by the source's own timestamps.

    Where the face is away for longer than that, the time starts again.
    """

    def __init__(self, seconds: float = BASELINE_SECONDS) -> None:
        if seconds <= 0:
            raise ValueError(f"a baseline needs a positive length, not {seconds}")
        self.seconds = seconds
        self._times: list[float] = []
        self._estimates: list[tuple[float, float]] = []

    @property
    def progress(self) -> float:
        """How much of the time has gone by, 0 to 1."""
        if not self._times:
            return 0.0
        return min(1.0, (self._times[-1] - self._times[0]) / self.seconds)

    def add(self, timestamp: float, valence: float, arousal: float) -> Baseline | None:
        """Take one estimate; returns the baseline once the time is over and enough was seen.

        What is not finite is no estimate, and is left out.
        """
        if not (isfinite(valence) and isfinite(arousal)):
            return None
        if self._times and timestamp - self._times[-1] > self.seconds:
            self._times.clear()
            self._estimates.clear()
        self._times.append(timestamp)
        self._estimates.append((valence, arousal))
        if self.progress < 1.0 or len(self._times) < MIN_READINGS:
            return None
        valence, arousal = map(float, np.mean(self._estimates, axis=0))
        valence_sd, arousal_sd = map(float, np.std(self._estimates, axis=0))
        start, end = self._times[0], self._times[-1]
        readings = len(self._times)
        return Baseline(valence, arousal, valence_sd, arousal_sd, start, end, readings)
