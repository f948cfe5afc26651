"""The numbers of one face, large, each with its interval and a bar around zero; and how well it is
seen."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)

from ....model.face.quality import Quality
from ....model.intervals import bounds
from ...analysis.reading import Reading
from ..qt.boxes import in_column, in_row
from ..qt.theme import AXES, DARK, Theme
from .labels import signed
from .series import CHANNELS, channels


class Bar(QWidget):
    """A number in [-1, 1] as a bar that grows from the middle, and its interval as a line."""

    def __init__(self, axis: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = axis
        self._value = self._halfwidth = math.nan
        self._dimmed = False
        self.theme: Theme = DARK
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(8)

    def set_value(self, value: float, halfwidth: float, *, dimmed: bool) -> None:
        """Show a value, an empty bar for not-a-number; the line is its interval."""
        self._value, self._halfwidth, self._dimmed = value, halfwidth, dimmed
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
                ink = QColor(self.theme.muted if self._dimmed else self.theme.axis(self._axis))
                ends = map(float, bounds(self._value, self._halfwidth))
                reach, low, high = (
                    min(max(value, -1.0), 1.0) * room.width() / 2 for value in (self._value, *ends)
                )
                bar = QRectF(min(middle, middle + reach), room.top(), abs(reach), room.height())
                painter.setBrush(ink)
                painter.drawRoundedRect(bar, 3, 3)
                if not math.isnan(self._halfwidth):
                    painter.setBrush(QColor(self.theme.text))
                    line = QRectF(middle + low, room.center().y() - 1, high - low, 2)
                    painter.drawRect(line)
                    for end in (line.left(), line.right() - 2):
                        painter.drawRect(QRectF(end, room.top(), 2, room.height()))
            painter.setBrush(QColor(self.theme.muted))
            painter.drawRect(QRectF(middle - 0.5, room.top(), 1, room.height()))


_SIGNS: Final = {"good": "\N{BLACK CIRCLE}", "fair": "\N{CIRCLE WITH LEFT HALF BLACK}"}
_POOR: Final = "\N{WHITE CIRCLE}"


class Light(QLabel):
    """How well a face is seen: a sign and words, elided where there is no room.

    `advises` says what would help as well, as before a recording.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.advises = True
        self._words = ""
        self.setAccessibleName("How well the face is seen")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setProperty("muted", True)

    def show_quality(self, quality: Quality) -> None:
        """Show what is known; nothing where nothing is."""
        level = quality.level
        words = quality.reason
        if self.advises and quality.advice:
            words += f": {quality.advice}"
        if level == "good":
            words = "seen well"
        sign = _SIGNS.get(level, _POOR)
        self._words = f"{sign} {words[:1].upper()}{words[1:]}" if level else ""
        if self.property("warning") != (level in ("fair", "poor")):
            self.setProperty("warning", level in ("fair", "poor"))
            self.style().unpolish(self)
            self.style().polish(self)
        self._elide()
        tip = {
            "good": "Frontal, sharp and well lit enough for the model",
            "fair": "The model errs more on faces that are seen like this",
            "poor": "The model knows little of faces that are seen like this",
        }.get(level, "")
        known = f" (quality {quality.value:.2f} of 1)" if level else ""
        self.setToolTip(f"{self._words}\n{tip}{known}" if level else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def sizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().height() + 2)

    def _elide(self) -> None:
        room = max(self.width() - 2, 40)
        self.setText(self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room))


def _dim(label: QLabel, dimmed: bool) -> None:
    """Grey out a number, or give it its colour back; styling anew costs, so only on a change."""
    if bool(label.property("dimmed")) != dimmed:
        label.setProperty("dimmed", dimmed)
        label.style().unpolish(label)
        label.style().polish(label)


class Readout(QFrame):
    """Smoothed valence and arousal of the chosen face, with their intervals, and how far they are
    from neutral; under them a light that says how well the face is seen, and what would help.

    Numbers of a face that is seen poorly are dimmed.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.face_id: int | None = None
        self.heading = QLabel("No face")
        self.heading.setProperty("title", True)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setToolTip(
            "What the model estimates from this face, not what the person feels."
        )
        self.values: dict[str, QLabel] = {}
        self.halfwidths: dict[str, QLabel] = {}
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
            halfwidth = QLabel("")
            halfwidth.setProperty("muted", True)
            halfwidth.setAccessibleName(f"Half-width of the 90 % interval of {axis}")
            halfwidth.setToolTip("Of ten faces seen like this, nine lie within this interval")
            pair = in_row(value, spacing=6)
            pair.addWidget(halfwidth, 1, Qt.AlignmentFlag.AlignBottom)
            bar = Bar(axis)
            grid.addWidget(name, 0, column)
            grid.addLayout(pair, 1, column)
            grid.addWidget(bar, 2, column)
            grid.addWidget(relative, 3, column)
            grid.setColumnStretch(column, 1)
            self.values[axis], self.relatives[axis], self._bars[axis] = value, relative, bar
            self.halfwidths[axis] = halfwidth
        self.light = Light()
        in_column(self.heading, grid, self.light, of=self, margins=(14, 10, 14, 6), spacing=6)

    def show_reading(self, reading: Reading | None, name: str = "") -> None:
        """Show a face's numbers, or dashes for None; `name` is what the face is called."""
        self.face_id = None if reading is None else reading.face_id
        heading = "No face"
        if reading is not None:
            number = f"face {reading.face_id}"
            called = f"{name} ({number})" if name else number
            heading = f"Estimated expression, {called}"
        self.heading.setText(heading)
        values = (math.nan,) * len(CHANNELS) if reading is None else channels(reading)
        quality = Quality(math.nan) if reading is None else reading.judged
        dimmed = quality.level == "poor"
        for axis, smooth, relative, halfwidth in zip(
            AXES, values[2:4], values[4:6], values[6:8], strict=True
        ):
            self.values[axis].setText(signed(smooth))
            _dim(self.values[axis], dimmed)
            known = not math.isnan(halfwidth)
            self.halfwidths[axis].setText(f"\N{PLUS-MINUS SIGN} {halfwidth:.2f}" if known else "")
            self._bars[axis].set_value(smooth, halfwidth, dimmed=dimmed)
            text = "" if math.isnan(relative) else f"{signed(relative)} vs. neutral"
            self.relatives[axis].setText(text)
        self.light.show_quality(quality)

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        for bar in self._bars.values():
            bar.theme = theme
            bar.update()
