"""A table of words that can be copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem


class CopiedTable(QTableWidget):
    """Rows of words under the names of the columns; nothing in it can be edited."""

    def __init__(self, columns: Sequence[str], name: str, tip: str) -> None:
        super().__init__(0, len(columns))
        self.setHorizontalHeaderLabels(list(columns))
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setAccessibleName(name)
        self.setToolTip(tip)

    def fill(self, rows: Sequence[Sequence[str]]) -> None:
        """Show these rows alone."""
        self.setRowCount(len(rows))
        for i, row in enumerate(rows):
            for j, text in enumerate(row):
                self.setItem(i, j, QTableWidgetItem(text))
        self.resizeColumnsToContents()

    def copy(self) -> None:
        """Put the table on the clipboard, with tabs."""
        columns = range(self.columnCount())
        rows = [[_text(self.horizontalHeaderItem(j)) for j in columns]]
        rows += [[_text(self.item(i, j)) for j in columns] for i in range(self.rowCount())]
        QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in rows) + "\n")


def _text(item: QTableWidgetItem | None) -> str:
    return item.text() if item is not None else ""
