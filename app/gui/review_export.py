"""Saves what the review window shows: a picture, a drawing, a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog

from . import theme
from .errand import Errand
from .review_data import save_readings
from .timeline_plot import TimelinePlot

if TYPE_CHECKING:
    from .review import ReviewWindow

KINDS: Final = {
    "png": (".png", "Picture (*.png)"),
    "svg": (".svg", "Drawing (*.svg)"),
    "csv": (".csv", "Table (*.csv)"),
    "parquet": (".parquet", "Parquet (*.parquet)"),
    "bids": ("", ""),
    "summary": ("_summary.png", "Picture (*.png)"),
}
"""Ending and filter of each kind of export."""
EXPORT: Final = "export"
"""What messages on an export that takes a while are about."""
_TIMELINE = QSize(1200, 320)
_PLANE = 320
_HEAD = 34


def ask(window: ReviewWindow, kind: str) -> None:
    """Ask where to save to, and save there; `kind` is one of `KINDS`."""
    folder = window.review.path.resolve()
    if kind == "bids":
        name = QFileDialog.getExistingDirectory(window, "Export to a BIDS folder", str(folder))
    else:
        ending, words = KINDS[kind]
        start = str(folder / f"{folder.name}{ending}")
        name, _ = QFileDialog.getSaveFileName(window, "Export", start, words)
    if name:
        save(window, Path(name), kind)


def save(window: ReviewWindow, path: Path, kind: str) -> None:
    """Save the plots in the light theme, the readings of the stretch of time in view, or what the
    app's own exporters write."""
    if kind in window.tools.exports:
        _save_aside(window, path, kind)
        return
    try:
        if kind == "csv":
            low, high = window.plot.time_range()
            count = save_readings(path, window.review, window.review.span(low, high))
            window.toast.say(f"{count} rows saved: {path}")
            return
        _draw(window, path, kind)
        window.toast.say(f"Saved: {path}")
    except OSError as error:
        window.toast.say(f"Could not be saved: {error}")


def _save_aside(window: ReviewWindow, path: Path, kind: str) -> None:
    """On a thread, for it can take seconds; one at a time."""
    if window.exporting is not None:
        window.toast.say("Another export is still being saved: try again when it is done.")
        return
    export, session = window.tools.exports[kind], window.review.path

    def work(_: Errand[str]) -> str:
        export(session, path)
        return f"Saved: {path}"

    window.toast.say("Saving …", 60.0, EXPORT)
    window.exporting = Errand("export", work)


def _draw(window: ReviewWindow, path: Path, kind: str) -> None:
    size = QSize(_TIMELINE.width() + _PLANE, _TIMELINE.height() + _HEAD)
    if kind == "svg":
        drawing = QSvgGenerator()
        drawing.setFileName(str(path))
        drawing.setSize(size)
        # That of the screen, else the words of the axes land elsewhere.
        drawing.setResolution(window.logicalDpiX())
        drawing.setViewBox(QRect(0, 0, size.width(), size.height()))
        drawing.setTitle(window.review.path.name)
        painter = QPainter()
        if not painter.begin(drawing):
            raise OSError(f"{path} cannot be written")
        with painter:
            _paint(window, painter)
        return
    image = QImage(size * 2, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(2.0)
    with QPainter(image) as painter:
        _paint(window, painter)
    if not image.save(str(path)):
        raise OSError(f"{path} cannot be written")


def _paint(window: ReviewWindow, painter: QPainter) -> None:
    """The heading, the timeline and the circumplex side by side, on white."""
    light = theme.LIGHT
    width = _TIMELINE.width() + _PLANE
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(0, 0, width, _TIMELINE.height() + _HEAD, QColor(light.card))
    painter.setPen(QColor(light.text))
    head = QRectF(14, 0, width - 28, _HEAD)
    left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(head, left, f"Estimated expression: {window.review.path.name}")
    legend = QRectF(_TIMELINE.width() - 200, 0, 180, _HEAD)
    right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
    painter.setPen(QColor(light.valence))
    painter.drawText(legend.translated(-80, 0), right, "valence")
    painter.setPen(QColor(light.arousal))
    painter.drawText(legend, right, "arousal")
    plot = _copy_of(window.panes.timeline.plot)
    target = QRectF(0, _HEAD, _TIMELINE.width(), _TIMELINE.height())
    plot.render(painter, target, plot.viewport().rect())
    plot.close()
    plane = type(window.panes.circumplex)()
    plane.copy_from(window.panes.circumplex)
    plane.set_theme(light)
    plane.resize(_PLANE, _PLANE)
    painter.translate(_TIMELINE.width(), _HEAD)
    plane.paint(painter)


def _copy_of(plot: TimelinePlot) -> TimelinePlot:
    """A plot of the size of the export, with the same readings, stretch and markers, in light."""
    copy = TimelinePlot()
    # Laid out like a shown window, but not shown.
    copy.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    copy.set_theme(theme.LIGHT)
    copy.resize(_TIMELINE)
    copy.show()
    copy.copy_from(plot)
    copy.redraw()
    copy.grab()
    return copy
