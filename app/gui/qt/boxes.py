"""Rows and columns of widgets, and the buttons at their ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QPushButton, QVBoxLayout, QWidget

Item = QWidget | QLayout
Part = Item | tuple[Item, int] | int | None
"""What stands in a row or column: an item, one with its stretch factor, so many pixels, or None for
what stretches."""
_Box = TypeVar("_Box", bound=QBoxLayout)


def in_row(
    *parts: Part,
    of: QWidget | None = None,
    margins: tuple[int, int, int, int] | None = None,
    spacing: int | None = None,
) -> QHBoxLayout:
    """Parts from left to right: the layout `of` a widget, or one to be put into another; margins
    (left, top, right, bottom) and spacing in pixels, the style's where they are not given."""
    return _filled(QHBoxLayout() if of is None else QHBoxLayout(of), parts, margins, spacing)


def in_column(
    *parts: Part,
    of: QWidget | None = None,
    margins: tuple[int, int, int, int] | None = None,
    spacing: int | None = None,
) -> QVBoxLayout:
    """Parts from top to bottom, see `in_row`."""
    return _filled(QVBoxLayout() if of is None else QVBoxLayout(of), parts, margins, spacing)


def push_button(words: str, tip: str, do: Callable[[], object]) -> QPushButton:
    """A button that does something when pressed; Enter presses it only where it is asked to."""
    made = QPushButton(words)
    made.setAutoDefault(False)
    made.setToolTip(tip)
    made.setAccessibleName(words)
    made.clicked.connect(do)
    return made


def _filled(
    box: _Box,
    parts: tuple[Part, ...],
    margins: tuple[int, int, int, int] | None,
    spacing: int | None,
) -> _Box:
    if margins is not None:
        box.setContentsMargins(*margins)
    if spacing is not None:
        box.setSpacing(spacing)
    for part in parts:
        item, stretch = part if isinstance(part, tuple) else (part, 0)
        if isinstance(item, QWidget):
            box.addWidget(item, stretch)
        elif isinstance(item, QLayout):
            box.addLayout(item, stretch)
        elif item is None:
            box.addStretch(1)
        else:
            box.addSpacing(item)
    return box
