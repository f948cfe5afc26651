"""The picture: faces with their numbers, the activation map over them, and whether it is live."""

from __future__ import annotations

from typing import Final, Protocol

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..analysis import Analysis
from ..reading import Reading
from ..sources.base import Frame
from .pictures import Picture, colour_bar, fitted, map_image
from .plates import INK, notice, plate, signed
from .theme import DARK, Theme, colour

LATE_SECONDS: Final = 0.15
"""From this age on, a map says how old it is."""

_STATES: Final = {
    "starting": "starting",
    "paused": "paused",
    "lost": "camera lost",
    "ended": "ended",
    "failed": "stopped by an error",
}


class _Place(Protocol):
    """Where a face is, in pixels of the picture."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...


class CameraView(QWidget):
    """Shows the newest picture and, over it, what was read from it.

    The picture never waits: boxes and maps may be a little older, and say so. `frames_painted`
    counts pictures, however often each was painted.
    """

    face_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 200)
        self.setAccessibleName("Picture")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.theme: Theme = DARK
        self.axis = "off"
        self.opacity = 0.6
        self.colour_map = "viridis"
        self.mirrored = False
        self.state = ""
        self.hint = ""
        self.frames_painted = 0
        self._detail = ""
        self._frame: Frame | None = None
        self._painted: Frame | None = None
        self._scaled: tuple[tuple[int, int, bool], Picture] | None = None
        self._analysis: Analysis | None = None
        self._overlays: dict[int, Picture] = {}
        self._bar = colour_bar(self.colour_map)

    # What to show.

    def show_frame(self, frame: Frame) -> None:
        """Put up a new picture."""
        self._frame = frame
        self._scaled = None
        self.update()

    def show_analysis(self, analysis: Analysis) -> None:
        """Put up the newest boxes, numbers and maps."""
        self._analysis = analysis
        self._overlays.clear()
        self.update()

    def set_state(self, state: str, detail: str = "") -> None:
        """Say what the pipeline does; anything but "running" veils the picture and says so."""
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
        self.opacity = self.opacity if opacity is None else opacity
        if colours is not None:
            self.colour_map = colours
            self._bar = colour_bar(colours)
        self._overlays.clear()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self.theme = theme
        self.update()

    def clear(self) -> None:
        """Forget the picture, for another source."""
        self._frame = self._scaled = self._analysis = None
        self._overlays.clear()
        self.update()

    @property
    def frame(self) -> Frame | None:
        """The picture on show."""
        return self._frame

    @property
    def faces(self) -> tuple[Reading, ...]:
        """The faces on show."""
        if self._analysis is None:
            return ()
        return tuple(reading for reading in self._analysis.readings if reading.success)

    @property
    def map_age(self) -> float:
        """Seconds between the picture on show and the one that was analysed; 0 without both."""
        if self._frame is None or self._analysis is None:
            return 0.0
        return max(self._frame.captured - self._analysis.frame.captured, 0.0)

    def notice(self) -> str:
        """The words over a picture that is not live, or "" for a live one."""
        if self._frame is None and self.state in ("", "starting"):
            return ""
        return _STATES.get(self.state, "")

    def snapshot(self) -> QImage | None:
        """The picture at its own size with everything drawn on it, or None without a picture."""
        if self._frame is None:
            return None
        height, width = self._frame.rgb.shape[:2]
        image = QImage(width, height, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            self._paint_scene(painter, QRectF(image.rect()))
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
            if self.notice():
                notice(painter, target, self.notice(), self._detail)
        self.frames_painted += self._frame is not self._painted
        self._painted = self._frame

    @property
    def _size(self) -> tuple[int, int]:
        """Width and height of the picture on show, in its own pixels."""
        assert self._frame is not None
        return self._frame.rgb.shape[1], self._frame.rgb.shape[0]

    def _target(self) -> QRectF:
        """Where the picture goes: as large as fits, centred, on whole pixels of the screen."""
        wide, high = self._size
        ratio = self.devicePixelRatioF()
        scale = min(self.width() / wide, self.height() / high) * ratio
        width, height = max(round(wide * scale), 1), max(round(high * scale), 1)
        left = round(self.width() * ratio - width) // 2
        top = round(self.height() * ratio - height) // 2
        return QRectF(left / ratio, top / ratio, width / ratio, height / ratio)

    def _paint_scene(self, painter: QPainter, target: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_picture(painter, target)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.save()
        painter.setClipRect(target)
        for reading in self.faces:
            self._paint_map(painter, target, reading)
        for reading in self.faces:
            self._paint_face(painter, target, reading)
        painter.restore()
        if self.axis != "off":
            self._paint_legend(painter, target)

    def _paint_picture(self, painter: QPainter, target: QRectF) -> None:
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
        """Where a box of the picture lies inside `target`, mirrored with it."""
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
            overlay = map_image(values, self.colour_map, self.opacity)
            self._overlays[reading.face_id] = overlay
        self._draw(painter, self.place(target, reading), overlay.image)

    def _paint_face(self, painter: QPainter, target: QRectF, reading: Reading) -> None:
        box = self.place(target, reading)
        radius = min(10.0, box.width() / 8)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, ink in ((3.5, colour("#000000", 0.35)), (1.6, colour(INK, 0.9))):
            painter.setPen(QPen(ink, width))
            painter.drawRoundedRect(box, radius, radius)
        parts = [
            (str(reading.face_id), INK, True),
            ("V", DARK.valence, False),
            (signed(reading.valence_smooth), DARK.valence, True),
            ("A", DARK.arousal, False),
            (signed(reading.arousal_smooth), DARK.arousal, True),
        ]
        size = max(min(box.width() / 13, 15.0), 10.5)
        anchor = QPointF(box.left(), box.top() - 6)
        plate(painter, target, anchor, parts, size)

    def _paint_legend(self, painter: QPainter, target: QRectF) -> None:
        ink = DARK.axis(self.axis)
        parts = [("map of", INK, False), (self.axis, ink, True)]
        if self.state == "running" and self.map_age > LATE_SECONDS:
            parts.append((f"· {self.map_age:.1f} s old", DARK.warning, True))
        anchor = QPointF(target.left() + 12, target.bottom() - 12)
        place = plate(painter, target, anchor, parts, 12.0, extra=86)
        bar = QRectF(place.right() - 84, place.center().y() - 4, 72, 8)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(bar, self._bar.image)
        painter.setPen(QPen(colour(INK, 0.5), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)

    def _paint_hint(self, painter: QPainter) -> None:
        words = "starting" if self.state == "starting" else self._detail or self.hint
        painter.setPen(QColor(self.theme.muted))
        font = QFont(self.font())
        font.setPixelSize(15)
        painter.setFont(font)
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(QRectF(self.rect()).adjusted(40, 20, -40, -20), flags, words)
