"""What people rated of a session, drawn over its curves in the timeline."""

from __future__ import annotations

from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import Qt

from ....model.metrics import AXES
from ...rating.session_ratings import Compared
from ..qt.theme import colour
from ..widgets.timeline_plot import TimelinePlot

_STYLES: Final = (
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DashDotDotLine,
)
_MOST_POINTS: Final = 2000
SAMPLES: Final = ("╌╌╌", "┈┈┈", "╌┈╌", "╌┈┈")
"""What the lines of the first, second ... rater look like, in letters."""


class RaterCurves:
    """A line of each rater and axis, told apart by its dashes."""

    def __init__(self, plot: TimelinePlot) -> None:
        self._plot = plot
        self._items: list[Any] = []

    def show(self, compared: Compared) -> None:
        """Draw these in place of what was drawn."""
        self.clear()
        # Dashes are slow to stroke, and ratings move slowly.
        step = max(1, -(-len(compared.times) // _MOST_POINTS))
        times = compared.times[::step] - (self._plot.origin or 0.0)
        theme = self._plot.theme
        for number in range(len(compared.raters)):
            style = _STYLES[number % len(_STYLES)]
            for i, axis in enumerate(AXES):
                pen = pg.mkPen(colour(theme.axis(axis), 0.9), width=1.5, style=style)
                values = compared.values[::step, i, number]
                item = pg.PlotCurveItem(times, values, pen=pen, connect="finite")
                item.setZValue(5)
                self._plot.put(item)
                self._items.append(item)

    def clear(self) -> None:
        """Take them away."""
        plot: Any = self._plot.getPlotItem()
        for item in self._items:
            if item.scene() is not None:
                plot.removeItem(item)
        self._items.clear()
