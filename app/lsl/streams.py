"""What a window sends by the Lab Streaming Layer and takes from it, switched while it runs."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from ..analysis.analyser import Analysis
from ..analysis.pipeline import Sink
from ..analysis.reading import Extras
from ..sources.base import SourceFacts
from .markers import MarkerInlet
from .outlet import LslSink

MakeOutlet = Callable[[str, Extras], LslSink]
MakeInlet = Callable[[Callable[[str, float], object]], MarkerInlet]


class LslStreams:
    """Two switches that hold for the source on show and for those that come. Safe from any thread.

    Args:
        sending: offer the readings.
        receiving: take markers of other programs, where the source is live.
        make_outlet, make_inlet: stand-ins for tests.
    """

    def __init__(
        self,
        *,
        sending: bool = False,
        receiving: bool = False,
        make_outlet: MakeOutlet = LslSink,
        make_inlet: MakeInlet = lambda receive: MarkerInlet(receive).start(),
    ) -> None:
        self.sending, self.receiving = sending, receiving
        self._make_outlet, self._make_inlet = make_outlet, make_inlet
        self._lock = threading.RLock()
        self._current: _Relay | None = None
        self._markers: deque[tuple[str, float]] = deque()

    def attach(self, source: SourceFacts, extras: Extras = ()) -> Sink:
        """The sink for a source that is opened, and for the optional columns that it gives.

        Raises `AvceError` where LSL cannot be had.
        """
        with self._lock:
            relay = _Relay(self._lock, source.name, source.live, extras)
            self._current = relay
            self._markers.clear()
            self._apply()
            return relay

    def send(self, on: bool) -> None:
        """Offer the readings, or not. Raises `AvceError` where LSL cannot be had."""
        with self._lock:
            self.sending = on
            self._apply()

    def receive(self, on: bool) -> None:
        """Take markers, or not. Raises `AvceError` where LSL cannot be had."""
        with self._lock:
            self.receiving = on
            self._apply()

    def _apply(self) -> None:
        relay = self._current
        if relay is None or relay.closed:
            return
        try:
            if self.sending != (relay.outlet is not None):
                made = self._make_outlet(relay.name, relay.extras) if self.sending else None
                relay.replace_outlet(made)
            wanted = self.receiving and relay.live
            if wanted != (relay.inlet is not None):
                receive = lambda words, at: self._markers.append((words, at))  # noqa: E731
                relay.replace_inlet(self._make_inlet(receive) if wanted else None)
        except Exception:
            # What cannot be had is switched off.
            self.sending = relay.outlet is not None
            self.receiving = relay.inlet is not None
            raise

    def sent(self) -> list[dict[str, str]]:
        """The stream of readings that goes out right now, by its facts; [] for none."""
        relay = self._current
        outlet = None if relay is None or relay.closed else relay.outlet
        return [] if outlet is None else [outlet.facts]

    def markers(self) -> list[tuple[str, float]]:
        """What has come since the last call: words, and the moment on the source's clock (s)."""
        found = []
        with suppress(IndexError):
            while True:
                found.append(self._markers.popleft())
        return found

    def words(self) -> str:
        """What goes on, for the status line; "" for nothing."""
        with self._lock:
            relay = self._current
            said = []
            if relay is not None and relay.outlet is not None:
                said.append(f"LSL: {relay.outlet.name}")
            if relay is not None and relay.inlet is not None:
                names = relay.inlet.names
                said.append(f"markers from {', '.join(names)}" if names else "no LSL markers yet")
            elif self.receiving and relay is not None and not relay.live:
                said.append("LSL markers need a live source")
            return "; ".join(said)


class _Relay(Sink):
    """Hands the analyses of one source to what is switched on."""

    def __init__(self, lock: threading.RLock, name: str, live: bool, extras: Extras) -> None:
        self._lock = lock
        self.name, self.live, self.extras = name, live, extras
        self.outlet: LslSink | None = None
        self.inlet: MarkerInlet | None = None
        self.closed = False

    def replace_outlet(self, outlet: LslSink | None) -> None:
        if self.outlet is not None:
            self.outlet.close()
        self.outlet = outlet

    def replace_inlet(self, inlet: MarkerInlet | None) -> None:
        if self.inlet is not None:
            self.inlet.close()
        self.inlet = inlet

    def write(self, analysis: Analysis) -> None:
        with self._lock:
            for sink in (self.outlet, self.inlet):
                if sink is not None:
                    sink.write(analysis)

    def close(self, *, complete: bool = True) -> None:
        with self._lock:
            self.closed = True
            for sink in (self.outlet, self.inlet):
                if sink is not None:
                    sink.close(complete=complete)
            self.outlet = self.inlet = None
