"""What the rating window is made of, and where each part stands."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QLabel,
    QSplitter,
    QWidget,
)

from ....model.metrics import AXES
from ...rating.take import Take
from ..qt.boxes import in_column, in_row
from ..qt.theme import Theme
from ..widgets.camera_view import CameraView
from ..widgets.labels import signed
from ..widgets.segments import Segments
from ..widgets.transport import Transport
from .plane import RatingPlane
from .rated_plot import RatedPlot

CHOICES: Final = {"both": AXES, "valence": ("valence",), "arousal": ("arousal",)}
_TAKE: Final = "Click in the circle to take the point and again to let it go, or use the arrows"
_TAKE_ONE: Final = "Click to take the point and again to let it go; arrows, or 1 to 9, move it too"
_HELD: Final = "The point follows the mouse: click to let it go"


class RateLayout(QWidget):
    """The video at the left, the circumplex at the right, what was rated below."""

    def __init__(self) -> None:
        super().__init__()
        self.view = CameraView()
        self.transport = Transport()
        self.plane = RatingPlane()
        self.plot = RatedPlot()
        self.values = QLabel()
        self.values.setAccessibleName("Your rating now")
        self.values.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint = QLabel()
        self.hint.setProperty("muted", True)
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # The circumplex keeps its size, and the point its place, whatever the hint says.
        self.hint.setFixedHeight(2 * self.hint.fontMetrics().lineSpacing() + 4)
        self.progress = QLabel()
        self.progress.setProperty("muted", True)
        self.progress.setAccessibleName("How much is rated")
        self.buttons: dict[str, QAbstractButton] = {**self.transport.buttons}
        """By the actions that they do."""
        segments = self._segments()
        stage = _card(self.view, self.transport)
        side = QFrame()
        side.setProperty("card", True)
        head = in_row(segments, None, self.values)
        in_column(head, (self.plane, 1), self.hint, of=side, margins=(10, 8, 10, 8))
        across = QSplitter(Qt.Orientation.Horizontal)
        across.addWidget(stage)
        across.addWidget(side)
        across.setSizes([700, 540])
        lower = QFrame()
        lower.setProperty("card", True)
        title = QLabel("Your ratings")
        title.setProperty("title", True)
        line = in_row(title, None, self.progress)
        in_column(line, (self.plot, 1), of=lower, margins=(10, 8, 10, 4))
        down = QSplitter(Qt.Orientation.Vertical)
        down.addWidget(across)
        down.addWidget(lower)
        down.setSizes([520, 170])
        for splitter in (across, down):
            splitter.setHandleWidth(8)
            splitter.setChildrenCollapsible(False)
        in_column(down, of=self, margins=(10, 4, 10, 8))
        self.plane.moved.connect(self._show_value)
        self.plane.held_changed.connect(lambda _: self._show_hint())

    def _segments(self) -> Segments:
        segments = Segments()
        for name in CHOICES:
            button = segments.add(name)
            if name in AXES:
                button.setProperty("axis", name)
            button.setAccessibleName(f"Rate {name}")
            # The arrows move the point, whatever was clicked last.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.buttons[f"rate_{name}"] = button
        return segments

    def rate(self, axes: tuple[str, ...]) -> None:
        """Let these axes be rated."""
        self.plane.rate(axes)
        self._show_hint()

    def show_progress(self, take: Take, *, saved: bool) -> None:
        """Say how much is rated, and whether it is on disk."""
        shares = ", ".join(f"{axis} {take.share(axis):.0%}" for axis in AXES)
        self.progress.setText(f"{shares} rated · {'saved' if saved else 'saving'}")

    def set_theme(self, colours: Theme) -> None:
        """Follow the window's theme."""
        for part in (self.view, self.transport, self.plane, self.plot):
            part.set_theme(colours)
        self._show_value()

    def _show_value(self) -> None:
        theme = self.plane.theme
        self.values.setText(
            " &nbsp; ".join(
                f"<span style='color:{theme.axis(axis)}'>{axis} <b>{signed(value)}</b></span>"
                for axis, value in zip(AXES, self.plane.value, strict=True)
                if axis in self.plane.axes
            )
        )

    def _show_hint(self) -> None:
        one = len(self.plane.axes) == 1
        self.hint.setText(_HELD if self.plane.held else _TAKE_ONE if one else _TAKE)


def _card(upper: QWidget, lower: QWidget) -> QFrame:
    card = QFrame()
    card.setProperty("card", True)
    in_column((upper, 1), lower, of=card, margins=(1, 1, 1, 4), spacing=4)
    return card
