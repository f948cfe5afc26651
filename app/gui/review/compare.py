"""A second session beside the first: how they are aligned, and how far they are apart."""

from __future__ import annotations

import math
from html import escape

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QLabel,
    QToolButton,
    QWidget,
)

from ...session.curves import Difference, compare, differences
from ..qt.boxes import in_column, in_row
from ..qt.theme import AXES, DARK, Theme
from ..widgets.inputs import Choice
from ..widgets.labels import signed
from .data import Review

_SMOOTH = slice(2, 4)
_FARTHEST_SECONDS = 1e6
_LONGEST_NAME = 18
_BY_HAND = "aligned by hand"


def same_video(review: Review, other: Review) -> bool:
    """Whether two sessions were made of one video, so that its own time is that of both."""
    here, there = (each.session.info.get("source") or {} for each in (review, other))
    if here.get("live") or there.get("live") or here.get("kind") != there.get("kind"):
        return False
    one, two = here.get("file"), there.get("file")
    if isinstance(one, dict) and isinstance(two, dict):
        # One that was moved or copied has another time of change.
        return all(one.get(key) == two.get(key) for key in ("name", "bytes"))
    return here.get("kind") == "demo"


def _short(name: str) -> str:
    """A session's name by its date and time, which tell it from others, where it is long."""
    return name if len(name) <= _LONGEST_NAME else name.partition("_")[0][:_LONGEST_NAME]


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
        self.choice.setAccessibleName("Alignment of the two sessions")
        self.choice.setToolTip(
            "Align the sessions by the time of their video, at their starts, at a marker that both "
            "have, or by hand"
        )
        self.choice.currentIndexChanged.connect(self._align)
        self.offset = QDoubleSpinBox()
        self.offset.setRange(-_FARTHEST_SECONDS, _FARTHEST_SECONDS)
        self.offset.setDecimals(2)
        self.offset.setSingleStep(0.1)
        self.offset.setSuffix(" s")
        self.offset.setPrefix("later by ")
        self.offset.setKeyboardTracking(False)
        self.offset.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.offset.setAccessibleName("Offset of the other session")
        self.offset.setToolTip(
            "Seconds by which the other session is drawn later than its own time"
        )
        self.offset.valueChanged.connect(self._move)
        self.close_button = QToolButton()
        self.close_button.setText("✕")
        self.close_button.setProperty("flat", True)
        self.close_button.setAccessibleName("Stop comparing")
        self.close_button.setToolTip("Stop comparing")
        self.close_button.clicked.connect(self.ended)
        self.numbers = QLabel()
        self.numbers.setTextFormat(Qt.TextFormat.RichText)
        self.numbers.setWordWrap(True)
        self.numbers.setAccessibleName("Differences between the two sessions")
        head = in_row((self.name, 1), self.close_button)
        in_column(
            head, self.choice, self.offset, self.numbers, of=self, margins=(12, 6, 8, 10), spacing=5
        )
        self.hide()

    def compare(self, review: Review, other: Review) -> None:
        """Show another session beside this one: by the time of their video where it is the same,
        else both starts together."""
        self._review, self._other = review, other
        self.name.setText(self.fontMetrics().elidedText(
            f"vs {other.path.name}", Qt.TextElideMode.ElideMiddle, 230
        ))  # fmt: skip
        self.name.setToolTip(str(other.path))
        self.choice.blockSignals(True)
        self.choice.clear()
        if same_video(review, other):
            self.choice.addItem("aligned by video time", 0.0)
        self.choice.addItem("aligned at their starts", review.start - other.start)
        theirs = {marker.label: marker.time for marker in reversed(other.events)}
        seen: set[str] = set()
        for marker in review.events:
            if marker.label in theirs and marker.label not in seen:
                seen.add(marker.label)
                words = f"aligned at “{marker.label[:24]}”"
                self.choice.addItem(words, marker.time - theirs[marker.label])
        self.choice.addItem(_BY_HAND, None)
        self.choice.blockSignals(False)
        self._align()
        self.show()

    def clear(self) -> None:
        """Show nothing."""
        self._review = self._other = self.result = None
        self.hide()

    def _align(self) -> None:
        shift = self.choice.currentData()
        self._shift_by(self.shift if shift is None else float(shift))

    def _move(self, seconds: float) -> None:
        """Take an offset that was set by hand."""
        self.choice.blockSignals(True)
        self.choice.setCurrentText(_BY_HAND)
        self.choice.blockSignals(False)
        self._shift_by(seconds)

    def _shift_by(self, seconds: float) -> None:
        if self._review is None or self._other is None:
            return
        self.shift = seconds
        self.offset.blockSignals(True)
        self.offset.setValue(seconds)
        self.offset.blockSignals(False)
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
        if self._review is None or self._other is None:
            return
        result, now = self.result, self.at(time)
        if result is None:
            self.numbers.setText("The two sessions have no moment with a face in common.")
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
                ("difference at cursor", [signed(v) for v in now]),
                ("mean difference", [signed(v) for v in result.mean]),
                ("RMSE", [f"{v:.2f}" for v in result.rmse]),
                ("PCC", [signed(v) for v in result.pcc]),
                ("CCC", [signed(v) for v in result.ccc]),
            )
        )
        here, there = (escape(_short(each.path.name)) for each in (self._review, self._other))
        self.numbers.setText(
            f"<span {muted}>{there} minus {here}</span>"
            f"<table cellspacing='1'><tr><td {muted}>over {result.seconds:.1f} s</td>{heads}</tr>"
            f"{rows}</table>"
        )

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self.theme = theme
        if self._review is not None:
            self.show_time(self._review.start)
