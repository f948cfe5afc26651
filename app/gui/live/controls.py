"""The bar at the top: source, map, baseline, marker, snapshot, record."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QMenu,
    QSlider,
    QToolButton,
    QWidget,
)

from ..qt.boxes import in_row
from ..qt.icons import icon
from ..qt.theme import Theme
from ..widgets.images import COLOUR_MAPS, colour_bar
from ..widgets.inputs import Choice
from ..widgets.segments import Segments

_ICON: Final = QSize(18, 18)
_GAP: Final = 4  # between a sign and its word
_KINDS: Final = {"camera": "camera", "video": "video", "images": "image", "demo": "face"}


class Controls(QWidget):
    """Buttons for what is done often; everything is also in the menus and on a key.

    Where there is no room for their words, some buttons keep their signs alone.
    """

    opacity_changed = Signal(float)
    colours_chosen = Signal(str)

    def __init__(self, source_menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = "demo"
        self.source_button = self._button("Source")
        self.source_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.source_button.setProperty("menu", True)
        self.source_button.setToolTip("Choose a camera, the demo clip, a file or a folder")
        self.source_button.setMenu(source_menu)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setFixedWidth(90)
        self.opacity.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.opacity.setAccessibleName("Map opacity")
        self.opacity.setToolTip("Map opacity ([ lower, ] higher)")
        self.opacity.valueChanged.connect(lambda value: self.opacity_changed.emit(value / 100))
        self.colours = Choice()
        self.colours.setIconSize(QSize(36, 10))
        self.colours.setAccessibleName("Map colours")
        self.colours.setToolTip("Map colours, from low to high (C: next)")
        for name in COLOUR_MAPS:
            bar = QPixmap.fromImage(colour_bar(name).image).scaled(72, 20)
            self.colours.addItem(bar, name, name)
        self.colours.currentIndexChanged.connect(
            lambda _: self.colours_chosen.emit(self.colours.currentData())
        )
        self.baseline_button = self._button("Baseline")
        self.marker_button = self._button("Marker")
        self.snapshot_button = self._button("Snapshot")
        self.record_button = self._button("Record")
        segments = self._map_choice()
        self.buttons: dict[str, QAbstractButton] = {
            "baseline": self.baseline_button,
            "marker": self.marker_button,
            "snapshot": self.snapshot_button,
            "record": self.record_button,
            **{f"map_{axis}": button for axis, button in self.map_buttons.items()},
        }
        """By the actions that they do."""
        self._shortened = (self.baseline_button, self.marker_button, self.snapshot_button)
        in_row(
            self.source_button,
            6,
            segments,
            self.opacity,
            self.colours,
            None,
            self.baseline_button,
            self.marker_button,
            self.snapshot_button,
            self.record_button,
            of=self,
            margins=(0, 0, 0, 0),
            spacing=8,
        )

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(hint.width() - (self._words() if self._worded else 0), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = event.size().width() >= self.minimumSizeHint().width() + self._words()
        if room != self._worded:
            style = Qt.ToolButtonStyle
            for button in self._shortened:
                button.setToolButtonStyle(
                    style.ToolButtonTextBesideIcon if room else style.ToolButtonIconOnly
                )

    @property
    def _worded(self) -> bool:
        return self.marker_button.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly

    def _words(self) -> int:
        """How much wider the words make the bar."""
        width = self.fontMetrics().horizontalAdvance
        return sum(width(button.text()) + _GAP for button in self._shortened)

    def _button(self, words: str) -> QToolButton:
        button = QToolButton()
        button.setIconSize(_ICON)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setText(words)
        button.setAccessibleName(words)
        return button

    def _map_choice(self) -> Segments:
        segments = Segments()
        self.map_buttons: dict[str, QToolButton] = {}
        for axis, text in (("off", "No map"), ("valence", "Valence"), ("arousal", "Arousal")):
            button = self.map_buttons[axis] = segments.add(text)
            button.setProperty("axis", axis)
        return segments

    def show_source(self, kind: str, name: str, theme: Theme) -> None:
        """Name the source on its button."""
        self._kind = kind
        words = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 190)
        self.source_button.setText(words)
        self.source_button.setAccessibleName(f"Source: {name}")
        self._icons(theme)

    def show_recording(self, recording: bool, theme: Theme) -> None:
        """Turn the record button into a stop button, or back."""
        self.record_button.setText("Stop" if recording else "Record")
        self.record_button.setProperty("recording", recording)
        self.record_button.style().unpolish(self.record_button)
        self.record_button.style().polish(self.record_button)
        self._icons(theme, recording=recording)

    def show_map(self, axis: str, opacity: float, colours: str) -> None:
        """Bring the map's controls in line with what is shown."""
        for widget in (self.opacity, self.colours):
            widget.blockSignals(True)
        self.opacity.setValue(round(opacity * 100))
        self.colours.setCurrentIndex(max(self.colours.findData(colours), 0))
        for widget in (self.opacity, self.colours):
            widget.blockSignals(False)
            widget.setEnabled(axis != "off")

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self._icons(theme, recording=bool(self.record_button.property("recording")))

    def _icons(self, theme: Theme, *, recording: bool | None = None) -> None:
        if recording is None:
            recording = bool(self.record_button.property("recording"))
        grey = theme.faint
        self.source_button.setIcon(icon(_KINDS.get(self._kind, "video"), theme.text, disabled=grey))
        self.baseline_button.setIcon(icon("neutral", theme.text, disabled=grey))
        self.marker_button.setIcon(icon("marker", theme.text, disabled=grey))
        self.snapshot_button.setIcon(icon("snapshot", theme.text, disabled=grey))
        sign, ink = ("stop", "#ffffff") if recording else ("record", theme.record)
        self.record_button.setIcon(icon(sign, ink, disabled=grey))
