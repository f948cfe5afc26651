"""What a form ends with: why it cannot be accepted, and its two buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QWidget


class FormEnd:
    """Adds the last rows to a dialog.

    Args:
        add: puts a row into the dialog's layout.
        button: what accepting the dialog does, where that is more than "OK"; Enter presses it.
    """

    def __init__(self, dialog: QDialog, add: Callable[[QWidget], object], button: str = "") -> None:
        self.problem = QLabel()
        self.problem.setProperty("warning", True)
        self.problem.setWordWrap(True)
        self.problem.setVisible(False)
        add(self.problem)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        accept = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        accept.setText(button or accept.text())
        accept.setDefault(True)
        self.buttons.accepted.connect(dialog.accept)
        self.buttons.rejected.connect(dialog.reject)
        add(self.buttons)

    def refuse(self, problem: str) -> None:
        """Say why the form cannot be accepted as it is."""
        self.problem.setText(problem)
        self.problem.setVisible(True)
