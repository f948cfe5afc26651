"""Peaks in the plot: a ring on the curve, and the face with its map in a lane below the curves."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPixmapItem

from ...analysis.analyser import Analysis
from ..qt.background_task import BackgroundTask
from ..qt.theme import Theme
from ..widgets.images import PixelImage
from ..widgets.labels import signed
from ..widgets.timeline_plot import LANE_TOP, TimelinePlot
from .peaks import SIDE, LivePeak, LivePeaks, Moment, look_for_peaks, snapshot

_MARGIN: Final = 6
_LANE_SHARE, _LEAST_SIDE = 0.25, 22
"""The lane of faces takes at most so much of the plot's height; they shrink, but no further."""
_PAUSE_MS, _AGAIN_MS = 500, 50
_LONGEST_PAUSE_MS, _SHARE = 5000, 0.05
"""How much of the time peaks may be looked for: an hour of readings takes a while."""


class PeakMarks:
    """Finds the peaks of what the plot holds, on a thread of its own, and draws them.

    Faces that would overlap are left out.
    """

    def __init__(self, plot: TimelinePlot) -> None:
        self._plot = plot
        self._shown: dict[LivePeak, tuple[QGraphicsPixmapItem | None, pg.ScatterPlotItem]] = {}
        self.peaks = LivePeaks()
        self.visible = True
        self._theme: Theme = plot.theme
        self._task: BackgroundTask[list[Moment]] | None = None
        self._began, self._seen, self._pause = 0.0, 0.0, _PAUSE_MS
        self._timer = QTimer(plot)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        plot.getViewBox().sigXRangeChanged.connect(lambda *_: self.place())
        plot.getViewBox().sigResized.connect(lambda *_: self.place())

    def take(self, analyses: Sequence[Analysis]) -> None:
        """Follow new analyses, which the plot holds already."""
        self.peaks.take(analyses)
        if self._task is None and not self._timer.isActive():
            self._timer.start(self._pause)

    def clear(self) -> None:
        """Forget everything, for another source."""
        self._task = None
        self._timer.stop()
        self._pause = _PAUSE_MS
        self.peaks.clear()
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self._theme = theme
        found, self.peaks.found = self.peaks.found, []
        self._show()
        self.peaks.found = found
        self._show()

    def set_visible(self, visible: bool) -> None:
        """Show or hide all of them."""
        self.visible = visible
        self.place()

    @property
    def faces(self) -> list[LivePeak]:
        """The peaks whose faces are on show, in order of time."""
        return sorted(
            (peak for peak, (face, _) in self._shown.items() if face and face.isVisible()),
            key=lambda peak: peak.time,
        )

    def _look(self) -> None:
        """Start to look for peaks, or take in what was found."""
        if self._task is None:
            curves = snapshot(self._plot.series)
            self._began, self._seen = time.monotonic(), self._plot.latest
            self._task = BackgroundTask("peaks", lambda _: look_for_peaks(curves))
        if not self._task.done:
            self._timer.start(_AGAIN_MS)
            return
        found, self._task = self._task.result or [], None
        took = time.monotonic() - self._began
        self._pause = min(max(_PAUSE_MS, round(1000 * took / _SHARE)), _LONGEST_PAUSE_MS)
        # What a seek has taken back meanwhile is no peak any more.
        if self.peaks.settle(moment for moment in found if moment.time <= self._plot.latest):
            self._show()
        if self._plot.latest != self._seen:
            self._timer.start(self._pause)

    def _show(self) -> None:
        """Draw the peaks that there are now, and no others."""
        for gone in self._shown.keys() - set(self.peaks.found):
            for item in self._shown.pop(gone):
                if item is not None:
                    self._plot.removeItem(item)
        for peak in self.peaks.found:
            if peak not in self._shown:
                self._shown[peak] = self._draw(peak)
        self.place()

    def _draw(self, peak: LivePeak) -> tuple[QGraphicsPixmapItem | None, pg.ScatterPlotItem]:
        ink = self._theme.axis(peak.axis)
        at = peak.time - (self._plot.origin or 0.0)
        ring = pg.ScatterPlotItem(
            [at],
            [peak.value],
            size=9,
            pen=pg.mkPen(ink, width=2),
            brush=pg.mkBrush(self._theme.card),
        )
        ring.setZValue(14)
        self._plot.put(ring)
        if peak.thumbnail is None:
            return None, ring
        face = QGraphicsPixmapItem(_framed(peak.thumbnail, ink))
        face.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        face.setOffset(-SIDE / 2 - 1, 2.0)
        face.setPos(at, LANE_TOP)
        face.setZValue(15)
        face.setToolTip(f"{peak.axis} {signed(peak.value)}, face {peak.face_id}")
        self._plot.put(face)
        return face, ring

    def place(self) -> None:
        """Bring them in line with what the plot shows.

        Newest first: a face gives way to a later one that is too near.
        """
        box = self._plot.getViewBox()
        low, high = box.viewRange()[0]
        pixels = max(box.width(), 1.0) / max(high - low, 1e-9)
        side = min(max(round(box.height() * _LANE_SHARE) - _MARGIN, _LEAST_SIDE), SIDE)
        taken = float("inf")
        only = self._plot.only_face
        for peak in sorted(self._shown, key=lambda p: -p.time):
            face, ring = self._shown[peak]
            at = (peak.time - (self._plot.origin or 0.0)) * pixels
            wanted = self.visible and only in (None, peak.face_id)
            ring.setVisible(wanted)
            if face is not None:
                face.setScale(side / SIDE)
                free = taken - at >= side + _MARGIN
                face.setVisible(wanted and free)
                if wanted and free:
                    taken = at
        # The curves keep all of the height until there is a face to show.
        faces = self.visible and any(face is not None for face, _ in self._shown.values())
        self._plot.set_lane(side + _MARGIN if faces else 0)


def _framed(thumbnail: NDArray[np.uint8], ink: str) -> QPixmap:
    image = PixelImage(thumbnail)
    framed = QPixmap(SIDE + 2, SIDE + 2)
    framed.fill(QColor(ink))
    painter = QPainter(framed)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(1, 1, SIDE, SIDE), image.image)
    painter.end()
    return framed
