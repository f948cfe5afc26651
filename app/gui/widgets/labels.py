"""Labels on the video: on a dark ground in both themes, for a frame can have any colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from ..qt.theme import colour

INK: Final = "#ffffff"
_GROUND: Final = "#0c0e12"


def signed(value: float) -> str:
    """A number with its sign and two decimals, a real minus and a dash where there is none.

    What rounds to zero is +0.00 from either side.
    """
    if math.isnan(value):
        return "–"
    return f"{value:+z.2f}".replace("-", "\N{MINUS SIGN}")


def _font(painter: QPainter, pixels: float, *, strong: bool) -> QFont:
    font = QFont(painter.font())
    font.setPixelSize(round(pixels))
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return font


def label_height(pixels: float) -> float:
    """How high a label with letters of that height is."""
    return pixels * 1.75


def draw_label(
    painter: QPainter,
    target: QRectF,
    anchor: QPointF,
    parts: list[tuple[str, str, bool]],
    pixels: float,
    *,
    extra: float = 0.0,
) -> QRectF:
    """One line of words on a ground whose lower left corner is `anchor`, kept inside `target`.

    Args:
        parts: (text, colour, bold) from left to right.
        pixels: height of the letters.
        extra: room to leave free at the right end.

    Returns:
        Where the label is.
    """
    fonts = [_font(painter, pixels, strong=strong) for _, _, strong in parts]
    widths = [
        QFontMetricsF(font).horizontalAdvance(text)
        for font, (text, _, _) in zip(fonts, parts, strict=True)
    ]
    gap, margin, height = pixels * 0.45, pixels * 0.7, label_height(pixels)
    width = sum(widths) + gap * (len(parts) - 1) + 2 * margin + extra
    left = min(max(anchor.x(), target.left() + 4), max(target.right() - width - 4, 0))
    top = max(anchor.y() - height, target.top() + 4)
    place = QRectF(left, top, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(_GROUND, 0.78))
    painter.drawRoundedRect(place, height / 3, height / 3)
    x = left + margin
    for font, (text, ink, _), advance in zip(fonts, parts, widths, strict=True):
        painter.setFont(font)
        painter.setPen(QColor(ink))
        cell = QRectF(x, top, advance + 2, height)
        painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, text)
        x += advance + gap
    return place


def draw_notice(
    painter: QPainter, target: QRectF, words: str, detail: str, faces: Sequence[QRectF] = ()
) -> QRectF:
    """Say why the video has stopped, with a smaller second line; returns where.

    That is at the upper edge, or at the lower one where less of the faces is covered there.
    """
    lines = [(words, _font(painter, 16, strong=True), INK)]
    if detail:
        lines.append((detail, _font(painter, 13, strong=False), "#d5dae1"))
    flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
    room = QRectF(0, 0, max(target.width() - 80, 120), 1000)
    bounds = [QFontMetricsF(font).boundingRect(room, flags, text) for text, font, _ in lines]
    width = max(bound.width() for bound in bounds) + 48
    place = QRectF(0, 0, width, sum(bound.height() + 4 for bound in bounds) + 10)
    place.moveLeft(target.center().x() - width / 2)
    above = place.translated(0, target.top() + 8)
    below = place.translated(0, target.bottom() - 8 - place.height())
    place = min(above, below, key=lambda each: _covered(each, faces))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(_GROUND, 0.85))
    painter.drawRoundedRect(place, 12, 12)
    top = place.top() + 5
    for (text, font, ink), bound in zip(lines, bounds, strict=True):
        painter.setFont(font)
        painter.setPen(QColor(ink))
        painter.drawText(QRectF(place.left(), top, width, bound.height() + 4), flags, text)
        top += bound.height() + 4
    return place


def _covered(place: QRectF, faces: Sequence[QRectF]) -> float:
    """How much of some faces lies under it, in square pixels."""
    shared = [place.intersected(face) for face in faces]
    return sum(each.width() * each.height() for each in shared)
