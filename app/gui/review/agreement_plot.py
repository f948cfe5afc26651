"""How far raters agree over time: CCC in a window that moves through the session."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from ....model.metrics import AXES
from ...rating.parts import WINDOW_SECONDS, Floats
from ..qt.theme import Theme
from ..widgets.time_axis import TimeAxis


class AgreementPlot(pg.PlotWidget):
    """Solid: between raters. Dashed: with the model."""

    def __init__(self, theme: Theme) -> None:
        self._axis = TimeAxis(orientation="bottom")
        super().__init__(axisItems={"bottom": self._axis})
        self.setAccessibleName("Agreement over time")
        self.setToolTip(
            f"CCC in windows of {WINDOW_SECONDS:g} s. Solid: between raters, dashed: with the "
            "model. A gap: too little was rated, or nothing varies."
        )
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setBackground(theme.card)
        self.getViewBox().setMouseEnabled(x=True, y=False)
        self.getViewBox().setYRange(-1.05, 1.05, padding=0)
        self.setMinimumHeight(110)
        ticks = (
            (-1.0, "\N{MINUS SIGN}1"),
            (0.0, "0"),
            (1.0, "+1"),
        )
        self.getAxis("left").setTicks([ticks])
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(QColor(theme.muted))
        plot: Any = self.getPlotItem()
        for level, _ in ticks:
            plot.addItem(pg.InfiniteLine(level, angle=0, pen=pg.mkPen(theme.faint)))
        self.lines: dict[tuple[int, int], Any] = {}
        """By axis, and 0 between raters or 1 with the model."""
        for i, axis in enumerate(AXES):
            for kind, style in enumerate((Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)):
                line = pg.PlotDataItem(connect="finite")
                line.setPen(pg.mkPen(theme.axis(axis), width=2, style=style))
                plot.addItem(line)
                self.lines[i, kind] = line

    def show_curves(self, times: Floats, found: Floats, zero: float) -> None:
        """Draw [2, 2, M] at times [M]; the words count from `zero` seconds."""
        start = float(times[0]) if len(times) else 0.0
        self._axis.set_zero(start - zero)
        for (i, kind), line in self.lines.items():
            line.setData(times - start, found[i, kind])
