"""A person's neutral baseline: the mean estimate while they look neutral for a few seconds."""

from __future__ import annotations

from dataclasses import dataclass

MIN_READINGS = 5


@dataclass(frozen=True, slots=True)
class Baseline:
    """`valence` and `arousal` of a neutral face: the mean of `readings` from `start` to `end`."""

    valence: float
    arousal: float
    start: float
    end: float
    readings: int


class BaselineTaker:
    """Collects raw estimates of one face for `seconds`, by the source's own timestamps."""

    def __init__(self, seconds: float = 3.0) -> None:
        if seconds <= 0:
            raise ValueError(f"a baseline needs a positive length, not {seconds}")
        self.seconds = seconds
        self._times: list[float] = []
        self._valence: list[float] = []
        self._arousal: list[float] = []

    @property
    def progress(self) -> float:
        """How much of the time has gone by, 0 to 1."""
        if not self._times:
            return 0.0
        return min(1.0, (self._times[-1] - self._times[0]) / self.seconds)

    def add(self, timestamp: float, valence: float, arousal: float) -> Baseline | None:
        """Take one estimate; returns the baseline once the time is over and enough was seen."""
        self._times.append(timestamp)
        self._valence.append(valence)
        self._arousal.append(arousal)
        count = len(self._times)
        if self.progress < 1.0 or count < MIN_READINGS:
            return None
        return Baseline(
            sum(self._valence) / count,
            sum(self._arousal) / count,
            self._times[0],
            self._times[-1],
            count,
        )
