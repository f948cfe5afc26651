"""Readings as a Lab Streaming Layer stream: the one thing that leaves the machine, and only on
request (`--lsl`)."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_OID, getnode, uuid4, uuid5

from ...model.errors import InputError, MissingExtraError
from ...model.system.closing import Closing
from ...model.version import __version__
from ..analysis.analyser import Analysis
from ..analysis.reading import COLUMN, Extras, Reading, optional_columns, optional_values
from ..sources.addresses import is_address, without_password

CHANNELS = (
    *("valence", "arousal", "valence_smooth", "arousal_smooth", "face_id"),
    *("valence_halfwidth", "arousal_halfwidth", "quality"),
)
"""The columns of a reading that are sent, in the order of the channels."""
STREAM_TYPE, MARKERS = "Expression", "Markers"
OURS = "avce-live/"
"""How the source ids of all our streams begin."""
START, END, INCOMPLETE = "start", "end", "end: incomplete"
"""What the stream of events says."""
_LAST_WORD_SECONDS = 0.5


class LslSink(Closing):
    """The streams of a run: a sample a reading, and in a second one when it starts and ends.

    Samples are float32, at an irregular rate, `face_id` -1 and nan where there is no face; they
    carry the moment at which the frame was captured, on LSL's clock. Name, source id and
    description tell machine, source and run, so that no receiver takes one computer, source or
    program for another. The stream of events has the same name with ", events" after it, the type
    "Markers", and says `START`, and at last `END` or `INCOMPLETE`.

    Args:
        source: what the readings come from. Only its name is announced: no folder of a path, no
            password or query of an address.
        extras: optional columns that are sent as well, in channels after `CHANNELS`.
        lsl: the pylsl module, for tests; None imports it.
        clock: the clock of `Frame.captured`, in seconds.

    Raises `MissingExtraError` without pylsl, `InputError` where its library cannot be loaded.
    """

    def __init__(
        self,
        source: str = "",
        extras: Extras = (),
        *,
        lsl: Any = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._lsl = import_pylsl() if lsl is None else lsl
        self._clock = clock
        self._extras = extras
        self._last = float("-inf")
        facts = {
            "manufacturer": "avce-live",
            "version": __version__,
            "machine": platform.node() or "unnamed",
            "source": public_source(source),
            "run": uuid4().hex,
        }
        self.name = f"AVCE live, {facts['machine']}, {facts['source']}"
        # Two machines may be called alike: their network cards are not, and are not told.
        network_card = uuid5(NAMESPACE_OID, f"avce-live {getnode()}")
        machine = f"{facts['machine']}-{network_card.hex[:8]}"
        self.source_id = f"{OURS}{machine}/{facts['source']}/{facts['run']}"
        facts["events"] = f"{self.name}, events"
        channels = (*CHANNELS, *optional_columns(extras))
        self._outlet: Any = self._open(self.name, STREAM_TYPE, channels, self.source_id, facts)
        self._events: Any = self._open(
            facts["events"], MARKERS, ("event",), f"{self.source_id}/events", facts
        )
        self._events.push_sample([START], self._lsl.local_clock())
        self._run = facts["run"]

    @property
    def facts(self) -> dict[str, str]:
        """By what a receiver knows the stream: its name, source id and run."""
        return {"name": self.name, "source_id": self.source_id, "run": self._run}

    def _open(
        self, name: str, kind: str, channels: tuple[str, ...], source_id: str, facts: dict[str, str]
    ) -> Any:
        format_ = "string" if kind == MARKERS else "float32"
        rate = self._lsl.IRREGULAR_RATE
        info = self._lsl.StreamInfo(name, kind, len(channels), rate, format_, source_id)
        description = info.desc()
        for key, words in facts.items():
            description.append_child_value(key, words)
        listed = description.append_child("channels")
        for label in channels:
            channel = listed.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("type", kind)
            if label in COLUMN:
                column = COLUMN[label]
                channel.append_child_value("unit", column.unit or "none")
                channel.append_child_value("description", column.description)
                channel.append_child_value("range", column.range)
        return self._lsl.StreamOutlet(info)

    def write(self, analysis: Analysis) -> None:
        """Send the readings of a frame; after `close` nothing is sent."""
        outlet = self._outlet
        if outlet is None:
            return
        age = max(0.0, self._clock() - analysis.frame.captured)
        # Receivers expect time to go on: two clocks never agree to the microsecond.
        self._last = max(self._last, self._lsl.local_clock() - age)
        for reading in analysis.readings:
            outlet.push_sample(sample(reading, self._extras), self._last)

    def close(self, *, complete: bool = True) -> None:
        """Say how the run ended, and end the streams; further calls do nothing."""
        if self._outlet is None:
            return
        self._outlet = None
        self._events.push_sample([END if complete else INCOMPLETE], self._lsl.local_clock())
        if self._events.have_consumers():
            # What is on its way when a stream is closed is lost.
            time.sleep(_LAST_WORD_SECONDS)
        self._events = None


def public_source(text: str) -> str:
    """A source's name, fit for everybody in the network: the last part of a path or an address."""
    shown = without_password(text) if is_address(text) else text
    return re.split(r"[/\\]", shown.rstrip("/\\"))[-1] or "source"


def sample(reading: Reading, extras: Extras = ()) -> list[float]:
    """A reading as the values of `CHANNELS` and of the optional columns that are wanted."""
    known = [float(getattr(reading, label)) for label in CHANNELS]
    return [*known, *optional_values(reading, extras)]


def import_pylsl() -> Any:
    """The pylsl module, or what is missing in a sentence."""
    try:
        import pylsl
    except ImportError as error:
        raise MissingExtraError("--lsl", "lsl") from error
    except RuntimeError as error:
        # pylsl is there and its C library is not.
        raise InputError(
            "--lsl needs the liblsl library, which cannot be loaded: install liblsl, or "
            "reinstall the pylsl package."
        ) from error
    return pylsl
