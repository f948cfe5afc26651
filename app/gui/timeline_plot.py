"""Valence and arousal against time, for one hour as for ten seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPaintEvent, QPen
from PySide6.QtWidgets import QGraphicsItem, QWidget

from ..reading import Reading
from .series import Series, add_frame
from .theme import DARK, Theme, colour
from .time_axis import TimeAxis
from .traces import Traces

WHOLE: Final = math.inf


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment with a name, in seconds of the source's clock."""

    time: float
    label: str


class TimelinePlot(pg.PlotWidget):
    """Curves of every face with gaps where it was not seen, markers, and a view that follows.

    The plot's own time starts at 0 with the first reading (or at `origin`, when set).
    """

    pointed = Signal(float)
    """The user clicked at this time (source's clock)."""
    let_go = Signal()
    """The user moved the view by hand, so it follows no longer."""
    painted = Signal()
    """What was drawn is on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._axis = TimeAxis(orientation="bottom")
        super().__init__(parent, axisItems={"bottom": self._axis})
        self.setAccessibleName("Valence and arousal over time")
        self.setToolTip(
            "Drag to move, turn the wheel to zoom; Shift+Left and Shift+Right move, F follows again"
        )
        self.theme: Theme = DARK
        self.series: dict[int, Series] = {}
        self.names: dict[int, str] = {}
        self.markers: list[Marker] = []
        self.origin: float | None = None
        self.latest = 0.0
        self.seconds_shown = 30.0
        self.following = True
        self.only_face: int | None = None
        self.relative = False
        self._traces: dict[int, Traces] = {}
        self._marker_items: list[pg.InfiniteLine] = []
        self._dirty = True
        box = self.getViewBox()
        box.setMouseEnabled(x=True, y=False)
        box.setYRange(-1.12, 1.12, padding=0)
        box.setLimits(yMin=-1.12, yMax=1.12, minXRange=0.2)
        box.disableAutoRange()
        box.sigRangeChangedManually.connect(self._moved_by_hand)
        box.sigXRangeChanged.connect(self._range_changed)
        box.sigResized.connect(self._range_changed)
        self.setMenuEnabled(False)
        self.hideButtons()
        scene: Any = self.scene()
        scene.sigMouseClicked.connect(self._clicked)
        left = self.getAxis("left")
        names = (
            (-1.0, "\N{MINUS SIGN}1"),
            (-0.5, "\N{MINUS SIGN}½"),
            (0.0, "0"),
            (0.5, "+½"),
            (1.0, "+1"),
        )
        left.setTicks([names])
        left.setWidth(34)
        self._levels = {level: pg.InfiniteLine(level, angle=0) for level, _ in names}
        self._cursor = pg.InfiniteLine(0.0, angle=90)
        self._cursor.setVisible(False)
        for line in (*self._levels.values(), self._cursor):
            line.setZValue(20 if line is self._cursor else -10)
            self.put(line)
        self.setMinimumHeight(100)
        self.set_theme(self.theme)

    def put(self, item: QGraphicsItem) -> None:
        """Add something to draw that has no say in what is in view."""
        plot: Any = self.getPlotItem()
        plot.addItem(item, ignoreBounds=True)

    # Data in.

    def add(self, time: float, readings: tuple[Reading, ...]) -> None:
        """Add the readings of one frame. A frame from before the last one winds everything back."""
        if self.origin is None:
            self.origin = time
        if time < self.latest:
            for series in self.series.values():
                series.truncate(time)
        self.latest = time
        add_frame(self.series, time, readings)
        self._dirty = True

    def add_series(self, series: Mapping[int, Series], names: Mapping[int, str]) -> None:
        """Draw further series, ready made, under numbers of their own."""
        self.series.update(series)
        self.names.update(names)
        self.latest = max([self.latest, *(float(s.time[-1]) for s in series.values() if len(s))])
        self._dirty = True

    def copy_from(self, other: TimelinePlot) -> None:
        """Show the same series, markers and stretch of time as another plot."""
        self.series = dict(other.series)
        self.origin, self.latest, self.relative = other.origin, other.latest, other.relative
        self.only_face = other.only_face
        self.set_following(False)
        self.getViewBox().setXRange(*other.getViewBox().viewRange()[0], padding=0)
        self.set_markers(other.markers)

    def time_range(self) -> tuple[float, float]:
        """The stretch in view, on the source's clock."""
        low, high = self.getViewBox().viewRange()[0]
        return low + (self.origin or 0.0), high + (self.origin or 0.0)

    def add_marker(self, marker: Marker) -> None:
        """Put a named line at a moment."""
        self.set_markers([*self.markers, marker])

    def set_markers(self, markers: list[Marker]) -> None:
        """Replace all markers."""
        for item in self._marker_items:
            self.removeItem(item)
        self.markers = sorted(markers, key=lambda marker: marker.time)
        self._marker_items = [self._marker_item(marker) for marker in self.markers]

    def clear_data(self) -> None:
        """Forget everything, for another source."""
        for traces in self._traces.values():
            for curve in traces.items:
                self.removeItem(curve)
        self._traces.clear()
        self.series.clear()
        self.names.clear()
        self.set_markers([])
        self.origin = None
        self.latest = 0.0
        self._dirty = True

    # What to show.

    def set_window(self, seconds: float) -> None:
        """Show this many last seconds, or everything with `WHOLE`, and follow."""
        self.seconds_shown = seconds
        self.set_following(True)

    def set_following(self, following: bool) -> None:
        """Keep the newest reading at the right edge, or leave the view where it is."""
        self.following = following
        self._dirty = True

    def show_face(self, face_id: int | None) -> None:
        """Plot one face, or all with None."""
        self.only_face = face_id
        self._dirty = True

    def set_relative(self, relative: bool) -> None:
        """Draw the thick lines relative to each face's baseline."""
        self.relative = relative
        self._dirty = True

    def set_cursor(self, time: float | None) -> None:
        """Put the cursor at a moment (source's clock), or take it away."""
        self._cursor.setVisible(time is not None)
        if time is not None:
            self._cursor.setPos(time - (self.origin or 0.0))

    def look_at(self, time: float) -> None:
        """Bring a moment into view without changing the zoom."""
        low, high = self.getViewBox().viewRange()[0]
        at = time - (self.origin or 0.0)
        if not low <= at <= high:
            self.set_following(False)
            half = (high - low) / 2
            self.getViewBox().setXRange(at - half, at + half, padding=0)

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self.theme = theme
        self.setBackground(theme.card)
        font = QFont(self.font())
        font.setPixelSize(11)
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setTextPen(QColor(theme.muted))
            axis.setStyle(
                tickFont=font,
                tickTextOffset=5,
                tickLength=0,
                tickAlpha=0,
                hideOverlappingLabels=True,
            )
            axis.setGrid(False)
        for level, line in self._levels.items():
            line.setPen(pg.mkPen(colour(theme.faint, 0.4 if level else 1.0), width=1))
        self._cursor.setPen(pg.mkPen(theme.text, width=1))
        for traces in self._traces.values():
            traces.set_theme(theme)
        self.set_markers(self.markers)
        self._dirty = True

    # Drawing.

    def redraw(self) -> bool:
        """Bring the lines up to date if anything changed; whether anything had."""
        if not self._dirty:
            return False
        self._dirty = False
        if self.following:
            self._follow()
        low, high = self.getViewBox().viewRange()[0]
        origin = self.origin or 0.0
        columns = max(int(self.getViewBox().width()), 100)
        for face_id, series in self.series.items():
            traces = self._traces.get(face_id)
            if traces is None:
                traces = self._traces[face_id] = Traces(self.put, len(self._traces))
                traces.set_theme(self.theme)
            shown = self.only_face is None or self.only_face == face_id
            traces.set_visible(shown)
            if shown:
                stretch = series.visible(low + origin, high + origin, columns)
                traces.draw(stretch, origin, (high - low) / columns, relative=self.relative)
        return True

    def _follow(self) -> None:
        origin = self.origin or 0.0
        now = self.latest - origin
        first = min((float(s.time[0]) for s in self.series.values() if len(s)), default=origin)
        width = self.seconds_shown
        if width == WHOLE:
            start = min(first - origin, now)
            self.getViewBox().setXRange(start, max(now, start + 1.0), padding=0)
            return
        start = max(now - width, min(first - origin, now))
        self.getViewBox().setXRange(start, start + width, padding=0)

    def _marker_item(self, marker: Marker) -> pg.InfiniteLine:
        line = pg.InfiniteLine(
            marker.time - (self.origin or 0.0),
            angle=90,
            pen=pg.mkPen(colour(self.theme.text, 0.55), width=1, style=Qt.PenStyle.DashLine),
            label=marker.label,
            labelOpts={
                "position": 0.94,
                "color": self.theme.text,
                "fill": colour(self.theme.raised, 0.9),
                "movable": False,
            },
        )
        font = QFont(self.font())
        font.setPixelSize(11)
        line.label.setFont(font)
        line.setZValue(10)
        self.put(line)
        return line

    def paintEvent(self, ev: QPaintEvent) -> None:
        super().paintEvent(ev)
        self.painted.emit()

    # The user's hand.

    def move_view(self, share: float) -> None:
        """Move the stretch in view by a share of its length, and follow no longer."""
        low, high = self.getViewBox().viewRange()[0]
        by = share * (high - low)
        self.getViewBox().setXRange(low + by, high + by, padding=0)
        self._moved_by_hand()

    def _moved_by_hand(self) -> None:
        if self.following:
            self.following = False
            self.let_go.emit()
        self._dirty = True

    def _range_changed(self) -> None:
        self._dirty = True

    def _clicked(self, event: Any) -> None:
        place = event.scenePos()
        box = self.getViewBox()
        if box.sceneBoundingRect().contains(place):
            at = box.mapSceneToView(QPointF(place)).x()
            self.pointed.emit(at + (self.origin or 0.0))
