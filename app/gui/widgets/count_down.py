"""Counts down over the video before a recording begins."""

from __future__ import annotations

import math
import time
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from .plate import Plate

_TICK_MS: Final = 50


class CountDown(Plate):
    """The seconds left, large, near the upper edge of a widget."""

    finished = Signal()

    def __init__(self, over: QWidget) -> None:
        style = "border-radius: 12px; font-size: 44px; font-weight: 600; padding: 4px 22px;"
        super().__init__(over, "Seconds until the recording begins", style, 200)
        self._end = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def active(self) -> bool:
        """Whether it counts."""
        return self._timer.isActive()

    def begin(self, seconds: float) -> None:
        """Count down from so many seconds; `finished` comes at the end, at once for none."""
        if seconds <= 0:
            self.finished.emit()
            return
        self._end = time.monotonic() + seconds
        self._timer.start()
        self._tick()
        self.show()
        self.raise_()

    def cancel(self) -> None:
        """Stop counting; nothing follows."""
        self._timer.stop()
        self.hide()

    def _tick(self) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            self.cancel()
            self.finished.emit()
            return
        self.setText(str(math.ceil(left)))
        self._place()

    def _place(self) -> None:
        self.adjustSize()
        self.move((self._over.width() - self.width()) // 2, 16)
