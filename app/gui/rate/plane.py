"""The circumplex as an instrument: a point that the rater moves by mouse, keys or game pad."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Final

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from ....model.metrics import AXES
from ..widgets.circumplex import Circumplex

_DRAGGED: Final = 6
"""Pixels from which on a press was a drag and no click."""
_ONLY_POINT: Final = 0


class RatingPlane(Circumplex):
    """A point at `value`. It follows the mouse while a button is held, or from a click to the next.

    Of a single axis the point moves along that axis alone.
    """

    held_changed = Signal(bool)
    """Whether the point follows the mouse."""
    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = (0.0, 0.0)
        self.held = False
        self.axes: tuple[str, ...] = AXES
        # Words stand where the model's labels put them: a rater is not to be led by these.
        self.show_numbers = self.show_words = False
        self._pressed: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Your rating of valence and arousal")
        self.setToolTip(
            "Valence from negative (left) to positive (right), arousal from calm (bottom) to "
            "excited (top).\nClick to take the point and again to let it go, or drag it; the "
            "arrows and a game pad move it too."
        )
        self.put(*self.value)

    def rate(self, axes: Sequence[str]) -> None:
        """Let the point move along these axes alone; the others are not rated."""
        self.axes = tuple(axes)
        self.put(*self.value)

    def put(self, valence: float, arousal: float) -> None:
        """Move the point, as far as the axes let it; not-a-number leaves an axis where it is."""
        now = []
        for axis, new, old in zip(AXES, (valence, arousal), self.value, strict=True):
            wanted = min(max(new if isfinite(new) else old, -1.0), 1.0)
            now.append(wanted if axis in self.axes else 0.0)
        self.value = (now[0], now[1])
        self.show_trail(_ONLY_POINT, [(0.0, *self.value)])
        self.moved.emit()

    def set_words(self, shown: bool) -> None:
        """Show or hide emotion words."""
        self.show_words = shown
        self.set_theme(self.theme)

    def let_go(self) -> None:
        """Follow the mouse no longer."""
        self._pressed = None
        if self.held:
            self.held = False
            self.unsetCursor()
            self.held_changed.emit(False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.held:
            self.let_go()
            return
        self.held, self._pressed = True, event.position()
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.put(*self.value_at(event.position()))
        self.held_changed.emit(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            self.put(*self.value_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and (event.position() - pressed).manhattanLength() > _DRAGGED:
            self.let_go()
