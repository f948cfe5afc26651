"""The numbers of one face, large, each with a bar around zero."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ..reading import Reading
from .plates import signed
from .series import CHANNELS, channels
from .theme import AXES, DARK, Theme


class Bar(QWidget):
    """A number in [-1, 1] as a bar that grows from the middle."""

    def __init__(self, axis: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = axis
        self._value = math.nan
        self.theme: Theme = DARK
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(8)

    def set_value(self, value: float) -> None:
        """Show a value, or an empty bar for not-a-number."""
        self._value = value
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            room = QRectF(self.rect())
            painter.setBrush(QColor(self.theme.raised))
            painter.drawRoundedRect(room, 4, 4)
            middle = room.center().x()
            if not math.isnan(self._value):
                reach = min(max(self._value, -1.0), 1.0) * room.width() / 2
                bar = QRectF(min(middle, middle + reach), room.top(), abs(reach), room.height())
                painter.setBrush(QColor(self.theme.axis(self._axis)))
                painter.drawRoundedRect(bar, 3, 3)
            painter.setBrush(QColor(self.theme.muted))
            painter.drawRect(QRectF(middle - 0.5, room.top(), 1, room.height()))


class Readout(QFrame):
    """Smoothed valence and arousal of the chosen face, and how far they are from neutral."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.face_id: int | None = None
        self.heading = QLabel("No face")
        self.heading.setProperty("title", True)
        self.heading.setToolTip(
            "What the network estimates from the face in the picture. Not what the person feels."
        )
        self.values: dict[str, QLabel] = {}
        self.relatives: dict[str, QLabel] = {}
        self._bars: dict[str, Bar] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(1)
        for column, axis in enumerate(AXES):
            name = QLabel(axis)
            name.setProperty("axis", axis)
            value = QLabel(signed(math.nan))
            font = QFont(value.font())
            font.setPixelSize(30)
            font.setWeight(QFont.Weight.DemiBold)
            font.setFeature(QFont.Tag("tnum"), 1)
            value.setFont(font)
            value.setProperty("axis", axis)
            value.setAccessibleName(f"Estimated {axis}")
            relative = QLabel("")
            relative.setProperty("muted", True)
            relative.setAccessibleName(f"Estimated {axis} relative to the neutral baseline")
            bar = Bar(axis)
            for row, widget in enumerate((name, value, bar, relative)):
                grid.addWidget(widget, row, column)
            grid.setColumnStretch(column, 1)
            self.values[axis], self.relatives[axis], self._bars[axis] = value, relative, bar
        grid.setRowMinimumHeight(3, 20)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 6)
        layout.setSpacing(6)
        layout.addWidget(self.heading)
        layout.addLayout(grid)

    def show_reading(self, reading: Reading | None) -> None:
        """Show a face's numbers, or dashes for None."""
        self.face_id = None if reading is None else reading.face_id
        self.heading.setText(
            "No face" if reading is None else f"Estimated expression, face {reading.face_id}"
        )
        values = (math.nan,) * len(CHANNELS) if reading is None else channels(reading)
        for axis, smooth, relative in zip(AXES, values[2:4], values[4:6], strict=True):
            self.values[axis].setText(signed(smooth))
            self._bars[axis].set_value(smooth)
            text = "" if math.isnan(relative) else f"{signed(relative)} from neutral"
            self.relatives[axis].setText(text)

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        for bar in self._bars.values():
            bar.theme = theme
            bar.update()
