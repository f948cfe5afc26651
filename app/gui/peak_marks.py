"""Peaks in the plot: a ring on the curve, and the face with its map above or below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPixmapItem

from .live_peaks import SIDE, LivePeak
from .pictures import Picture
from .plates import signed
from .theme import Theme
from .timeline_plot import TimelinePlot

_APART: Final = SIDE + 6
_ROWS: Final = {True: -0.3, False: 1.05}
"""Where the upper edge of a face is, for a peak above zero and one below it."""


class PeakMarks:
    """Draws the peaks of what the plot shows. Faces that would lie on each other are left out."""

    def __init__(self, plot: TimelinePlot) -> None:
        self._plot = plot
        self._shown: dict[LivePeak, tuple[QGraphicsPixmapItem, pg.ScatterPlotItem]] = {}
        self.visible = True
        self._theme: Theme | None = None
        box = plot.getViewBox()
        box.sigXRangeChanged.connect(lambda *_: self.place())

    def show(self, peaks: Sequence[LivePeak], theme: Theme) -> None:
        """Draw these peaks, and no others."""
        if theme is not self._theme:
            self._theme = theme
            self.show((), theme)
        for gone in self._shown.keys() - set(peaks):
            for item in self._shown.pop(gone):
                self._plot.removeItem(item)
        for peak in peaks:
            if peak not in self._shown:
                self._shown[peak] = self._draw(peak, theme)
        self.place()

    def set_visible(self, visible: bool) -> None:
        """Show or hide all of them."""
        self.visible = visible
        self.place()

    @property
    def faces(self) -> list[LivePeak]:
        """The peaks whose faces are on show, in order of time."""
        return sorted(
            (peak for peak, (face, _) in self._shown.items() if face.isVisible()),
            key=lambda peak: peak.time,
        )

    def _draw(self, peak: LivePeak, theme: Theme) -> tuple[QGraphicsPixmapItem, pg.ScatterPlotItem]:
        ink = theme.axis(peak.axis)
        at = peak.time - (self._plot.origin or 0.0)
        face = QGraphicsPixmapItem(_framed(peak, ink))
        face.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        face.setOffset(-SIDE / 2 - 1, 0.0)
        face.setPos(at, _ROWS[peak.value >= 0])
        face.setZValue(15)
        face.setToolTip(f"{peak.axis} {signed(peak.value)}, face {peak.face_id}")
        ring = pg.ScatterPlotItem(
            [at], [peak.value], size=9, pen=pg.mkPen(ink, width=2), brush=pg.mkBrush(theme.card)
        )
        ring.setZValue(14)
        self._plot.put(face)
        self._plot.put(ring)
        return face, ring

    def place(self) -> None:
        """Bring them in line with what the plot shows.

        Newest first: a face gives way to a later one in its row that is too near.
        """
        box = self._plot.getViewBox()
        low, high = box.viewRange()[0]
        pixels = max(box.width(), 1.0) / max(high - low, 1e-9)
        taken: dict[bool, float] = {}
        only = self._plot.only_face
        for peak in sorted(self._shown, key=lambda p: -p.time):
            face, ring = self._shown[peak]
            at = (peak.time - (self._plot.origin or 0.0)) * pixels
            wanted = self.visible and only in (None, peak.face_id)
            free = taken.get(peak.value >= 0, float("inf")) - at >= _APART
            ring.setVisible(wanted)
            face.setVisible(wanted and free)
            if wanted and free:
                taken[peak.value >= 0] = at


def _framed(peak: LivePeak, ink: str) -> QPixmap:
    picture = Picture(peak.thumbnail)
    framed = QPixmap(SIDE + 2, SIDE + 2)
    framed.fill(QColor(ink))
    painter = QPainter(framed)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(1, 1, SIDE, SIDE), picture.image)
    painter.end()
    return framed
