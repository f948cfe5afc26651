"""Markers under edit: each change can be taken back, and each is on disk at once."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from .timeline_plot import Marker

Markers = tuple[Marker, ...]


class _Change(QUndoCommand):
    def __init__(self, history: MarkerHistory, words: str, after: Markers) -> None:
        super().__init__(words)
        self._history, self._before, self._after = history, history.markers, after

    def redo(self) -> None:
        self._history.put(self._after)

    def undo(self) -> None:
        self._history.put(self._before)


class MarkerHistory(QObject):
    """The markers of a session in order of time, and how they came to be what they are."""

    changed = Signal(object)
    """The markers after a change, as a tuple."""

    def __init__(self, markers: Sequence[Marker], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.markers = _sorted(markers)
        self.stack = QUndoStack(self)

    def put(self, markers: Markers) -> None:
        """Take a state without a way back; use `add`, `remove` and `replace`."""
        self.markers = markers
        self.changed.emit(markers)

    def add(self, marker: Marker) -> None:
        """Set one more marker."""
        self._change("setting a marker", [*self.markers, marker])

    def remove(self, marker: Marker) -> None:
        """Take a marker away."""
        self._change("taking a marker away", self._without(marker))

    def replace(self, old: Marker, new: Marker) -> None:
        """Put a marker in the place of another."""
        if new != old:
            words = "moving a marker" if new.time != old.time else "naming a marker"
            self._change(words, [*self._without(old), new])

    def free_name(self) -> str:
        """A name for a new marker that none has yet."""
        taken = {marker.label for marker in self.markers}
        number = len(self.markers) + 1
        while f"marker {number}" in taken:
            number += 1
        return f"marker {number}"

    def _without(self, marker: Marker) -> list[Marker]:
        left = list(self.markers)
        left.remove(marker)
        return left

    def _change(self, words: str, markers: Sequence[Marker]) -> None:
        self.stack.push(_Change(self, words, _sorted(markers)))


def _sorted(markers: Sequence[Marker]) -> Markers:
    return tuple(sorted(markers, key=lambda marker: marker.time))
