"""Moves the point by the keys that are held down and by a game pad."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from ....model.metrics import AXES
from ...rating.game_pad import GamePad
from .plane import RatingPlane

SPEED: Final = 0.8
"""Of a key that is held down, in units of valence or arousal per second."""
_LONGEST: Final = 0.1
_WAYS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class Steering:
    """`poll` moves the point; a pad only while it is `pad_used`.

    Args:
        now: a clock in seconds.
    """

    def __init__(
        self, plane: RatingPlane, pad: GamePad, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.pad, self.pad_used = pad, pad.there
        self._plane, self._now = plane, now
        self._down: set[Qt.Key] = set()
        self._last = now()

    def press(self, event: QKeyEvent) -> bool:
        """Take a key in; whether it was one of ours."""
        key = Qt.Key(event.key())
        if key in _WAYS:
            if not event.isAutoRepeat() and not self._down:
                self._last = self._now()
            self._down.add(key)
            return True
        digit = key - Qt.Key.Key_0
        if 1 <= digit <= 9 and len(self._plane.axes) == 1:
            value = (digit - 5) / 4
            self._plane.put(value, value)
            return True
        return False

    def release(self, event: QKeyEvent) -> bool:
        """A key is up again; whether it was one of ours."""
        key = Qt.Key(event.key())
        if key not in _WAYS:
            return False
        if not event.isAutoRepeat():
            self.poll()
            self._down.discard(key)
        return True

    def let_go(self) -> None:
        """No key is down: the window lost the keyboard."""
        self._down.clear()

    def poll(self) -> None:
        """Move the point by what has happened since the last time."""
        now = self._now()
        seconds, self._last = min(now - self._last, _LONGEST), now
        if self._down:
            right = sum(_WAYS[key][0] for key in self._down)
            up = sum(_WAYS[key][1] for key in self._down)
            if len(self._plane.axes) == 1:
                # Of one axis, either pair of arrows moves the point.
                right = up = max(min(right + up, 1), -1)
            valence, arousal = self._plane.value
            self._plane.put(valence + right * SPEED * seconds, arousal + up * SPEED * seconds)
        if self.pad_used and self.pad.poll():
            valence, arousal = self.pad.stick
            if self._plane.axes == (AXES[1],):
                # Whichever way the stick is pushed further.
                arousal = max(self.pad.stick, key=abs)
            elif self._plane.axes == (AXES[0],):
                valence = max(self.pad.stick, key=abs)
            self._plane.put(valence, arousal)
