"""Asks what the next session is about, and how long it is to be."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from ....model.errors import InputError
from ...settings import RecordingOptions
from ..qt.form_end import FormEnd

_LINES = ("participant", "session", "condition", "task", "operator")
_LONGEST_SECONDS, _LONGEST_COUNT_DOWN = 86_400.0, 60.0


class SessionForm(QDialog):
    """Participant, session, condition, task, operator, consent and notes; a length where wanted.

    `about`, `seconds` (0 for no limit) and `count_down` hold what was accepted.

    Args:
        button: what accepting it does. Enter presses it, with nothing filled in too.
    """

    def __init__(
        self,
        about: RecordingOptions,
        seconds: float,
        count_down: float,
        parent: QWidget,
        *,
        button: str = "OK",
    ) -> None:
        super().__init__(parent)
        self.about, self.seconds, self.count_down = about, seconds, count_down
        self.setWindowTitle("Session details")
        self.setAccessibleName("Session details")
        form = QFormLayout(self)
        hint = QLabel(
            "For the next session only: they are asked for again before each one.\n"
            f"All may stay empty. Enter: {button}"
        )
        hint.setProperty("muted", True)
        form.addRow(hint)
        self.fields: dict[str, QLineEdit] = {}
        for name in _LINES:
            field = self.fields[name] = QLineEdit(getattr(about, name))
            field.setAccessibleName(name.capitalize())
            field.setToolTip(f"The session's {name}, stored in session.json and in every export")
            form.addRow(name.capitalize(), field)
        self.note = QPlainTextEdit(about.note)
        self.note.setAccessibleName("Consent and notes")
        self.note.setToolTip("Who agreed to what, and anything worth keeping")
        self.note.setTabChangesFocus(True)
        self.note.setMaximumHeight(90)
        form.addRow("Consent and notes", self.note)
        self.length = _seconds()
        self.length.setRange(0.0, _LONGEST_SECONDS)
        self.length.setSpecialValueText("until it is stopped")
        self.length.setValue(seconds)
        self.length.setAccessibleName("Length of the recording")
        self.length.setToolTip("The recording stops by itself after this time of the source")
        form.addRow("Record for", self.length)
        self.delay = _seconds()
        self.delay.setRange(0.0, _LONGEST_COUNT_DOWN)
        self.delay.setSpecialValueText("none")
        self.delay.setValue(count_down)
        self.delay.setAccessibleName("Count-down")
        self.delay.setToolTip("Counts down over the video before the recording begins; remembered")
        form.addRow("Count-down", self.delay)
        self._end = FormEnd(self, form.addRow, button)
        self.problem, self.buttons = self._end.problem, self._end.buttons

    def accept(self) -> None:
        """Take what was written; a participant of whom no label can be made is told at once."""
        words = {name: field.text().strip() for name, field in self.fields.items()}
        about = replace(self.about, **words, note=self.note.toPlainText().strip())
        try:
            about.labels()
        except InputError as error:
            self._end.refuse(str(error))
            return
        self.about, self.seconds = about, self.length.value()
        self.count_down = self.delay.value()
        super().accept()


def _seconds() -> QDoubleSpinBox:
    """A field of whole seconds: keys and wheel change it, so it needs no arrows."""
    made = QDoubleSpinBox()
    made.setDecimals(0)
    made.setSuffix(" s")
    return made
