"""Pages that open over the window: what the numbers mean, keys, about, details."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QPushButton,
    QTextBrowser,
    QWidget,
)

from .boxes import in_column, in_row


class Page(QDialog):
    """A heading, a text that can be scrolled, and one button.

    Args:
        heading: the large words at the top, also the window's title.
        html: the text.
        size: width and height in pixels.
    """

    def __init__(
        self,
        parent: QWidget,
        heading: str,
        html: str,
        *,
        size: tuple[int, int] = (640, 560),
        button: str = "Close",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(heading)
        title = QLabel(heading)
        title.setProperty("heading", True)
        self.text = QTextBrowser()
        self.text.setProperty("plain", True)
        font = self.text.font()
        font.setPixelSize(14)
        self.text.setFont(font)
        self.text.setHtml(html)
        self.text.setAccessibleName(heading)
        self.text.setToolTip("Scroll with Up, Down, Page Up and Page Down")
        self.button = QPushButton(button)
        self.button.setProperty("primary", True)
        self.button.setToolTip(f"{button} (Enter)")
        self.button.setDefault(True)
        self.button.clicked.connect(self.accept)
        row = in_row(None, self.button)
        in_column(title, (self.text, 1), row, of=self, margins=(26, 22, 26, 20), spacing=12)
        self.resize(*size)


class LivePage(Page):
    """A page whose text is made anew twice a second, from `html`."""

    def __init__(self, parent: QWidget, heading: str, html: Callable[[], str]) -> None:
        super().__init__(parent, heading, html(), size=(560, 680))
        self._html = html
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._refresh)
        self._timer.start(500)

    def _refresh(self) -> None:
        bar = self.text.verticalScrollBar()
        at = bar.value()
        html = self._html()
        if not self.text.textCursor().hasSelection():
            self.text.setHtml(html)
            bar.setValue(at)

    def done(self, result: int) -> None:
        self._timer.stop()
        super().done(result)
