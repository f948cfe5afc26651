"""The lines of one face in the timeline, drawn in the way that stays cheap at every zoom.

Qt strokes a thick anti-aliased path in time that grows with the square of its crossings: a noisy
hour takes seconds. So thick lines are drawn as separate segments, and where many readings fall on
one column of pixels, as one upright stroke from the lowest to the highest of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsItem

from ..qt.theme import AXES, Theme
from .bands import Bands
from .series import RAW, RELATIVE, SMOOTH, Stretch

# Smoothed lines hardly move within this many readings, so one of them stands for all.
_SMOOTH_RUN: Final = 16
# Lengths of dash and gap in pixels, for the first face, the second, and so on.
_DASHES: Final = ((1, 0), (9, 5), (3, 4), (14, 4))
_SAMPLES: Final = ("━━━", "━ ━ ━", "▪▪▪▪", "━━ ━━")
"""The same in letters, for a key."""
_TONES: Final = (0.0, 0.45, 0.25, 0.6)
"""How far the colours go towards that of text, for the first face, the second, and so on."""


def _mixed(ink: str, ground: str, share: float) -> QColor:
    """An opaque colour between two: see-through strokes cost more and add up where they cross."""
    a, b = QColor(ink), QColor(ground)
    return QColor.fromRgbF(
        share * a.redF() + (1 - share) * b.redF(),
        share * a.greenF() + (1 - share) * b.greenF(),
        share * a.blueF() + (1 - share) * b.blueF(),
    )


def sample(order: int) -> str:
    """What the lines of the first (0), second ... face look like."""
    return _SAMPLES[order % len(_SAMPLES)]


def toned(ink: str, theme: Theme, order: int) -> QColor:
    """A colour of an axis as the first (0), second ... face has it."""
    return _mixed(theme.text, ink, _TONES[order % len(_TONES)])


class Traces:
    """Thin raw and thick smoothed lines of valence and arousal, with the face's name at their ends
    and, where the model gives intervals, a band around each smoothed one.

    Args:
        put: adds a curve to the plot.
        order: 0 for the first face, which gets unbroken lines, 1 for the next, ...
    """

    def __init__(self, put: Callable[[QGraphicsItem], None], order: int) -> None:
        self._order = order
        self._dash = _DASHES[order % len(_DASHES)]
        self._names = tuple(pg.TextItem(anchor=(1.0, 1.0)) for _ in AXES)
        self.bands = Bands(put)
        self._raw = tuple(pg.PlotCurveItem() for _ in AXES)
        self._thick = tuple(pg.PlotCurveItem() for _ in AXES)
        for depth, curves in ((0, self._raw), (5, self._thick)):
            for curve in curves:
                curve.setZValue(depth)
                curve.setSegmentedLineMode("on")
                put(curve)
        for name in self._names:
            name.setZValue(8)
            put(name)

    @property
    def items(self) -> tuple[pg.PlotCurveItem, ...]:
        """All curves: raw valence and arousal, smoothed valence and arousal."""
        return self._raw + self._thick

    @property
    def names(self) -> tuple[pg.TextItem, ...]:
        """The face's name at the ends of its smoothed curves."""
        return self._names

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        lines = zip(AXES, self._raw, self._thick, self._names, strict=True)
        for number, (axis, raw, thick, name) in enumerate(lines):
            ink = toned(theme.axis(axis), theme, self._order)
            self.bands.set_ink(number, ink)
            name.setColor(ink)
            raw.setPen(pg.mkPen(_mixed(ink.name(), theme.card, 0.5), width=1))
            pen = pg.mkPen(ink, width=2)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            thick.setPen(pen)

    def set_visible(self, shown: bool) -> None:
        """Show or hide all lines."""
        for item in (*self.items, *self.names, *self.bands.items):
            item.setVisible(shown)

    def draw(
        self, stretch: Stretch, origin: float, seconds_a_pixel: float, *, relative: bool
    ) -> None:
        """Draw a part of a series; `origin` is the plot's time zero."""
        time = stretch.time - origin
        for curve, channel in zip(self._raw, RAW, strict=True):
            if stretch.run == 1:
                self._line(curve, time, stretch.first[channel], np.isnan(stretch.first[channel]))
            else:
                self._strokes(curve, time, stretch, channel)
        self.bands.draw(stretch, origin, RELATIVE if relative else SMOOTH)
        on = self._on(time + origin, seconds_a_pixel)
        for curve, channel in zip(self._thick, RELATIVE if relative else SMOOTH, strict=True):
            if stretch.run <= _SMOOTH_RUN:
                values = stretch.first[channel]
                self._line(curve, time, values, np.isnan(values) | stretch.broken | ~on)
            else:
                self._strokes(curve, time, stretch, channel)

    def name(self, words: str, stretch: Stretch, origin: float, *, relative: bool) -> None:
        """Write `words` at the last point of each smoothed line; nothing for ""."""
        for item, channel in zip(self._names, RELATIVE if relative else SMOOTH, strict=True):
            values = stretch.first[channel]
            known = np.flatnonzero(np.isfinite(values))
            written = bool(words) and known.size > 0
            item.setVisible(item.isVisible() and written)
            if written:
                last = int(known[-1])
                item.setText(words)
                item.setPos(float(stretch.time[last]) - origin, float(values[last]))

    def _on(self, time: NDArray[np.float64], seconds_a_pixel: float) -> NDArray[np.bool_]:
        """Where the dashes are. They are tied to time, so that they travel with the curve."""
        dash, gap = self._dash
        if not gap:
            return np.ones(time.size, np.bool_)
        # A power of two keeps the dashes where they are while the zoom changes a little.
        period = (dash + gap) * 2.0 ** round(float(np.log2(max(seconds_a_pixel, 1e-6))))
        return (time % period) < period * dash / (dash + gap)

    @staticmethod
    def _line(
        curve: pg.PlotCurveItem,
        time: NDArray[np.float64],
        values: NDArray[np.float32],
        ends: NDArray[np.bool_],
    ) -> None:
        """A line from point to point that stops after each point in `ends`."""
        connected = np.zeros(time.size, np.int32)
        connected[:-1] = ~(ends[:-1] | np.isnan(values[1:]))
        curve.setData(time, values, connect=connected, antialias=True, skipFiniteCheck=True)

    @staticmethod
    def _strokes(
        curve: pg.PlotCurveItem, time: NDArray[np.float64], stretch: Stretch, channel: int
    ) -> None:
        """One upright stroke a run, long enough to touch the next run."""
        low, high = stretch.low[channel].copy(), stretch.high[channel].copy()
        following = stretch.first[channel, 1:]
        joined = ~stretch.broken[:-1]
        low[:-1][joined] = np.fmin(low[:-1], following)[joined]
        high[:-1][joined] = np.fmax(high[:-1], following)[joined]
        seen = ~np.isnan(low)
        ends = np.stack([low[seen], np.maximum(high[seen], low[seen] + 0.015)], axis=1).ravel()
        curve.setData(np.repeat(time[seen], 2), ends, connect="pairs", antialias=False)
