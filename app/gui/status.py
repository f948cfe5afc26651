"""The line at the bottom: network, rates, delays, what is recorded."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from ..pipeline import Statistics


class _Field(QLabel):
    """Words that can be clicked and whose width does not jump with its digits."""

    clicked = Signal()

    def __init__(self, name: str, tip: str, widest: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tip)
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance(widest) + 10)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()


class Status(QStatusBar):
    """Everything here has a tool tip; a click opens the details."""

    details_wanted = Signal()
    model_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.network = _Field("Network", "Network and what it runs on. Click for its card.", "")
        self.picture = _Field("Picture rate", "Pictures a second from the source", "picture 00.0/s")
        self.rate = _Field(
            "Reading rate", "Pictures a second through the network", "network 00.0/s"
        )
        self.latency = _Field(
            "Delay",
            "From capture to the plot: median and 95th percentile, in milliseconds",
            "delay 000 / 000 ms",
        )
        self.dropped = _Field(
            "Dropped",
            "Pictures that the network skipped to stay with the newest one",
            "dropped 0000",
        )
        self.recording = _Field("Recording", "What is being recorded", "")
        self.recording.setProperty("recording", True)
        self.recording.setVisible(False)
        self.addWidget(self.network)
        self.addPermanentWidget(self.recording)
        for field in (self.picture, self.rate, self.latency, self.dropped):
            self.addPermanentWidget(field)
            field.clicked.connect(self.details_wanted)
        self.network.clicked.connect(self.model_wanted)

    def show_network(self, model: str, provider: str) -> None:
        """Name the network and what runs it."""
        self.network.setText(f"{model} on {provider}" if model else "")

    def show_statistics(
        self, statistics: Statistics | None, delay: tuple[float, float] = (math.nan, math.nan)
    ) -> None:
        """Bring the numbers up to date; None empties them.

        `delay` is from capture to plot: median and 95th percentile, in seconds.
        """
        if statistics is None:
            for field in (self.picture, self.rate, self.latency, self.dropped):
                field.setText("")
            return
        self.picture.setText(f"picture {statistics.picture_rate:.1f}/s")
        self.rate.setText(f"network {statistics.network_rate:.1f}/s")
        median, late = (1000 * seconds for seconds in delay)
        known = not math.isnan(median)
        self.latency.setText(f"delay {median:.0f} / {late:.0f} ms" if known else "")
        self.dropped.setText(f"dropped {statistics.frames_dropped}")

    def show_recording(self, words: str) -> None:
        """Say what is recorded, or nothing with ""."""
        self.recording.setText(words)
        self.recording.setVisible(bool(words))
