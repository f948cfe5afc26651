"""Play, pause, step and seek, under the picture."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QStyle, QToolButton, QWidget

from .actions import Actions
from .icons import icon
from .theme import DARK, Theme
from .time_axis import clock

_STEP: Final = 5_000
_MOST: Final = 2**31 - 1


class _SeekSlider(QSlider):
    """A slider over milliseconds whose handle jumps to where it is clicked."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            at = QStyle.sliderValueFromPosition(
                self.minimum(), self.maximum(), round(event.position().x()), self.width()
            )
            self.setValue(at)
            self.sliderMoved.emit(at)
        super().mousePressEvent(event)


class Transport(QWidget):
    """Controls of a file; a live source shows only play and pause."""

    seek_wanted = Signal(float)
    """The user asked for this time, in seconds from the start."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = DARK
        self._running = True
        self._duration: float | None = None
        self._seconds = 0.0
        self.play_button = self._button("play", actions)
        self.step_button = self._button("step", actions)
        self.slider = _SeekSlider(Qt.Orientation.Horizontal)
        self.slider.setSingleStep(_STEP)
        self.slider.setPageStep(6 * _STEP)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setAccessibleName("Position in the file")
        self.slider.setToolTip("Position in the file (Left and Right: 5 s, page keys: 30 s)")
        self.slider.sliderMoved.connect(self._moved)
        self.slider.actionTriggered.connect(lambda _: self._moved(self.slider.sliderPosition()))
        self.time = QLabel()
        self.time.setProperty("muted", True)
        self.time.setAccessibleName("Time")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 8, 0)
        row.setSpacing(4)
        row.addWidget(self.play_button)
        row.addWidget(self.step_button)
        row.addSpacing(6)
        row.addWidget(self.slider, 1)
        row.addSpacing(6)
        row.addWidget(self.time)
        self._row = row

    def put_beside(self, widget: QWidget) -> None:
        """Place something more at the right end."""
        self._row.addSpacing(10)
        self._row.addWidget(widget)

    def _button(self, name: str, actions: Actions) -> QToolButton:
        action = actions[name]
        button = QToolButton()
        button.setProperty("flat", True)
        button.setIconSize(QSize(20, 20))
        button.setAccessibleName(action.text())
        button.setToolTip(action.toolTip())
        button.clicked.connect(action.trigger)
        button.setEnabled(action.isEnabled())
        action.changed.connect(lambda: button.setEnabled(action.isEnabled()))
        return button

    def show_source(self, duration: float | None, *, seekable: bool) -> None:
        """Fit a source: how long it is in seconds (None: no end), and whether it can be wound."""
        self._duration = duration if seekable and duration else None
        self.slider.setVisible(self._duration is not None)
        self.slider.blockSignals(True)
        self.slider.setMaximum(min(round((self._duration or 0.0) * 1000), _MOST))
        self.slider.blockSignals(False)
        self.show_time(self._seconds)

    def show_time(self, seconds: float) -> None:
        """Show where the source is, in seconds from its start."""
        self._seconds = seconds
        if self._duration is None:
            self.time.setText(clock(seconds))
            return
        self.time.setText(f"{clock(seconds)} / {clock(self._duration)}")
        if not self.slider.isSliderDown():
            self.slider.blockSignals(True)
            self.slider.setValue(min(max(round(seconds * 1000), 0), self.slider.maximum()))
            self.slider.blockSignals(False)

    def show_state(self, state: str) -> None:
        """Show a pause sign while running and a play sign otherwise."""
        running = state in ("running", "starting", "lost")
        if running != self._running:
            self._running = running
            self.set_theme(self.theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self.theme = theme
        sign = "pause" if self._running else "play"
        self.play_button.setIcon(icon(sign, theme.text, disabled=theme.faint))
        self.step_button.setIcon(icon("step", theme.text, disabled=theme.faint))

    def _moved(self, value: int) -> None:
        if self._duration is not None:
            self.seek_wanted.emit(value / 1000)
