"""The line at the bottom: model, rates, delays, what is recorded."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from ...analysis.pipeline import Statistics


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
        self.model = _Field("Model", "Model and what it runs on. Click for its card.", "")
        self.video = _Field("Video rate", "Frames per second from the source", "video 00.0 fps")
        self.analysis = _Field(
            "Analysis rate", "Frames per second through the model", "analysis 00.0 fps"
        )
        self.latency = _Field(
            "Delay",
            "Capture to plot: median and 95th percentile, in milliseconds",
            "delay 000 / 000 ms",
        )
        self.dropped = _Field(
            "Dropped",
            "Frames dropped to keep up with the newest one",
            "dropped 0000",
        )
        self.recording = _Field("Recording", "Length of the recording and free disk space", "")
        self.recording.setProperty("recording", True)
        self.recording.setVisible(False)
        self.lsl = _Field("LSL", "Streams of the Lab Streaming Layer: sent and received", "")
        self.lsl.setVisible(False)
        self.addWidget(self.model)
        self.addWidget(self.lsl)
        self.addPermanentWidget(self.recording)
        for field in (self.video, self.analysis, self.latency, self.dropped):
            self.addPermanentWidget(field)
            field.clicked.connect(self.details_wanted)
        self.model.clicked.connect(self.model_wanted)

    def show_model(self, words: str) -> None:
        """Name the model and what it runs on."""
        self.model.setText(words)

    def show_statistics(
        self, statistics: Statistics | None, delay: tuple[float, float] = (math.nan, math.nan)
    ) -> None:
        """Bring the numbers up to date; None empties them.

        `delay` is from capture to plot: median and 95th percentile, in seconds.
        """
        if statistics is None:
            for field in (self.model, self.video, self.analysis, self.latency, self.dropped):
                field.setText("")
            return
        self.video.setText(f"video {statistics.video_rate:.1f} fps")
        self.analysis.setText(f"analysis {statistics.analysis_rate:.1f} fps")
        median, late = (1000 * seconds for seconds in delay)
        known = not math.isnan(median)
        self.latency.setText(f"delay {median:.0f} / {late:.0f} ms" if known else "")
        self.dropped.setText(f"dropped {statistics.frames_dropped}")

    def show_lsl(self, words: str) -> None:
        """Say what is sent and received, or nothing with ""."""
        self.lsl.setText(words)
        self.lsl.setVisible(bool(words))

    def show_recording(self, words: str) -> None:
        """Say what is recorded, or nothing with ""."""
        self.recording.setText(words)
        self.recording.setVisible(bool(words))
