"""A second session beside the first: where they are laid on each other, and how far apart."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ..compare_sessions import Difference, compare, differences
from .choice import Choice
from .plates import signed
from .review_data import Review
from .theme import AXES, DARK, Theme

_SMOOTH = slice(2, 4)


class Comparison(QFrame):
    """A card with the other session's name, the moment that both share, and the differences.

    Faces are those seen most. A difference is the other session's smoothed value minus this one's.
    """

    aligned = Signal(float)
    """Seconds by which the other session is moved."""
    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.theme: Theme = DARK
        self.shift = 0.0
        self.result: Difference | None = None
        self._review: Review | None = None
        self._other: Review | None = None
        self._words = ""
        self.name = QLabel()
        self.name.setProperty("title", True)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.choice = Choice()
        self.choice.setAccessibleName("Where both sessions are laid on each other")
        self.choice.setToolTip("Lay both sessions on each other at their starts, or at a marker")
        self.choice.currentIndexChanged.connect(self._align)
        self.close_button = QToolButton()
        self.close_button.setText("✕")
        self.close_button.setProperty("flat", True)
        self.close_button.setAccessibleName("End the comparison")
        self.close_button.setToolTip("End the comparison")
        self.close_button.clicked.connect(self.ended)
        self.numbers = QLabel()
        self.numbers.setTextFormat(Qt.TextFormat.RichText)
        self.numbers.setWordWrap(True)
        self.numbers.setAccessibleName("Differences between both sessions")
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 10)
        layout.setSpacing(5)
        layout.addLayout(head)
        layout.addWidget(self.choice)
        layout.addWidget(self.numbers)
        self.hide()

    def compare(self, review: Review, other: Review) -> None:
        """Show another session beside this one, both starts together."""
        self._review, self._other = review, other
        self.name.setText(self.fontMetrics().elidedText(
            f"vs {other.path.name}", Qt.TextElideMode.ElideMiddle, 230
        ))  # fmt: skip
        self.name.setToolTip(str(other.path))
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItem("aligned at both starts", review.start - other.start)
        theirs = {marker.label: marker.time for marker in reversed(other.events)}
        seen: set[str] = set()
        for marker in review.events:
            if marker.label in theirs and marker.label not in seen:
                seen.add(marker.label)
                words = f"aligned at “{marker.label[:24]}”"
                self.choice.addItem(words, marker.time - theirs[marker.label])
        self.choice.blockSignals(False)
        self.choice.setEnabled(self.choice.count() > 1)
        self._align()
        self.show()

    def clear(self) -> None:
        """Show nothing."""
        self._review = self._other = self.result = None
        self.hide()

    def _align(self) -> None:
        if self._review is None or self._other is None:
            return
        self.shift = float(self.choice.currentData())
        curves = self._curves()
        self.result = compare(*curves) if curves is not None else None
        self.show_time(self._review.start)
        self.aligned.emit(self.shift)

    def _curves(
        self,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
        if self._review is None or self._other is None:
            return None
        here, there = self._review.main_face, self._other.main_face
        if here is None or there is None:
            return None
        a, b = self._review.series[here], self._other.series[there]
        return a.time, a.values[_SMOOTH], b.time + self.shift, b.values[_SMOOTH]

    def at(self, time: float) -> tuple[float, float]:
        """The difference (valence, arousal) at a moment of this session; nan where unknown."""
        curves = self._curves()
        if curves is None or self._review is None or self._review.main_face is None:
            return math.nan, math.nan
        row = self._review.series[self._review.main_face].nearest(time)
        if row is None or abs(float(curves[0][row]) - time) > 0.5:
            return math.nan, math.nan
        one = slice(row, row + 1)
        apart = differences(curves[0][one], curves[1][:, one], *curves[2:])
        return float(apart[0, 0]), float(apart[1, 0])

    def show_time(self, time: float) -> None:
        """Show the differences at a moment of this session, and over all of it."""
        if self._review is None:
            return
        result, now = self.result, self.at(time)
        if result is None:
            self.numbers.setText("Both sessions share no moment with a face.")
            return
        muted = f"style='color:{self.theme.muted}'"
        heads = "".join(
            f"<td align='right' style='color:{self.theme.axis(axis)}'>&nbsp;&nbsp;{axis}</td>"
            for axis in AXES
        )
        rows = "".join(
            f"<tr><td {muted}>{name}</td>"
            + "".join(f"<td align='right'>{cell}</td>" for cell in cells)
            + "</tr>"
            for name, cells in (
                ("difference here", [signed(v) for v in now]),
                ("mean difference", [signed(v) for v in result.mean]),
                ("RMSE", [f"{v:.2f}" for v in result.rmse]),
                ("PCC", [signed(v) for v in result.pcc]),
                ("CCC", [signed(v) for v in result.ccc]),
            )
        )
        self.numbers.setText(
            f"<table cellspacing='1'><tr><td {muted}>over {result.seconds:.1f} s</td>{heads}</tr>"
            f"{rows}</table>"
        )

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self.theme = theme
        if self._review is not None:
            self.show_time(self._review.start)
