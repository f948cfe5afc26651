"""The numbers of a stretch of time that is dragged over the plot, for each face."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QWidget,
)

from ...study.plan import StudyPlan
from ...study.segments import FaceRows, Stretch, Timeline, find_faces, segment
from ..qt.boxes import in_column, in_row, push_button
from ..widgets.timeline_plot import TimelinePlot
from .copied_table import CopiedTable
from .data import Review

_MEASURES = ("mean", "sd", "min", "max", "halfwidth")
COLUMNS = (
    *("face", "from (s)", "to (s)", "readings", "share valid"),
    *(f"{axis} {name}" for axis in ("valence", "arousal") for name in _MEASURES),
)


class StretchNumbers:
    """A session's raw estimates, ready for one stretch after the other; the numbers are those of
    `avce-live study`."""

    def __init__(self, review: Review) -> None:
        self._plan = StudyPlan(faces="all", min_coverage=0.0)
        self._rows = review.session.readings
        self._times = self._rows["timestamp"].astype(np.float64)
        self._timeline = Timeline.of(self._times) if len(self._times) else None
        self._faces: list[FaceRows] = find_faces(self._rows, self._plan)

    def rows(self, start: float, end: float) -> list[list[str]]:
        """A row of `COLUMNS` for each face, of the readings in [start, end)."""
        if self._timeline is None:
            return []
        stretch = Stretch("", "", 0, start, start, end)
        return [self._row(face, stretch) for face in self._faces]

    def _row(self, face: FaceRows, stretch: Stretch) -> list[str]:
        assert self._timeline is not None
        found = segment(face, stretch, self._timeline, self._times, self._plan)
        cells = [str(face.face_id), f"{stretch.start:.3f}", f"{stretch.end:.3f}", str(found["n"])]
        numbers = [found["share_valid"]]
        numbers += [found[f"{axis}_{n}"] for axis in ("valence", "arousal") for n in _MEASURES]
        return cells + ["" if np.isnan(value) else f"{value:.3f}" for value in numbers]


class StretchDialog(QDialog):
    """A region over the plot and a table that follows it; it goes when the dialog is closed."""

    gone = Signal()
    interval_wanted = Signal(float, float)
    """From when to when."""

    def __init__(self, review: Review, plot: TimelinePlot, markers: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Statistics of a stretch")
        self._plot, self._markers = plot, markers
        self._numbers = StretchNumbers(review)
        self._limits = (review.start, review.end)
        self._origin = plot.origin or 0.0
        self.table = CopiedTable(
            COLUMNS,
            "Statistics of the stretch, a row for each face",
            "Raw estimates in the stretch; a row for each face",
        )
        hint = QLabel("Drag the edges of the band in the plot, or the band itself.")
        hint.setProperty("muted", True)
        between = "From the marker before the band's middle to the next"
        buttons = in_row(
            (hint, 1),
            push_button("Between markers", between, self.snap),
            push_button("Add interval", "Store the band as an interval marker", self.keep),
            push_button("Copy", "Copy as a table for a spreadsheet", self.copy),
            push_button("Close", "Close (Esc)", self.close),
        )
        in_column((self.table, 1), buttons, of=self)
        self.resize(1000, 190)
        low, high = plot.time_range()
        low, high = max(low, review.start), min(high, review.end)
        quarter = max(high - low, 0.0) / 4
        self.region = pg.LinearRegionItem(
            (low + quarter - self._origin, high - quarter - self._origin)
        )
        self.region.setZValue(-5)
        plot.put(self.region)
        self.region.sigRegionChanged.connect(self._fill)
        self._fill()

    @property
    def stretch(self) -> tuple[float, float]:
        """Its ends in seconds of the source's clock."""
        ends: Any = self.region.getRegion()
        low, high = ends
        return float(low) + self._origin, float(high) + self._origin

    def select(self, start: float, end: float) -> None:
        """Move the band."""
        self.region.setRegion((start - self._origin, end - self._origin))

    def snap(self) -> None:
        """Take the whole stretch between the markers around the band's middle."""
        middle = sum(self.stretch) / 2
        times = sorted({*self._limits, *(marker.time for marker in self._markers())})
        before = max((t for t in times if t <= middle), default=self._limits[0])
        after = min((t for t in times if t > middle), default=self._limits[1])
        self.select(before, after)

    def keep(self) -> None:
        """Ask the window to store the band as an interval."""
        self.interval_wanted.emit(*self.stretch)

    def copy(self) -> None:
        """Put the table on the clipboard, with tabs."""
        self.table.copy()

    def _fill(self) -> None:
        self.table.fill(self._numbers.rows(*self.stretch))

    def done(self, result: int, /) -> None:
        """Take the band away with the dialog."""
        if self.region.scene() is not None:
            item: Any = self._plot.getPlotItem()
            item.removeItem(self.region)
        super().done(result)
        self.gone.emit()
