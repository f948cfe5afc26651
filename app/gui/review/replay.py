"""The strip that re-analyses the stored video of a session, with progress and result."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QWidget

from ...session.replay import Replay
from ..qt.background_task import BackgroundTask
from ..qt.boxes import in_row


class ReplayStrip(QFrame):
    """Hidden until it is started; `poll` is called by the window's timer.

    Args:
        work: compares, reporting to its task how far it is.
    """

    def __init__(
        self, work: Callable[[BackgroundTask[Replay]], Replay], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._work = work
        self.task: BackgroundTask[Replay] | None = None
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setAccessibleName("Result of the re-analysis")
        self.words.setToolTip("Select the text to copy it")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(220, 8)
        self.bar.setAccessibleName("Progress of the re-analysis")
        self.button = QPushButton()
        self.button.setAccessibleName("Stop or close the re-analysis")
        self.button.setToolTip("Stop the re-analysis, or close this line")
        self.button.clicked.connect(self._pressed)
        in_row((self.words, 1), self.bar, self.button, of=self, margins=(14, 8, 10, 8))
        self.hide()

    def start(self) -> None:
        """Begin, unless it runs already."""
        if self.task is not None:
            return
        self.task = BackgroundTask("replay", self._work)
        self.words.setText("Re-analysing the stored video …")
        self.bar.setValue(0)
        self.bar.show()
        self.button.setText("Stop")
        self.show()

    def poll(self) -> None:
        """Show how far it is, or what came out."""
        task = self.task
        if task is None:
            return
        self.bar.setValue(round(task.progress * 1000))
        if task.done:
            self.task = None
            result = task.result
            self.words.setText(task.problem if result is None else result.words)
            self.bar.hide()
            self.button.setText("Close")
            self.button.setEnabled(True)

    def _pressed(self) -> None:
        if self.task is None:
            self.hide()
        else:
            self.task.stop()
            self.button.setEnabled(False)
