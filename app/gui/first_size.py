"""The size that a window opens with: 1280 x 800, or what the screen has room for."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QStyle, QWidget

WISHED: Final = QSize(1280, 800)


def within(wished: QSize, available: QRect, title_bar: int) -> QSize:
    """`wished`, or as much of it as fits under a title bar into the screen's free area."""
    return wished.boundedTo(available.size() - QSize(0, title_bar))


def open_within_screen(window: QWidget) -> None:
    """Give a new window its size. What it remembers is held within the screen by Qt itself."""
    # The frame is there only once the window is shown: a style knows how high it usually is.
    title_bar = window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    window.resize(within(WISHED, window.screen().availableGeometry(), title_bar))
