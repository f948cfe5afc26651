"""Buttons side by side of which one is down."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton, QWidget


class Segments(QFrame):
    """A choice that is seen whole; `add` gives it one more button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("segments", True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(2, 2, 2, 2)
        self._row.setSpacing(0)
        self._group = QButtonGroup(self)

    def add(self, words: str) -> QToolButton:
        """One more button, at the right."""
        button = QToolButton()
        button.setText(words)
        button.setCheckable(True)
        button.setProperty("segment", True)
        self._group.addButton(button)
        self._row.addWidget(button)
        return button
