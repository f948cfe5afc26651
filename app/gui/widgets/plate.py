"""A dark, rounded plate of words over another widget, the same in both themes."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QWidget


class Plate(QLabel):
    """Words that clicks go through; hidden at first, and placed anew with the widget below.

    Args:
        over: the widget that it lies on.
        name: what it is, for screen readers.
        style: its size, as a style sheet.
        opacity: of the ground, 0 to 255.
    """

    def __init__(self, over: QWidget, name: str, style: str, opacity: int) -> None:
        super().__init__(over)
        self._over = over
        self.setStyleSheet(f"background: rgba(12, 14, 18, {opacity}); color: white; {style}")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(name)
        over.installEventFilter(self)
        self.hide()

    @abstractmethod
    def _place(self) -> None:
        """Move to where it belongs."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False
