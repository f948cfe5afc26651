"""Labels that a marker gets by one key: set by the user, the same in both windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QWidget,
)

from ..qt.actions import Action, Actions
from ..qt.boxes import in_column
from ..qt.preferences import Preferences

COUNT: Final = 9
_LONGEST: Final = 80
_LIST: Final = "marker_labels"


class PresetLabels:
    """Up to nine labels, `Ctrl+1` to `Ctrl+9`.

    Args:
        preferences: where they are kept.
        mark: sets a marker of a label, now.
        window: whose they are.
    """

    def __init__(
        self, preferences: Preferences, mark: Callable[[str], object], window: QWidget
    ) -> None:
        self._preferences, self._mark, self._window = preferences, mark, window
        self._actions: Actions | None = None

    @property
    def labels(self) -> list[str]:
        """Those that are set, in order."""
        return self._preferences.texts(_LIST)[:COUNT]

    def actions(self, enabled: Callable[[], bool] | None = None) -> tuple[Action, ...]:
        """One for each key, and one that opens the list."""
        keys = tuple(
            Action(
                f"preset_{number}",
                f"Marker {number}",
                f"Ctrl+{number}",
                "Set a marker with this label, now",
                lambda number=number: self._set(number),
                enabled,
            )
            for number in range(1, COUNT + 1)
        )
        edit = Action(
            "presets",
            "Preset labels…",
            "",
            "Labels that Ctrl+1 to Ctrl+9 set as markers",
            self.edit,
        )
        return (*keys, edit)

    def tie(self, actions: Actions) -> None:
        """Let the actions show the labels; one without a label is not shown."""
        self._actions = actions
        self.refresh()

    def refresh(self) -> None:
        """Show the labels as they are kept now: another window may have changed them."""
        labels = self.labels
        for number in range(1, COUNT + 1):
            made = self._actions[f"preset_{number}"] if self._actions is not None else None
            if made is not None:
                there = number <= len(labels)
                made.setVisible(there)
                if there:
                    made.setText(f"Marker “{labels[number - 1]}”".replace("&", "&&"))

    def _set(self, number: int) -> None:
        labels = self.labels
        if number <= len(labels):
            self._mark(labels[number - 1])

    def edit(self) -> PresetDialog:
        """Ask for the labels."""
        dialog = PresetDialog(self.labels, self._window)
        dialog.accepted.connect(lambda: self._take(dialog.labels()))
        dialog.open()
        return dialog

    def _take(self, labels: list[str]) -> None:
        self._preferences.put_texts(_LIST, labels)
        self.refresh()


class PresetDialog(QDialog):
    """A label a line."""

    def __init__(self, labels: list[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preset labels")
        hint = QLabel(f"One label a line: the first is set by Ctrl+1, up to Ctrl+{COUNT}.")
        hint.setProperty("muted", True)
        self.field = QPlainTextEdit("\n".join(labels))
        self.field.setAccessibleName("Preset labels, one a line")
        self.field.setToolTip("Each key sets a marker with its label at once")
        self.field.setTabChangesFocus(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        in_column(hint, self.field, buttons, of=self)
        self.resize(380, 280)

    def labels(self) -> list[str]:
        """What is written, without empty lines and beyond the ninth."""
        lines = (" ".join(line.split())[:_LONGEST] for line in self.field.toPlainText().split("\n"))
        return [line for line in lines if line][:COUNT]
