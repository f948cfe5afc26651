"""Qt's own controls with what a style sheet cannot draw: a chevron, a tick."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QCheckBox, QComboBox, QStyle, QStyleOptionButton, QWidget


class Choice(QComboBox):
    """A combo box with a plain chevron. It takes the keyboard by Tab only: keys stay commands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        ink = self.palette().color(group, QPalette.ColorRole.Text)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(ink, 1.5))
            x, y = self.width() - 14.0, self.height() / 2
            tip = QPointF(x, y + 2)
            painter.drawPolyline([QPointF(x - 4, y - 2), tip, QPointF(x + 4, y - 2)])


class TickBox(QCheckBox):
    """A `QCheckBox` whose tick can be told from an empty box without colour."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = (
            self.style()
            .subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
            .toRectF()
        )
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self.palette().color(QPalette.ColorRole.HighlightedText), 2.0)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        corner, size = box.topLeft(), box.width()
        places = ((0.27, 0.52), (0.44, 0.69), (0.74, 0.33))
        painter.drawPolyline([corner + QPointF(x, y) * size for x, y in places])
