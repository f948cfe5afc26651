"""How a running pipeline keeps up: rates, delays, counts."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import isnan, nan

_WINDOW_SECONDS = 2.0
_LATENCIES = 300


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers of a running pipeline.

    `video_rate` and `analysis_rate` are frames a second over the last two seconds; the latencies
    are seconds from capture to reading over the last 300 readings, nan before the first one. Of the
    `frames_seen`, `frames_dropped` were skipped in favour of newer ones and `frames_without_face`
    were analysed and held no face.
    """

    video_rate: float = 0.0
    analysis_rate: float = 0.0
    latency_median: float = nan
    latency_p95: float = nan
    frames_seen: int = 0
    frames_dropped: int = 0
    frames_without_face: int = 0


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank); nan of none."""
    if not values:
        return nan
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


class Meter:
    """Counts what passes; every method is safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._frames: deque[float] = deque()
        self._results: deque[float] = deque()
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self._seen = self._dropped = self._without_face = 0

    def frame(self) -> None:
        """A frame came from the source and can be painted."""
        with self._lock:
            _note(self._frames, self._clock())

    def offered(self) -> None:
        """A frame was put before the model."""
        with self._lock:
            self._seen += 1

    def dropped(self, count: int) -> None:
        """Frames put before the model were replaced by newer ones."""
        with self._lock:
            self._dropped += count

    def result(self, latency: float, *, face: bool) -> None:
        """A frame was analysed, `latency` seconds after it was captured; nan where that does not
        count."""
        with self._lock:
            _note(self._results, self._clock())
            if not isnan(latency):
                self._latencies.append(latency)
            self._without_face += not face

    @property
    def frames_dropped(self) -> int:
        """How many frames the model skipped so far."""
        return self._dropped

    def statistics(self) -> Statistics:
        """The numbers now."""
        with self._lock:
            now = self._clock()
            latencies = list(self._latencies)
            return Statistics(
                video_rate=_rate(self._frames, now),
                analysis_rate=_rate(self._results, now),
                latency_median=quantile(latencies, 0.5),
                latency_p95=quantile(latencies, 0.95),
                frames_seen=self._seen,
                frames_dropped=self._dropped,
                frames_without_face=self._without_face,
            )


def _note(times: deque[float], now: float) -> None:
    times.append(now)
    _forget(times, now)


def _forget(times: deque[float], now: float) -> None:
    while times and now - times[0] > _WINDOW_SECONDS:
        times.popleft()


def _rate(times: deque[float], now: float) -> float:
    _forget(times, now)
    if len(times) < 2:
        return 0.0
    # Up to now, so that the rate falls while nothing comes; never less than the events' own span.
    last = (times[-1] - times[0]) / (len(times) - 1)
    return len(times) / max(now - times[0], last * len(times), 1e-9)
