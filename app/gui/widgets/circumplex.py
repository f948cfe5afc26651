"""The circumplex: valence to the right, arousal upwards, the faces as points with fading trails."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ....model.anchors import DEFAULT, EMOTIONS, RULES, AnchorRule
from ....model.intervals import bounds
from ...analysis.reading import Reading
from ..qt.theme import DARK, Theme, colour
from .density import Density
from .word_cells import word_cells

_ROOM_FOR_QUADRANTS: Final = 190  # pixels; in a smaller circle their names lie on the words
QUADRANTS: Final = (
    ("positive\nexcited", 1, 1),
    ("negative\nexcited", -1, 1),
    ("negative\ncalm", -1, -1),
    ("positive\ncalm", 1, -1),
)
TRAIL_SECONDS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Certainty:
    """How far a point is to be trusted: the half-widths of its 90 % intervals (valence, arousal),
    nan where there are none, and whether the face was seen under poor conditions."""

    halfwidths: tuple[float, float] = (math.nan, math.nan)
    poor: bool = False

    @classmethod
    def of(cls, reading: Reading) -> Certainty:
        """That of a reading's smoothed values."""
        halfwidths = (reading.valence_smooth_halfwidth, reading.arousal_smooth_halfwidth)
        return cls(halfwidths, reading.judged.level == "poor")


class Circumplex(QWidget):
    """Shows where each face is in the plane of valence and arousal, both in [-1, 1]."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setSizePolicy(policy)
        self.setMinimumSize(200, 172)
        self.setAccessibleName("Circumplex of estimated valence and arousal")
        self.setToolTip(
            "Estimated expression: valence from negative (left) to positive (right), arousal from "
            "calm (bottom) to excited (top).\nAn emotion word stands where the model's labels put "
            "a face of that emotion.\nThe ellipse spans the 90 % intervals of both, where the "
            "model gives them. A hollow point was seen poorly."
        )
        self.theme: Theme = DARK
        self.show_density = False
        self.show_numbers = True
        """Whether a point tells its face number."""
        self.show_words = True
        """Whether emotion words stand where the model's labels put them."""
        self._trails: dict[int, deque[tuple[float, float, float]]] = {}
        self._present: set[int] = set()
        self._certainty: dict[int, Certainty] = {}
        self._latest = 0.0
        self.density = Density()
        self._ground: QPixmap | None = None
        self._anchors: AnchorRule = RULES[DEFAULT]

    def set_anchors(self, rule: AnchorRule) -> None:
        """Put the emotion words where the model's labels put these emotions."""
        if rule != self._anchors:
            self._anchors, self._ground = rule, None
            self.update()

    def tell(self, face_id: int, certainty: Certainty) -> None:
        """Say how far a face's point is to be trusted, from now on."""
        self._certainty[face_id] = certainty
        self.update()

    def add(self, face_id: int, time: float, valence: float, arousal: float) -> None:
        """Move a face's point; not-a-number ends its trail."""
        if math.isnan(valence) or math.isnan(arousal):
            self.lose(face_id)
            return
        trail = self._trails.setdefault(face_id, deque(maxlen=512))
        if trail and time < trail[-1][0]:
            trail.clear()
        trail.append((time, valence, arousal))
        self._present.add(face_id)
        self._latest = time
        self.density.add(valence, arousal)
        self.update()

    def add_history(self, valence: NDArray[np.floating], arousal: NDArray[np.floating]) -> None:
        """Count many readings at once for the density; rows with not-a-number are left out."""
        self.density.add(valence, arousal)
        self.update()

    def copy_from(self, other: Circumplex) -> None:
        """Show the same words, faces and density as another plane."""
        self.set_anchors(other._anchors)
        self._trails = {face: deque(trail, maxlen=512) for face, trail in other._trails.items()}
        self._present = set(other._present)
        self._certainty = dict(other._certainty)
        self._latest = other._latest
        self.density.copy_from(other.density)
        self.show_density = other.show_density

    def show_trail(self, face_id: int, points: list[tuple[float, float, float]]) -> None:
        """Show a face at the last of these (time, valence, arousal), the others as its trail."""
        self._trails[face_id] = deque(points, maxlen=512)
        self._present.add(face_id)
        self._latest = points[-1][0]
        self.update()

    def lose(self, face_id: int) -> None:
        """The face left the frame: its point goes."""
        if face_id in self._present:
            self._present.discard(face_id)
            self._trails.pop(face_id, None)
            self._certainty.pop(face_id, None)
            self.update()

    def keep_only(self, present: set[int]) -> None:
        """Drop the points of all faces but these."""
        for face_id in self._present - present:
            self.lose(face_id)

    def clear(self) -> None:
        """Forget all faces and the density, for another source."""
        self._trails.clear()
        self._present.clear()
        self._certainty.clear()
        self.density.clear()
        self.update()

    def point(self, face_id: int) -> tuple[float, float] | None:
        """Valence and arousal of a face on show, or None."""
        if face_id not in self._present:
            return None
        _, valence, arousal = self._trails[face_id][-1]
        return valence, arousal

    def value_at(self, place: QPointF) -> tuple[float, float]:
        """Valence and arousal at a place of the widget, in pixels; the nearest in [-1, 1]."""
        plane = self._plane()
        valence = (place.x() - plane.left()) / plane.width() * 2 - 1
        arousal = 1 - (place.y() - plane.top()) / plane.height() * 2
        return min(max(valence, -1.0), 1.0), min(max(arousal, -1.0), 1.0)

    def place_of(self, valence: float, arousal: float) -> QPointF:
        """Where a valence and an arousal stand in the widget, in pixels."""
        return self._at(self._plane(), valence, arousal)

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self.theme = theme
        self._ground = None
        self.density.paint_anew()
        self.update()

    def set_density(self, shown: bool) -> None:
        """Show or hide where the session has been so far."""
        self.show_density = shown
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(340, 340)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._ground = None

    # Painting.

    def _plane(self) -> QRectF:
        """The square from -1 to 1 on both axes."""
        room = QRectF(self.rect()).adjusted(10, 24, -10, -24)
        side = max(min(room.width(), room.height()), 40.0)
        plane = QRectF(0, 0, side, side)
        plane.moveCenter(room.center())
        return plane

    @staticmethod
    def _at(plane: QRectF, valence: float, arousal: float) -> QPointF:
        x = plane.left() + (valence + 1) / 2 * plane.width()
        return QPointF(x, plane.top() + (1 - arousal) / 2 * plane.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._ground is None:
            self._ground = self._paint_ground()
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._ground)
            self._paint_faces(painter, self._plane())

    def paint(self, painter: QPainter) -> None:
        """Draw everything, the words as words, on another device."""
        self._paint_rest(painter)
        self._paint_faces(painter, self._plane())

    def _paint_faces(self, painter: QPainter, plane: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.show_density:
            painter.drawImage(plane, self.density.image(QColor(self.theme.accent)))
        for face_id in sorted(self._present):
            self._paint_trail(painter, plane, face_id)

    def _paint_trail(self, painter: QPainter, plane: QRectF, face_id: int) -> None:
        trail = [p for p in self._trails[face_id] if self._latest - p[0] <= TRAIL_SECONDS]
        if not trail:
            trail = [self._trails[face_id][-1]]
        # A few strokes of falling opacity cost far less than one a reading.
        strokes = 12
        for stroke in range(strokes):
            low = stroke * (len(trail) - 1) // strokes
            high = (stroke + 1) * (len(trail) - 1) // strokes
            if high <= low:
                continue
            strength = ((stroke + 1) / strokes) ** 1.6
            pen = QPen(colour(self.theme.text, 0.75 * strength), 1 + 2 * strength)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            points = [
                self._at(plane, valence, arousal) for _, valence, arousal in trail[low : high + 1]
            ]
            painter.drawPolyline(QPolygonF(points))
        point = self._at(plane, *trail[-1][1:])
        certainty = self._certainty.get(face_id, Certainty())
        self._paint_interval(painter, plane, trail[-1][1:], certainty)
        radius = 10.0
        ink, ground = QColor(self.theme.text), QColor(self.theme.card)
        if certainty.poor:
            # Hollow: a point that conditions make little of.
            ink, ground = ground, QColor(self.theme.muted)
        painter.setPen(QPen(ground, 2))
        painter.setBrush(ink)
        painter.drawEllipse(point, radius, radius)
        if not self.show_numbers:
            return
        font = QFont(self.font())
        font.setPixelSize(12)
        font.setWeight(QFont.Weight.Bold)
        painter.setFont(font)
        painter.setPen(ground)
        cell = QRectF(point.x() - radius, point.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(face_id))

    def _paint_interval(
        self, painter: QPainter, plane: QRectF, place: tuple[float, float], certainty: Certainty
    ) -> None:
        """The ellipse that spans the two intervals."""
        if any(map(math.isnan, certainty.halfwidths)):
            return
        (left, low), (right, high) = bounds(place, certainty.halfwidths)
        span = QRectF(self._at(plane, left, high), self._at(plane, right, low))
        painter.save()
        painter.setClipRect(plane)
        painter.setPen(QPen(colour(self.theme.text, 0.45), 1.2))
        painter.setBrush(colour(self.theme.text, 0.10))
        painter.drawEllipse(span)
        painter.restore()

    def _paint_ground(self) -> QPixmap:
        """Everything that stays: circle, axes, words. Drawn again only after a resize."""
        ratio = self.devicePixelRatioF()
        ground = QPixmap(self.size() * ratio)
        ground.setDevicePixelRatio(ratio)
        ground.fill(Qt.GlobalColor.transparent)
        with QPainter(ground) as painter:
            self._paint_rest(painter)
        return ground

    def _paint_rest(self, painter: QPainter) -> None:
        plane = self._plane()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_rings(painter, plane)
        self._paint_axes(painter, plane)
        self._paint_words(painter, plane)

    def _paint_rings(self, painter: QPainter, plane: QRectF) -> None:
        painter.setPen(QPen(QColor(self.theme.border), 1.4))
        painter.setBrush(colour(self.theme.window, 0.6))
        painter.drawEllipse(plane)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(self.theme.border, 0.8), 1, Qt.PenStyle.DotLine))
        quarter = plane.width() / 4
        painter.drawEllipse(plane.adjusted(quarter, quarter, -quarter, -quarter))

    def _paint_axes(self, painter: QPainter, plane: QRectF) -> None:
        valence, arousal = QColor(self.theme.valence), QColor(self.theme.arousal)
        painter.setPen(QPen(valence, 1.6))
        painter.drawLine(self._at(plane, -1, 0), self._at(plane, 1, 0))
        painter.setPen(QPen(arousal, 1.6))
        painter.drawLine(self._at(plane, 0, -1), self._at(plane, 0, 1))
        font = QFont(self.font())
        font.setPixelSize(12)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        centre = plane.center()
        painter.setPen(arousal)
        above = QRectF(centre.x() - 90, plane.top() - 20, 180, 18)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, "arousal +1")
        below = QRectF(centre.x() - 90, plane.bottom() + 2, 180, 18)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "\N{MINUS SIGN}1")
        painter.setPen(valence)
        right = QRectF(plane.right() - 100, centre.y() + 2, 96, 18)
        painter.drawText(right, Qt.AlignmentFlag.AlignRight, "valence +1")
        left = QRectF(plane.left() + 5, centre.y() + 2, 96, 18)
        painter.drawText(left, Qt.AlignmentFlag.AlignLeft, "\N{MINUS SIGN}1")

    def _paint_words(self, painter: QPainter, plane: QRectF) -> None:
        font = QFont(self.font())
        font.setPixelSize(round(min(max(plane.width() / 30, 11.0), 15.0)))
        painter.setFont(font)
        points = {
            name: self._at(plane, *self._anchors.positions[name])
            for name in EMOTIONS
            if name != "neutral" and self.show_words
        }
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.muted))
        for point in points.values():
            painter.drawEllipse(point, 2.2, 2.2)
        painter.setPen(QColor(self.theme.muted))
        for name, cell in word_cells(points, QFontMetricsF(font), plane).items():
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, name)
        if plane.width() < _ROOM_FOR_QUADRANTS:
            return
        font.setItalic(True)
        painter.setFont(font)
        painter.setPen(colour(self.theme.muted, 0.85))
        room = plane.adjusted(-18, 0, 18, 0) & QRectF(self.rect()).adjusted(8, 0, -8, 0)
        for name, x, y in QUADRANTS:
            side = Qt.AlignmentFlag.AlignRight if x > 0 else Qt.AlignmentFlag.AlignLeft
            edge = Qt.AlignmentFlag.AlignTop if y > 0 else Qt.AlignmentFlag.AlignBottom
            painter.drawText(room, side | edge, name)
