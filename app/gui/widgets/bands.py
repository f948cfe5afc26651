"""The bands in the timeline: the 90 % intervals around the smoothed lines of one face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from ....model.intervals import bounds
from .series import SMOOTH, Stretch

HALFWIDTH: Final = (6, 7)
"""Rows of a series."""
_OPACITY: Final = 0.16


def band(
    time: NDArray[np.float64], low: NDArray[np.float32], high: NDArray[np.float32]
) -> QPainterPath:
    """The area between two curves [N], clipped to [-1, 1]; not-a-number divides it."""
    low, high = np.maximum(low, -1.0), np.minimum(high, 1.0)
    known = np.isfinite(low) & np.isfinite(high)
    edges = np.flatnonzero(np.diff(np.r_[False, known, False])).reshape(-1, 2)
    if not len(edges):
        return QPainterPath()
    # There along the upper curve and back along the lower one; a fill closes what is open.
    x, y, joined = [], [], []
    for start, end in edges:
        x += [time[start:end], time[start:end][::-1]]
        y += [high[start:end], low[start:end][::-1]]
        joined.append(np.r_[np.ones(2 * (end - start) - 1, np.int32), np.int32(0)])
    to_path: Any = pg.arrayToQPath
    return to_path(
        np.concatenate(x), np.concatenate(y), connect=np.concatenate(joined), finiteCheck=False
    )


class Bands:
    """The areas around the smoothed valence and arousal of one face.

    Args:
        put: adds an item to the plot.
    """

    def __init__(self, put: Callable[[QGraphicsItem], None]) -> None:
        self.items = (QGraphicsPathItem(), QGraphicsPathItem())
        for item in self.items:
            item.setPen(QPen(Qt.PenStyle.NoPen))
            item.setZValue(-5)
            put(item)

    def set_ink(self, axis: int, ink: QColor) -> None:
        """Take the colour of the valence (0) or the arousal line (1)."""
        faint = QColor(ink)
        faint.setAlphaF(_OPACITY)
        self.items[axis].setBrush(faint)

    def draw(self, stretch: Stretch, origin: float, middles: tuple[int, int]) -> None:
        """Draw a part of a series around the lines in these rows of it."""
        for item, middle, wide in zip(self.items, middles, HALFWIDTH, strict=True):
            reach = stretch.high[wide]
            if np.isnan(reach).all():
                item.setPath(QPainterPath())
                continue
            gap = np.where(stretch.broken, np.nan, 0.0).astype(np.float32)
            low, high = stretch.low[middle], stretch.high[middle]
            if middles == SMOOTH:
                low, high = bounds(low, reach)[0], bounds(high, reach)[1]
            else:  # a difference from a baseline has no limits to be clipped at
                low, high = low - reach, high + reach
            item.setPath(band(stretch.time - origin, low + gap, high))
