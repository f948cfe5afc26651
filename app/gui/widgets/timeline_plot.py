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

from ...analysis.reading import Reading
from ..qt.theme import DARK, Theme, colour
from .series import Series, add_frame
from .time_axis import TimeAxis
from .traces import Traces

WHOLE: Final = math.inf
LANE_TOP: Final = -1.12
_TOP: Final = 1.12
_LONGEST_NAME: Final = 14


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment with a name, in seconds of the source's clock; `stored` in a session or not. One
    that lasts `duration` seconds is an interval."""

    time: float
    label: str
    stored: bool = True
    duration: float = 0.0

    @property
    def end(self) -> float:
        """When it ends; a moment ends when it begins."""
        return self.time + self.duration


class TimelinePlot(pg.PlotWidget):
    """Curves of every face with gaps where it was not seen, markers, and a view that follows.

    The plot's own time starts at 0 with the first reading (or at `origin`, when set); the words
    under it are the source's time, or since there where `since_start` is set.
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
            "Drag to pan, scroll to zoom; Shift+Left and Shift+Right pan, F follows again"
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
        self.since_start = True
        self._traces: dict[int, Traces] = {}
        self._marker_items: list[pg.GraphicsObject] = []
        self._dirty = True
        self._lane = 0
        box = self.getViewBox()
        box.setMouseEnabled(x=True, y=False)
        box.setLimits(minXRange=0.2)
        box.disableAutoRange()
        box.sigRangeChangedManually.connect(self._moved_by_hand)
        box.sigXRangeChanged.connect(self._range_changed)
        box.sigResized.connect(self._range_changed)
        box.sigResized.connect(self._fit_lane)
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
        self._fit_lane()
        self.set_theme(self.theme)

    def put(self, item: QGraphicsItem) -> None:
        """Add something to draw that has no say in what is in view."""
        plot: Any = self.getPlotItem()
        plot.addItem(item, ignoreBounds=True)

    def set_lane(self, pixels: int) -> None:
        """Keep a lane of this height free below the curves, from `LANE_TOP` down."""
        if pixels != self._lane:
            self._lane = pixels
            self._fit_lane()

    def _fit_lane(self) -> None:
        box = self.getViewBox()
        high = max(box.height() - self._lane, 1.0)
        low = LANE_TOP - self._lane * (_TOP - LANE_TOP) / high
        box.setLimits(yMin=low, yMax=_TOP)
        box.setYRange(low, _TOP, padding=0)

    # Data in.

    def add(self, time: float, readings: tuple[Reading, ...]) -> None:
        """Add the readings of one frame; one earlier than the last drops what came after it."""
        if self.origin is None:
            self.begin(time)
        if time < self.latest:
            for series in self.series.values():
                series.truncate(time)
        self.latest = time
        add_frame(self.series, time, readings)
        self._dirty = True

    def begin(self, time: float) -> None:
        """Let the plot's own time start here (source's clock)."""
        self.origin = self.latest = time
        self._name_times()

    def set_since_start(self, since_start: bool) -> None:
        """Call times by the seconds since the first reading, or as the source does."""
        self.since_start = since_start
        self._name_times()

    def called(self, time: float) -> float:
        """The seconds by which a moment (source's clock) is called."""
        return time - (self.origin or 0.0) if self.since_start else time

    def _name_times(self) -> None:
        self._axis.set_zero(self.called(self.origin or 0.0))

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
        self.set_since_start(other.since_start)
        self.set_following(False)
        self.getViewBox().setXRange(*other.getViewBox().viewRange()[0], padding=0)
        self.set_markers(other.markers)

    def name_of(self, face_id: int) -> str:
        """What a face is called at its curves, in short: its number where it has no name."""
        name = self.names.get(face_id, str(face_id))
        return name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"

    def order(self, face_id: int) -> int:
        """Which of the faces this is, 0 for the one that came first: it tells their lines apart."""
        return list(self.series).index(face_id) if face_id in self.series else 0

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
        self._marker_items += [self._interval(m) for m in self.markers if m.duration > 0]

    def clear_data(self) -> None:
        """Forget everything, for another source."""
        for traces in self._traces.values():
            for item in (*traces.items, *traces.names, *traces.bands.items):
                self.removeItem(item)
        self._traces.clear()
        self.series.clear()
        self.names.clear()
        self.set_markers([])
        self.origin = None
        self.latest = 0.0
        # A view left at a stretch of the last source would show nothing of the next one.
        self.set_following(True)

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
        several = len(self.series) > 1 and self.only_face is None
        for face_id, series in self.series.items():
            traces = self._traces.get(face_id)
            if traces is None:
                traces = self._traces[face_id] = Traces(self.put, self.order(face_id))
                traces.set_theme(self.theme)
            shown = self.only_face is None or self.only_face == face_id
            traces.set_visible(shown)
            if shown:
                stretch = series.visible(low + origin, high + origin, columns)
                traces.draw(stretch, origin, (high - low) / columns, relative=self.relative)
                words = self.name_of(face_id) if several else ""
                traces.name(words, stretch, origin, relative=self.relative)
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
        ink = colour(self.theme.text, 0.55 if marker.stored else 0.3)
        style = Qt.PenStyle.DashLine if marker.stored else Qt.PenStyle.DotLine
        line = pg.InfiniteLine(
            marker.time - (self.origin or 0.0),
            angle=90,
            pen=pg.mkPen(ink, width=1, style=style),
            label=marker.label if marker.stored else f"{marker.label} (not stored)",
            labelOpts={
                "position": 0.94,
                "color": self.theme.text if marker.stored else self.theme.muted,
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

    def _interval(self, marker: Marker) -> pg.LinearRegionItem:
        """The stretch of a marker that lasts."""
        origin = self.origin or 0.0
        pen = pg.mkPen(colour(self.theme.text, 0.3), width=1)
        band = pg.LinearRegionItem(
            (marker.time - origin, marker.end - origin),
            movable=False,
            brush=pg.mkBrush(colour(self.theme.accent, 0.16)),
            pen=pen,
        )
        band.setZValue(-8)
        self.put(band)
        return band

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
