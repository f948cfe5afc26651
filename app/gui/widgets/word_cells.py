"""Where words stand beside points of a plane, so that each can be read."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF


def word_cells(
    points: Mapping[str, QPointF], metrics: QFontMetricsF, plane: QRectF
) -> dict[str, QRectF]:
    """Where each word stands beside its point: to the right, to the left, below or above, where it
    covers neither a point nor another word, crosses no axis and stays in the plane."""
    dots = [QRectF(at.x() - 3, at.y() - 3, 6, 6) for at in points.values()]
    centre = plane.center()
    axes = [
        QRectF(centre.x() - 1, plane.top(), 2, plane.height()),
        QRectF(plane.left(), centre.y() - 1, plane.width(), 2),
    ]
    cells: dict[str, QRectF] = {}
    # Who stands furthest out has the least room.
    for name, at in sorted(points.items(), key=lambda item: -abs(item[1].x() - centre.x())):
        wide, high = metrics.horizontalAdvance(name) + 2, metrics.height()
        choices = [
            QRectF(at.x() + 6, at.y() - high / 2, wide, high),
            QRectF(at.x() - 6 - wide, at.y() - high / 2, wide, high),
            QRectF(at.x() - wide / 2, at.y() + 4, wide, high),
            QRectF(at.x() - wide / 2, at.y() - 4 - high, wide, high),
            QRectF(at.x() + 2, at.y() + 4, wide, high),
            QRectF(at.x() - 2 - wide, at.y() + 4, wide, high),
            QRectF(at.x() + 2, at.y() - 4 - high, wide, high),
            QRectF(at.x() - 2 - wide, at.y() - 4 - high, wide, high),
        ]

        def trouble(cell: QRectF) -> int:
            taken = [*dots, *cells.values(), *axes]
            outside = not plane.adjusted(-14, -2, 14, 2).contains(cell)
            return outside + sum(cell.intersects(other) for other in taken)

        cells[name] = min(choices, key=trouble)
    return cells
