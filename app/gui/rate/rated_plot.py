"""What has been rated so far, over time."""

from __future__ import annotations

from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtGui import QColor

from ....model.metrics import AXES
from ...rating.take import Take
from ..qt.theme import Theme
from ..widgets.timeline_plot import TimelinePlot

_SECONDS: Final = 60.0


class RatedPlot(TimelinePlot):
    """A curve of each axis with gaps where nothing was rated, and the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What you have rated, over time")
        self.setToolTip("Your ratings. Click to go there, drag to pan, scroll to zoom")
        self._lines: dict[str, Any] = {}
        for axis in AXES:
            line = pg.PlotDataItem(connect="finite")
            line.setDownsampling(auto=True, method="peak")
            line.setClipToView(True)
            self._lines[axis] = line
            self.put(line)
        self.set_theme(self.theme)

    def fit(self, take: Take) -> None:
        """Show the beginning of a recording."""
        start, end = float(take.times[0]), float(take.times[-1])
        self.begin(start)
        self.latest = end
        self.set_following(False)
        self.getViewBox().setXRange(0.0, max(min(end - start, _SECONDS), 1.0), padding=0)

    def show_take(self, take: Take) -> None:
        """Draw what is rated now."""
        for i, axis in enumerate(AXES):
            self._lines[axis].setData(take.times - (self.origin or 0.0), take.values[:, i])

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        super().set_theme(theme)
        for axis, line in getattr(self, "_lines", {}).items():
            line.setPen(pg.mkPen(QColor(theme.axis(axis)), width=2))
