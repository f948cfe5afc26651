"""The strip that runs a session's pictures through its network again, with progress and result."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from ..replay import Replay
from .errand import Errand


class ReplayStrip(QFrame):
    """Hidden until it is started; `look_in` belongs into the window's timer.

    Args:
        work: compares, telling its errand how far it is.
    """

    def __init__(
        self, work: Callable[[Errand[Replay]], Replay], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._work = work
        self.errand: Errand[Replay] | None = None
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setAccessibleName("Result of running the pictures again")
        self.words.setToolTip("Can be selected and copied")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(220, 8)
        self.bar.setAccessibleName("How much has been run again")
        self.button = QPushButton()
        self.button.setAccessibleName("Stop or close the run")
        self.button.setToolTip("Stop running the pictures again, or close this line")
        self.button.clicked.connect(self._pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.addWidget(self.words, 1)
        row.addWidget(self.bar)
        row.addWidget(self.button)
        self.hide()

    def start(self) -> None:
        """Begin, unless it runs already."""
        if self.errand is not None:
            return
        self.errand = Errand("replay", self._work)
        self.words.setText("The stored pictures run through the network again …")
        self.bar.setValue(0)
        self.bar.show()
        self.button.setText("Stop")
        self.show()

    def look_in(self) -> None:
        """Show how far it is, or what came out."""
        errand = self.errand
        if errand is None:
            return
        self.bar.setValue(round(errand.progress * 1000))
        if errand.done:
            self.errand = None
            result = errand.result
            self.words.setText(errand.problem if result is None else result.words)
            self.bar.hide()
            self.button.setText("Close")
            self.button.setEnabled(True)

    def _pressed(self) -> None:
        if self.errand is None:
            self.hide()
        else:
            self.errand.stop()
            self.button.setEnabled(False)
