"""Saves what the review window shows: an image, vector graphics, a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

from ....model.errors import AvceError
from ....model.system.whole_file import TakenError
from ...session.export import ExportOptions
from ..qt import theme
from ..qt.background_task import BackgroundTask
from ..qt.question import Answer, Role, ask
from ..widgets.circumplex import Circumplex
from ..widgets.panes import Panes
from ..widgets.timeline_plot import TimelinePlot
from .data import Review, save_readings
from .ports import Export

KINDS: Final = {
    "png": (".png", "PNG image (*.png)"),
    "svg": (".svg", "SVG vector graphics (*.svg)"),
    "csv": (".csv", "CSV table (*.csv)"),
    "parquet": (".parquet", "Parquet file (*.parquet)"),
    "bids": ("", ""),
    "eaf": (".eaf", "ELAN file (*.eaf)"),
    "textgrid": (".TextGrid", "Praat TextGrid (*.TextGrid)"),
    "summary": ("_summary.png", "PNG image (*.png)"),
}
"""Ending and filter of each kind of export."""
_TOPIC: Final = "export"
"""What messages on an export that takes a while are about."""
_TIMELINE = QSize(1200, 320)
_PLANE = 320
_HEAD = 34


_RUNS: Final = [ExportOptions(run=str(number)) for number in range(2, 100)]
"""How further recordings of one participant, session and task are told apart."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """An export that would have replaced files, and what it said."""

    path: Path
    kind: str
    words: str


class Exporter(QObject):
    """Asks where to, and writes there. `poll` is called by the window's timer.

    Args:
        exports: what the app's own exporters write, by kind.
    """

    message = Signal(str, float, str)
    """Words, how many seconds to show them, and what they are about."""

    def __init__(
        self, review: Review, panes: Panes, exports: Mapping[str, Export], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._review, self._panes, self._exports, self._window = review, panes, exports, parent
        self._task: BackgroundTask[str | _Refused] | None = None

    def ask(self, kind: str) -> None:
        """Ask where to save to, and save there; `kind` is one of `KINDS`."""
        folder = self._review.path.resolve()
        if kind == "bids":
            name = QFileDialog.getExistingDirectory(self._window, "Export as BIDS", str(folder))
        else:
            ending, words = KINDS[kind]
            start = str(folder / f"{folder.name}{ending}")
            name, _ = QFileDialog.getSaveFileName(self._window, "Export", start, words)
        if name:
            self.save(Path(name), kind)

    def save(self, path: Path, kind: str) -> None:
        """Save the plots in the light theme, the readings of the stretch of time in view, or what
        the app's own exporters write."""
        if kind in self._exports:
            self._save_aside(path, kind)
            return
        try:
            if kind == "csv":
                low, high = self._panes.timeline.plot.time_range()
                count = save_readings(path, self._review, self._review.span(low, high))
                self._say(f"Saved {count} rows: {path}")
                return
            self._draw(path, kind)
            self._say(f"Saved: {path}")
        except (AvceError, OSError) as error:
            self._say(f"Could not be saved: {error}")

    def poll(self) -> None:
        """Tell what came of an export that took a while, or ask whether it may replace files."""
        if self._task is None or not self._task.done:
            return
        task, self._task = self._task, None
        if isinstance(task.result, _Refused):
            self._say("", 0.0, _TOPIC)
            self._ask_to_replace(task.result)
        else:
            self._say(task.problem or task.result or "", topic=_TOPIC)

    def _say(self, words: str, seconds: float = 4.0, topic: str = "") -> None:
        self.message.emit(words, seconds, topic)

    def _save_aside(
        self, path: Path, kind: str, attempts: Sequence[ExportOptions] = (ExportOptions(),)
    ) -> None:
        """On a thread, for it can take seconds; one at a time. The first attempt that replaces
        nothing is taken."""
        if self._task is not None:
            self._say("Another export is still running. Try again when it has finished.")
            return
        session, export = self._review.path, self._exports[kind]

        def work(_: BackgroundTask[str | _Refused]) -> str | _Refused:
            refused = ""
            for options in attempts:
                try:
                    export(session, path, options)
                except TakenError as error:
                    refused = str(error)
                else:
                    return f"Saved: {path}"
            return _Refused(path, kind, refused)

        self._say("Exporting …", 60.0, _TOPIC)
        self._task = BackgroundTask("export", work)

    def _ask_to_replace(self, refused: _Refused) -> None:
        def save(options: Sequence[ExportOptions]) -> Callable[[], None]:
            return lambda: self._save_aside(refused.path, refused.kind, options)

        ask(
            self._window,
            "Replace files?",
            refused.words.partition(": give a ")[0] + ".",
            "“Replace” puts this session in the place of those files. “Keep both” adds it as a "
            "further recording of the same participant, session and task.",
            [
                Answer("Replace", Role.DestructiveRole, save([ExportOptions(overwrite=True)])),
                Answer("Keep both", Role.AcceptRole, save(_RUNS)),
                Answer("Cancel", Role.RejectRole),
            ],
        )

    def _draw(self, path: Path, kind: str) -> None:
        size = QSize(_TIMELINE.width() + _PLANE, _TIMELINE.height() + _HEAD)
        if kind == "svg":
            drawing = QSvgGenerator()
            drawing.setFileName(str(path))
            drawing.setSize(size)
            # That of the screen, or the axis labels end up elsewhere.
            drawing.setResolution(self._window.logicalDpiX())
            drawing.setViewBox(QRect(0, 0, size.width(), size.height()))
            drawing.setTitle(self._review.path.name)
            painter = QPainter()
            if not painter.begin(drawing):
                raise OSError(f"{path} cannot be written")
            with painter:
                self._paint(painter)
            return
        image = QImage(size * 2, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(2.0)
        with QPainter(image) as painter:
            self._paint(painter)
        if not image.save(str(path)):
            raise OSError(f"{path} cannot be written")

    def _paint(self, painter: QPainter) -> None:
        """The heading, the timeline and the circumplex side by side, on white."""
        light = theme.LIGHT
        width = _TIMELINE.width() + _PLANE
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(0, 0, width, _TIMELINE.height() + _HEAD, QColor(light.card))
        painter.setPen(QColor(light.text))
        head = QRectF(14, 0, width - 28, _HEAD)
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(head, left, f"Estimated expression: {self._review.path.name}")
        legend = QRectF(_TIMELINE.width() - 200, 0, 180, _HEAD)
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.setPen(QColor(light.valence))
        painter.drawText(legend.translated(-80, 0), right, "valence")
        painter.setPen(QColor(light.arousal))
        painter.drawText(legend, right, "arousal")
        plot = _copy_of(self._panes.timeline.plot)
        target = QRectF(0, _HEAD, _TIMELINE.width(), _TIMELINE.height())
        plot.render(painter, target, plot.viewport().rect())
        plot.close()
        plane = Circumplex()
        plane.copy_from(self._panes.circumplex)
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
