"""What a recording holds besides the readings: the choice of it, and what that means."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from .actions import Actions
from .tick_box import TickBox


class RecordOptions(QWidget):
    """Check boxes for the video, that faces will be stored, and how much room is left.

    What is recorded is settled when a recording begins: until it ends nothing can be changed here.
    """

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.video = self._box("record_video", "Store the video too")
        self.lossless = self._box("lossless", "without loss")
        self.consent = QToolButton()
        self.consent.setText("Consent note…")
        self.consent.setAccessibleName("Consent note")
        self.consent.setToolTip(actions["consent"].toolTip())
        self.consent.clicked.connect(actions["consent"].trigger)
        self.hint = QLabel()
        self.hint.setAccessibleName("What will be stored, and the room for it")
        self.hint.setToolTip("Free space where sessions are written")
        self.hint.setProperty("warning", True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        for part in (self.video, self.lossless, self.consent, self.hint):
            row.addWidget(part)
        actions["record_video"].toggled.connect(self._fit)
        self._recording = False
        self._fit()

    def _box(self, name: str, text: str) -> TickBox:
        action = self._actions[name]
        box = TickBox(text)
        box.setAccessibleName(action.text())
        box.setToolTip(action.toolTip())
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.toggled.connect(action.setChecked)
        action.toggled.connect(box.setChecked)
        return box

    def show_recording(self, recording: bool) -> None:
        """Hold the choice while a session is written."""
        self._recording = recording
        self._fit()

    def show_space(self, gigabytes: float) -> None:
        """Say how much room there is."""
        self.hint.setText(f"faces will be stored, {gigabytes:.0f} GB free")

    def _fit(self) -> None:
        stored = self._actions["record_video"].isChecked()
        self._actions["record_video"].setEnabled(not self._recording)
        self._actions["lossless"].setEnabled(stored and not self._recording)
        self.video.setEnabled(not self._recording)
        self.lossless.setEnabled(not self._recording)
        self.lossless.setVisible(stored)
        self.hint.setVisible(stored)
        # The note goes into the next session: there is none to write while one is going on.
        self.consent.setVisible(stored and not self._recording)
