"""What a recording holds besides the readings: the choice of it, and what that means."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ..qt.boxes import in_row
from ..widgets.inputs import TickBox


class RecordOptions(QWidget):
    """Check boxes for the video, that faces will be stored, and how much room is left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.video, self.lossless = TickBox("Record video"), TickBox("Lossless")
        for box in (self.video, self.lossless):
            box.setAccessibleName(box.text())
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.details = QToolButton()
        self.details.setText("Session details…")
        self.details.setAccessibleName("Session details")
        self.buttons: dict[str, QAbstractButton] = {
            "record_video": self.video,
            "lossless": self.lossless,
            "session_details": self.details,
        }
        """By the actions that they do."""
        self.hint = QLabel()
        self.hint.setAccessibleName("What will be stored, and free disk space")
        self.hint.setToolTip("Free space on the disk that sessions are stored on")
        self.hint.setProperty("warning", True)
        # Where there is no room for all of the hint, its beginning is shown.
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = in_row(
            *(self.video, self.lossless, self.details, (self.hint, 1)),
            of=self,
            margins=(6, 0, 0, 0),
            spacing=10,
        )
        row.addStretch(0)
        self._recording = False
        self.video.toggled.connect(self._fit)
        self._fit()

    def show_recording(self, recording: bool) -> None:
        """Say whether a session is being written."""
        self._recording = recording
        self._fit()

    def show_room(self, words: str) -> None:
        """Say how much room there is."""
        self.hint.setText(f"faces will be stored, {words}")
        self.hint.setToolTip(f"On the disk that sessions are stored on: {words}")

    def _fit(self) -> None:
        stored = self.video.isChecked()
        self.lossless.setVisible(stored)
        self.hint.setVisible(stored)
        # They belong to the next session: there is none to describe while one is going on.
        self.details.setVisible(not self._recording)
