"""Readings as a Lab Streaming Layer stream: the one thing that leaves the machine, and only on
request (`--lsl`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..model.closing import Closing
from ..model.errors import InputError, MissingExtraError
from .analysis import Analysis
from .reading import Reading

CHANNELS: tuple[tuple[str, str], ...] = (
    ("valence", "-1 to 1"),
    ("arousal", "-1 to 1"),
    ("valence_smooth", "-1 to 1"),
    ("arousal_smooth", "-1 to 1"),
    ("face_id", "number"),
)
STREAM_TYPE = "Expression"


class LslSink(Closing):
    """One outlet for a run: a sample a reading, `face_id` -1 and nan where there is no face.

    The samples are float32, at an irregular rate, and carry the moment at which the picture was
    captured, on LSL's clock.

    Args:
        name: the stream's name.
        source_id: lets receivers find the stream again after a restart, for example the source.
        lsl: the pylsl module, for tests; None imports it.
        clock: the clock of `Frame.captured`, in seconds.

    Raises `MissingExtraError` without pylsl, `InputError` where its library cannot be loaded.
    """

    def __init__(
        self,
        name: str = "AVCE live",
        *,
        source_id: str = "",
        lsl: Any = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._lsl = _import_pylsl() if lsl is None else lsl
        self._clock = clock
        self._last = float("-inf")
        info = self._lsl.StreamInfo(
            name, STREAM_TYPE, len(CHANNELS), self._lsl.IRREGULAR_RATE, "float32", source_id
        )
        description = info.desc()
        description.append_child_value("manufacturer", "avce-live")
        channels = description.append_child("channels")
        for label, unit in CHANNELS:
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", unit)
            channel.append_child_value("type", STREAM_TYPE)
        self._outlet: Any = self._lsl.StreamOutlet(info)

    def write(self, analysis: Analysis) -> None:
        """Send the readings of a frame; after `close` nothing is sent."""
        if self._outlet is None:
            return
        age = max(0.0, self._clock() - analysis.frame.captured)
        # Receivers expect time to go on: two clocks never agree to the microsecond.
        self._last = max(self._last, self._lsl.local_clock() - age)
        for reading in analysis.readings:
            self._outlet.push_sample(sample(reading), self._last)

    def close(self, *, complete: bool = True) -> None:
        """End the stream; further calls do nothing. A stream has no way to tell `complete`."""
        self._outlet = None


def sample(reading: Reading) -> list[float]:
    """A reading as the values of `CHANNELS`."""
    return [float(getattr(reading, label)) for label, _ in CHANNELS]


def _import_pylsl() -> Any:
    try:
        import pylsl
    except ImportError as error:
        raise MissingExtraError("--lsl", "lsl") from error
    except RuntimeError as error:
        # pylsl is there and its C library is not.
        raise InputError(
            "--lsl needs the liblsl library, which cannot be loaded: install liblsl, or the "
            "pylsl package anew."
        ) from error
    return pylsl
