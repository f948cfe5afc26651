"""The window's switches for the Lab Streaming Layer, and what has come by it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from ....model.errors import AvceError
from ...lsl.streams import LslStreams


class LslSwitches(QObject):
    """Sends readings and receives markers while the switches are on.

    Args:
        streams: what is switched.
        mark: puts a marker into plot and session: a moment of the source's clock (s), its words.
        parent: the window.
    """

    message = Signal(str)

    def __init__(
        self, streams: LslStreams, mark: Callable[[float, str], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.streams, self._mark = streams, mark
        self._ticks: tuple[QAction, ...] = ()

    def show_in(self, sending: QAction, receiving: QAction) -> None:
        """Keep the ticks of these at what is switched on."""
        self._ticks = sending, receiving
        self._show()

    def _show(self) -> None:
        on = self.streams.sending, self.streams.receiving
        for tick, checked in zip(self._ticks, on, strict=False):
            tick.setChecked(checked)

    def send(self, on: bool) -> None:
        """Offer the readings to other programs, or not."""
        self._switch(self.streams.send, on)
        for stream in self.streams.sent():
            self.message.emit(f"Readings are offered on this network as “{stream['name']}”")

    def receive(self, on: bool) -> None:
        """Take markers of other programs, or not."""
        self._switch(self.streams.receive, on)

    def _switch(self, switch: Callable[[bool], None], on: bool) -> None:
        try:
            switch(on)
        except AvceError as error:
            self.message.emit(str(error))
        self._show()

    def words(self) -> str:
        """Take in what has come; what goes on, for the status line."""
        for words, timestamp in self.streams.markers():
            self._mark(timestamp, words)
        return self.streams.words()
