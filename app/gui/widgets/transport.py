"""Play, pause, step and seek, under the video."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QLabel,
    QSlider,
    QStyle,
    QToolButton,
    QWidget,
)

from ..qt.boxes import in_column, in_row
from ..qt.icons import icon
from ..qt.theme import DARK, Theme
from .time_axis import clock

_LEAST_WIDTH: Final = 100  # pixels: a bar that can be dragged
_STEP: Final = 5_000
_MOST: Final = 2**31 - 1
_SLIDER_TIP: Final = "Playback position (Left and Right: 5 s, Page Up and Page Down: 30 s)"


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

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = DARK
        self._running = True
        self._duration: float | None = None
        self._seconds = self._zero = 0.0
        self._frame: int | None = None
        self._exact = self._looped = False
        self.play_button, self.step_button = _button(), _button()
        self.back_button = _button()
        self.buttons = {
            "play": self.play_button,
            "step_back": self.back_button,
            "step": self.step_button,
        }
        """By the actions that they do."""
        self.slider = _SeekSlider(Qt.Orientation.Horizontal)
        self.slider.setMinimumWidth(_LEAST_WIDTH)
        self.slider.setSingleStep(_STEP)
        self.slider.setPageStep(6 * _STEP)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setAccessibleName("Playback position")
        self.slider.setToolTip(_SLIDER_TIP)
        self.slider.sliderMoved.connect(self._moved)
        self.slider.actionTriggered.connect(lambda _: self._moved(self.slider.sliderPosition()))
        self.time = QLabel()
        self.time.setProperty("muted", True)
        self.time.setAccessibleName("Time")
        row = in_row(
            self.play_button,
            self.back_button,
            self.step_button,
            6,
            (self.slider, 1),
            6,
            self.time,
            margins=(0, 0, 0, 0),
            spacing=4,
        )
        self._rows = in_column(row, of=self, margins=(4, 0, 8, 0), spacing=4)

    def put_below(self, widget: QWidget) -> None:
        """Place something more under the bar, so that the bar keeps its width."""
        self._rows.addWidget(widget)

    def show_source(
        self,
        duration: float | None,
        *,
        seekable: bool,
        looped: bool = False,
        exact: bool = False,
    ) -> None:
        """Fit a source: its duration in seconds (None: no end), whether it supports seeking, begins
        again at its end, and is ever shown by the very frame."""
        self._duration = duration if seekable and duration else None
        self._looped = looped
        widest = clock(self._duration or 0.0, decimals=3 if exact else 0)
        if exact:
            widest = f"frame 0000000, {widest}"
        if self._duration is not None:
            widest += f" / {clock(self._duration)}" + (", round 99" if looped else "")
        # The same room running and paused: the bar beside it does not move.
        self.time.setMinimumWidth(self.time.fontMetrics().horizontalAdvance(widest))
        self.slider.setVisible(self._duration is not None)
        self.slider.blockSignals(True)
        self.slider.setMaximum(min(round((self._duration or 0.0) * 1000), _MOST))
        self.slider.blockSignals(False)
        self._show_time()

    def set_zero(self, seconds: float) -> None:
        """Let the start be called so many seconds."""
        self._zero = seconds
        self._show_time()

    def lock_seeking(self, locked: bool, why: str = "") -> None:
        """Let the slider only show the position, and say why."""
        self.slider.setEnabled(not locked)
        self.slider.setToolTip(why if locked else _SLIDER_TIP)

    def show_time(self, seconds: float, frame: int | None = None, *, exact: bool = False) -> None:
        """Show where the source is, in seconds from its start.

        `exact` shows milliseconds, and the frame's number where that is known.
        """
        self._seconds, self._frame, self._exact = seconds, frame, exact
        self._show_time()

    def _show_time(self) -> None:
        seconds, rounds = self._seconds, 0
        if self._looped and self._duration is not None:
            rounds, seconds = divmod(seconds, self._duration)
        now = clock(seconds + self._zero, decimals=3 if self._exact else 0)
        if self._exact and self._frame is not None:
            now = f"frame {self._frame}, {now}"
        if self._duration is None:
            self.time.setText(now)
            return
        later = f", round {rounds + 1:.0f}" if rounds >= 1 else ""
        self.time.setText(f"{now} / {clock(self._duration + self._zero)}{later}")
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
        self.back_button.setIcon(icon("step_back", theme.text, disabled=theme.faint))
        self.step_button.setIcon(icon("step", theme.text, disabled=theme.faint))

    def _moved(self, value: int) -> None:
        if self._duration is not None:
            self.seek_wanted.emit(value / 1000)


def _button() -> QToolButton:
    button = QToolButton()
    button.setProperty("flat", True)
    button.setIconSize(QSize(20, 20))
    return button
