"""What floats over the video: short messages, and a marker's question."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QWidget,
)

from ..qt.boxes import in_row
from .plate import Plate

_ABOVE_PROMPT: Final = 76
_MOST_MESSAGES: Final = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A message, the moment (monotonic seconds) at which it goes, and what it is about."""

    words: str
    until: float
    topic: str


class Toast(Plate):
    """Messages near the lower edge of a widget that go away by themselves, the newest lowest.

    One does not hide another: what comes at once stands in lines, each for its own time.
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, "Message", "border-radius: 9px; padding: 8px;", 225)
        self._told: list[Told] = []
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._refresh)

    def say(self, words: str, seconds: float = 4.0, topic: str = "") -> None:
        """Show a message for some seconds, in place of the last one on the same topic, if any."""
        topic = topic or words
        earlier = [told for told in self._told if told.topic != topic]
        told = Told(words, monotonic() + seconds, topic)
        self._told = [*earlier, told][-_MOST_MESSAGES:]
        self._refresh()

    def _refresh(self) -> None:
        now = monotonic()
        self._told = [told for told in self._told if told.until > now]
        if not self._told:
            self.hide()
            return
        self.setText("\n".join(told.words for told in self._told))
        self._place()
        self.show()
        self.raise_()
        first = min(told.until for told in self._told)
        self._timer.start(ceil(1000 * (first - now)))

    def _place(self) -> None:
        over = self._over
        room = max(over.width() - 48, 120)
        lines = self.text().split("\n")
        wanted = max(map(self.fontMetrics().horizontalAdvance, lines)) + 32
        self.setFixedWidth(min(wanted, room))
        self.adjustSize()
        top = max(over.height() - self.height() - _ABOVE_PROMPT, 0)
        self.move((over.width() - self.width()) // 2, top)


class MarkerPrompt(QFrame):
    """Asks for the text of a marker. The moment is the one at which it was opened."""

    named = Signal(float, str)

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setProperty("card", True)
        self._time = 0.0
        self._count = 0
        self.label = QLabel()
        self.field = QLineEdit()
        self.field.setAccessibleName("Marker name")
        self.field.setToolTip("Enter saves the marker, Esc discards it")
        self.field.setMinimumWidth(240)
        self.field.installEventFilter(self)
        self.field.returnPressed.connect(self._accept)
        hint = QLabel("Enter to save, Esc to discard")
        hint.setProperty("muted", True)
        in_row(self.label, self.field, hint, of=self, margins=(12, 8, 12, 8))
        over.installEventFilter(self)
        self.hide()

    def ask(self, time: float, words: str) -> None:
        """Ask for the text of a marker at `time` (source's clock), named in `words`."""
        if self.isVisible():
            self._accept()
        self._time = time
        self.label.setText(f"Marker at {words}")
        self.field.clear()
        self.field.setPlaceholderText(f"marker {self._count + 1}")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _accept(self) -> None:
        self._count += 1
        text = self.field.text().strip() or f"marker {self._count}"
        self.hide()
        self.named.emit(self._time, text)

    def _place(self) -> None:
        over = self._over
        self.adjustSize()
        self.move((over.width() - self.width()) // 2, over.height() - self.height() - 16)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        if (
            watched is self.field
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            self.hide()
            return True
        return False
