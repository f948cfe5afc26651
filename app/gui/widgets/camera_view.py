"""The video: faces with their numbers, the activation map over them, and whether it is live."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ....model.face.square import Square
from ...analysis.analyser import Analysis
from ...analysis.map_strength import map_strength
from ...analysis.reading import Reading
from ...sources.base import Frame
from ..qt.theme import DARK, Theme, colour
from .images import COLOUR_MAPS, PixelImage, colour_bar, fitted, map_image
from .labels import INK, draw_label, draw_notice, label_height, signed

LATE_SECONDS: Final = 0.15
"""From this age on, a map says how old it is."""

_STATES: Final = {
    "starting": "starting",
    "paused": "paused",
    "lost": "camera lost",
    "ended": "ended",
    "failed": "stopped by an error",
}


_LABEL_ROOM: Final = 32
_CHOSEN_PENS: Final = ((7.0, colour("#000000", 0.6)), (4.0, colour("#ffd54a", 1.0)))
"""Width and colour of the lines of the chosen face's box, one over the other."""

_HINTS: Final = {
    "paused": "Press Space to resume, . to step",
    "lost": "Reconnects automatically",
    "ended": "Press Space to play again",
}


class _Place(Protocol):
    """Where a face is, in pixels of the frame."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...


class CameraView(QWidget):
    """Shows the newest frame and, over it, what was read from it.

    The frame never waits: boxes and maps may be a little older, and say so. `frames_painted`
    counts frames, however often each was painted.
    """

    face_clicked = Signal(int)
    map_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 200)
        self.setAccessibleName("Video")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.theme: Theme = DARK
        self.axis = "off"
        self.opacity = 0.6
        self.colour_map = "viridis"
        self.mirrored = False
        self.chosen: int | None = None
        """The face whose box stands out, None: all alike."""
        self.state = ""
        self.hint = ""
        self.frames_painted = 0
        self._detail = ""
        self._frame: Frame | None = None
        self._painted: Frame | None = None
        self._scaled: tuple[tuple[int, int, bool], PixelImage] | None = None
        self._analysis: Analysis | None = None
        self._overlays: dict[int, PixelImage] = {}
        self._bar = colour_bar(self.colour_map)

    # What to show.

    def show_frame(self, frame: Frame) -> None:
        """Put up a new frame."""
        self._frame = frame
        self._scaled = None
        self.update()

    def show_analysis(self, analysis: Analysis) -> None:
        """Put up the newest boxes, numbers and maps."""
        self._analysis = analysis
        self._overlays.clear()
        self.update()

    def set_state(self, state: str, detail: str = "") -> None:
        """Say what the pipeline does; anything but "running" veils the frame and says so."""
        detail = detail or _HINTS.get(state, "")
        if (state, detail) != (self.state, self._detail):
            self.state, self._detail = state, detail
            self.update()

    def set_map(
        self,
        axis: str | None = None,
        *,
        opacity: float | None = None,
        colours: str | None = None,
    ) -> None:
        """Choose the map: "off", "valence" or "arousal"; its opacity 0..1; its colours."""
        self.axis = self.axis if axis is None else axis
        self.opacity = self.opacity if opacity is None else min(max(opacity, 0.0), 1.0)
        if colours is not None:
            self.colour_map = colours
            self._bar = colour_bar(colours)
        self._overlays.clear()
        self.update()
        self.map_changed.emit()

    def next_colours(self) -> None:
        """Go through the colour maps."""
        at = COLOUR_MAPS.index(self.colour_map) + 1
        self.set_map(colours=COLOUR_MAPS[at % len(COLOUR_MAPS)])

    def choose(self, face_id: int | None) -> None:
        """Let the box of this face stand out."""
        self.chosen = face_id
        self.update()

    def set_mirrored(self, mirrored: bool) -> None:
        """Swap left and right, or not."""
        self.mirrored = mirrored
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self.theme = theme
        self.update()

    def clear(self) -> None:
        """Forget the frame, for another source."""
        self._frame = self._scaled = self._analysis = None
        self._overlays.clear()
        self.update()

    @property
    def frame(self) -> Frame | None:
        """The frame on show."""
        return self._frame

    @property
    def faces(self) -> tuple[Reading, ...]:
        """The faces on show."""
        if self._analysis is None:
            return ()
        return tuple(reading for reading in self._analysis.readings if reading.success)

    @property
    def map_age(self) -> float:
        """Seconds between the frame on show and the one that was analysed; 0 without both."""
        if self._frame is None or self._analysis is None:
            return 0.0
        return max(self._frame.captured - self._analysis.frame.captured, 0.0)

    @property
    def detail(self) -> str:
        """What is said below the notice."""
        return self._detail

    def notice(self) -> str:
        """The words over a frame that is not live, or "" for a live one."""
        if self._frame is None and self.state in ("", "starting"):
            return ""
        return _STATES.get(self.state, "")

    def snapshot(self) -> QImage | None:
        """The frame at its own size with everything drawn on it, or None without a frame."""
        if self._frame is None:
            return None
        height, width = self._frame.rgb.shape[:2]
        image = QImage(width, height, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            self._paint_scene(painter, QRectF(image.rect()))
            self._paint_legend(painter, QRectF(image.rect()))
        return image

    def sizeHint(self) -> QSize:
        return QSize(800, 450)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._frame is None:
            return
        target = self._target()
        for reading in self.faces:
            if self.place(target, reading).contains(event.position()):
                self.face_clicked.emit(reading.face_id)
                return

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(self.theme.stage))
            if self._frame is None:
                self._paint_hint(painter)
                return
            target = self._target()
            self._paint_scene(painter, target)
            said = QRectF()
            if self.notice():
                # With the room above them, where their numbers stand.
                faces = [
                    self.place(target, reading).adjusted(0, -_LABEL_ROOM, 0, 0)
                    for reading in self.faces
                ]
                said = draw_notice(painter, target, self.notice(), self._detail, faces)
            self._paint_legend(painter, target, above=said.center().y() > target.center().y())
        self.frames_painted += self._frame is not self._painted
        self._painted = self._frame

    @property
    def _size(self) -> tuple[int, int]:
        """Width and height of the frame on show, in its own pixels."""
        assert self._frame is not None
        return self._frame.rgb.shape[1], self._frame.rgb.shape[0]

    def _target(self) -> QRectF:
        """Where the frame goes: as large as fits, centred, on whole pixels of the screen."""
        wide, high = self._size
        ratio = self.devicePixelRatioF()
        scale = min(self.width() / wide, self.height() / high) * ratio
        width, height = max(round(wide * scale), 1), max(round(high * scale), 1)
        left = round(self.width() * ratio - width) // 2
        top = round(self.height() * ratio - height) // 2
        return QRectF(left / ratio, top / ratio, width / ratio, height / ratio)

    def _paint_scene(self, painter: QPainter, target: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_frame(painter, target)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.save()
        painter.setClipRect(target)
        for reading in self.faces:
            self._paint_map(painter, target, reading)
        for reading in self.faces:
            self._paint_face(painter, target, reading)
        painter.restore()

    def _paint_frame(self, painter: QPainter, target: QRectF) -> None:
        assert self._frame is not None
        ratio = painter.device().devicePixelRatioF()
        width, height = round(target.width() * ratio), round(target.height() * ratio)
        wanted = (width, height, self.mirrored)
        if self._scaled is None or self._scaled[0] != wanted:
            self._scaled = (
                wanted, fitted(self._frame.rgb, width, height, mirrored=self.mirrored)
            )  # fmt: skip
        painter.drawImage(target, self._scaled[1].image)

    def _draw(self, painter: QPainter, target: QRectF, image: QImage) -> None:
        if not self.mirrored:
            painter.drawImage(target, image)
            return
        painter.save()
        painter.translate(target.left() + target.right(), 0)
        painter.scale(-1, 1)
        painter.drawImage(target, image)
        painter.restore()

    def place(self, target: QRectF, box: _Place) -> QRectF:
        """Where a box of the frame lies inside `target`, mirrored with it."""
        whole = self._size[0]
        scale = target.width() / whole
        left = whole - box.x - box.width if self.mirrored else box.x
        return QRectF(
            target.left() + left * scale,
            target.top() + box.y * scale,
            box.width * scale,
            box.height * scale,
        )

    def _paint_map(self, painter: QPainter, target: QRectF, reading: Reading) -> None:
        if self.axis == "off" or self._analysis is None:
            return
        maps = self._analysis.maps.get(reading.face_id)
        if maps is None or maps.size == 0:
            return
        overlay = self._overlays.get(reading.face_id)
        if overlay is None:
            values = maps[0 if self.axis == "valence" else 1]
            strength = map_strength(getattr(reading, self.axis))
            overlay = map_image(values, self.colour_map, self.opacity * strength)
            self._overlays[reading.face_id] = overlay
        with self._turned(painter, target, reading) as square:
            painter.drawImage(square, overlay.image)

    @contextmanager
    def _turned(self, painter: QPainter, target: QRectF, reading: Reading) -> Iterator[QRectF]:
        """The square that the network saw, about the origin, while the painter is turned (and
        mirrored) to where it lies."""
        squares = self._analysis.squares if self._analysis is not None else {}
        square = squares.get(reading.face_id)
        if square is None:
            middle = (reading.x + reading.width / 2, reading.y + reading.height / 2)
            square = Square(*middle, reading.width)
        scale = target.width() / self._size[0]
        painter.save()
        if self.mirrored:
            painter.translate(target.left() + target.right(), 0)
            painter.scale(-1, 1)
        painter.translate(target.left() + square.x * scale, target.top() + square.y * scale)
        painter.rotate(math.degrees(square.angle))
        side = square.side * scale
        try:
            yield QRectF(-side / 2, -side / 2, side, side)
        finally:
            painter.restore()

    def _paint_face(self, painter: QPainter, target: QRectF, reading: Reading) -> None:
        box = self.place(target, reading)
        radius = min(10.0, box.width() / 8)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pens = ((3.5, colour("#000000", 0.35)), (1.6, colour(INK, 0.9)))
        if self.chosen is not None:
            mine = reading.face_id == self.chosen
            pens = _CHOSEN_PENS if mine else ((1.2, colour(INK, 0.45)),)
        with self._turned(painter, target, reading) as square:
            for width, ink in pens:
                painter.setPen(QPen(ink, width))
                painter.drawRoundedRect(square, radius, radius)
        poor = reading.judged.level == "poor"
        valence, arousal = (DARK.muted,) * 2 if poor else (DARK.valence, DARK.arousal)
        parts = [
            (str(reading.face_id), INK, True),
            ("V", valence, False),
            (signed(reading.valence_smooth), valence, True),
            ("A", arousal, False),
            (signed(reading.arousal_smooth), arousal, True),
        ]
        if poor:
            parts.append((reading.judged.reason, DARK.warning, False))
        size = max(min(box.width() / 13, 15.0), 10.5)
        anchor = QPointF(box.left(), box.top() - 6)
        height = label_height(size)
        if anchor.y() - height < target.top() and box.bottom() + 6 + height <= target.bottom():
            # Without room above a face it stands below: it covers none.
            anchor.setY(box.bottom() + 6 + height)
        draw_label(painter, target, anchor, parts, size)

    def _paint_legend(self, painter: QPainter, target: QRectF, *, above: bool = False) -> None:
        """Say what the map means at the lower edge, or at the upper one."""
        if self.axis == "off":
            return
        ink = DARK.axis(self.axis)
        parts = [("pushes", INK, False), (self.axis, ink, True), (self._ways(), INK, True)]
        parts.append(("\N{MIDDLE DOT} none", INK, False))
        if self.state == "running" and self.map_age > LATE_SECONDS:
            parts.append((f"· {self.map_age:.1f} s old", DARK.warning, True))
        edge = target.top() + 12 + label_height(12.0) if above else target.bottom() - 12
        anchor = QPointF(target.left() + 12, edge)
        place = draw_label(painter, target, anchor, parts, 12.0, extra=120)
        bar = QRectF(place.right() - 118, place.center().y() - 4, 72, 8)
        painter.setPen(QColor(INK))
        room = QRectF(bar.right() + 6, place.top(), 40, place.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, "most")
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(bar, self._bar.image)
        painter.setPen(QPen(colour(INK, 0.5), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)

    def _ways(self) -> str:
        """Which way the maps on show push: up, down, or both where faces differ."""
        signs = {getattr(reading, self.axis) >= 0 for reading in self.faces}
        words = {(True,): "up", (False,): "down", (False, True): "up or down"}
        return words.get(tuple(sorted(signs)), "")

    def _paint_hint(self, painter: QPainter) -> None:
        words = "starting" if self.state == "starting" else self._detail or self.hint
        painter.setPen(QColor(self.theme.muted))
        font = QFont(self.font())
        font.setPixelSize(15)
        painter.setFont(font)
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(QRectF(self.rect()).adjusted(40, 20, -40, -20), flags, words)
