"""What both windows begin with: the app's icon, and a size that the screen has room for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QStyle, QWidget

from .icons import render

WISHED: Final = QSize(1280, 800)


def within(wished: QSize, available: QRect, title_bar: int) -> QSize:
    """`wished`, or as much of it as fits under a title bar into the screen's free area."""
    return wished.boundedTo(available.size() - QSize(0, title_bar))


def open_within_screen(window: QWidget) -> None:
    """Give a new window its size. What it remembers is held within the screen by Qt itself."""
    # The frame is there only once the window is shown: a style knows how high it usually is.
    title_bar = window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    window.resize(within(WISHED, window.screen().availableGeometry(), title_bar))


@cache
def application_icon() -> QIcon:
    """The app's own sign: a circumplex with a point in its upper right."""
    svg = files("avce.app.assets").joinpath("avce-live.svg").read_text(encoding="utf-8")
    result = QIcon()
    for pixels in (16, 32, 64, 128, 256):
        result.addPixmap(render(svg, pixels))
    return result
