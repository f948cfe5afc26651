"""Choose a model and read its card."""

from __future__ import annotations

from html import escape
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument, QTextFormat
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTextBrowser,
    QWidget,
)

from ..qt import help_pages
from ..qt.boxes import in_column, in_row
from ..qt.theme import Theme
from .ports import Backend, Card


def card_page(card: Card, theme: Theme) -> str:
    """A model's card as a page."""
    if card.problem:
        return f"<p style='color:{theme.warning}'>{escape(card.problem)}</p>"
    parts = [help_pages.table(card.facts, theme)]
    if card.metrics:
        heads = "".join(f"<td align='right'>&nbsp;&nbsp;{escape(n)}</td>" for n in card.columns)
        body = "".join(
            f"<tr><td style='color:{theme.axis(axis)}'><b>{escape(axis)}</b></td>"
            + "".join(f"<td align='right'>&nbsp;&nbsp;{escape(cell)}</td>" for cell in row)
            + "</tr>"
            for axis, row in card.metrics
        )
        parts.append(
            "<p><b>Measured on data it was not trained on</b></p><table cellpadding='3'>"
            f"<tr style='color:{theme.muted}'><td></td>{heads}</tr>{body}</table>"
        )
    if card.page:
        parts.append(f"<br>{_markdown(card.page)}")
    parts.append(
        "<p>The values estimate an expression as raters would see it, not what a person feels. "
        "See Help > What the numbers mean.</p>"
    )
    return "".join(parts)


def _markdown(text: str) -> str:
    """Markdown as HTML, its headings in the size of a dialog's, and nothing too wide to wrap."""
    document = QTextDocument()
    document.setMarkdown(text)
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        shape, letters = block.blockFormat(), QTextCharFormat()
        shape.setNonBreakableLines(False)
        if shape.headingLevel():
            shape.setTopMargin(14)
            steps = 1 if shape.headingLevel() == 1 else 0
            letters.setProperty(QTextFormat.Property.FontSizeAdjustment, steps)
        cursor.setPosition(block.position())
        cursor.setBlockFormat(shape)
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        cursor.mergeCharFormat(letters)
        block = block.next()
    return document.toHtml()


class ModelChooser(QDialog):
    """Lists the models that come with the app; any other exported file can be opened.

    Without a `current` one the first is shown, which is the default.

    After `exec()` returns accepted, `chosen` is the file to use.
    """

    def __init__(
        self, parent: QWidget, backend: Backend, theme: Theme, current: Path | None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Model")
        self._backend = backend
        self._theme = theme
        self.chosen: Path | None = None
        title = QLabel("Model")
        title.setProperty("heading", True)
        self.list = QListWidget()
        self.list.setAccessibleName("Models")
        self.list.setToolTip("Select a model to read its card (Up, Down)")
        self.list.setFixedWidth(210)
        self.list.currentItemChanged.connect(self._show_card)
        self.list.itemDoubleClicked.connect(self._use)
        self.card = QTextBrowser()
        self.card.setProperty("plain", True)
        font = self.card.font()
        font.setPixelSize(14)
        self.card.setFont(font)
        self.card.setAccessibleName("Model card")
        self.card.setToolTip("Training, test results and limits of the model")
        other = QPushButton("Open file…")
        other.setToolTip("Add another exported model (.onnx) to the list")
        other.clicked.connect(self._open)
        close = QPushButton("Close")
        close.setToolTip("Keep the current model (Esc)")
        close.clicked.connect(self.reject)
        self.use = QPushButton("Use this model")
        self.use.setToolTip("Analyse the current source with this model (Enter)")
        self.use.setProperty("primary", True)
        self.use.setDefault(True)
        self.use.clicked.connect(self._use)
        middle = in_row(self.list, (self.card, 1), spacing=18)
        row = in_row(other, None, close, self.use)
        in_column(title, (middle, 1), row, of=self, margins=(26, 22, 26, 20), spacing=12)
        self.resize(980, 640)
        for path in backend.models():
            self._add(path)
        if current is not None:
            self.select(current)
        elif self.list.count():
            self.list.setCurrentRow(0)
        if self.list.currentItem() is None:
            self.use.setEnabled(False)

    def select(self, path: Path) -> None:
        """Show a file's card, adding the file to the list when it is new."""
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) == str(path):
                self.list.setCurrentRow(row)
                return
        self.list.setCurrentItem(self._add(path))

    def _add(self, path: Path) -> QListWidgetItem:
        item = QListWidgetItem(path.stem)
        item.setData(Qt.ItemDataRole.UserRole, str(path))
        item.setToolTip(str(path))
        self.list.addItem(item)
        return item

    def _path(self) -> Path | None:
        item = self.list.currentItem()
        return None if item is None else Path(item.data(Qt.ItemDataRole.UserRole))

    def _show_card(self) -> None:
        path = self._path()
        if path is None:
            return
        card = self._backend.card(path)
        self.card.setHtml(card_page(card, self._theme))
        self.use.setEnabled(not card.problem)

    def _open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open model", "", "Models (*.onnx)")
        if name:
            self.select(Path(name))

    def _use(self) -> None:
        if self.use.isEnabled():
            self.chosen = self._path()
            self.accept()
