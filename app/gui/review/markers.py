"""Markers under edit: each change can be undone, and each is on disk at once."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from ..widgets.timeline_plot import Marker

Markers = tuple[Marker, ...]


class _Change(QUndoCommand):
    """A marker that goes, one that comes, or both: other markers may have changed meanwhile."""

    def __init__(
        self, history: MarkerHistory, words: str, old: Marker | None, new: Marker | None
    ) -> None:
        super().__init__(words)
        self._history, self._old, self._new = history, old, new

    def redo(self) -> None:
        self._history.exchange(self._old, self._new)

    def undo(self) -> None:
        self._history.exchange(self._new, self._old)


class MarkerHistory(QObject):
    """The markers of a session in order of time, and how they came to be what they are."""

    changed = Signal(object)
    """The markers after a change, as a tuple."""

    def __init__(self, markers: Sequence[Marker], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.markers = _sorted(markers)
        self.stack = QUndoStack(self)

    def put(self, markers: Sequence[Marker]) -> None:
        """Take a state without a way back, as when somebody else changed it."""
        self.markers = _sorted(markers)
        self.changed.emit(self.markers)

    def exchange(self, old: Marker | None, new: Marker | None) -> None:
        """Take one marker away, where it still is, and set another, without a way back."""
        left = list(self.markers)
        if old in left:
            left.remove(old)
        self.put([*left, new] if new is not None else left)

    def add(self, marker: Marker) -> None:
        """Set one more marker."""
        self.stack.push(_Change(self, "add marker", None, marker))

    def add_all(self, markers: Sequence[Marker]) -> None:
        """Set several, as one change."""
        self.stack.beginMacro(f"import {len(markers)} markers")
        for marker in markers:
            self.add(marker)
        self.stack.endMacro()

    def remove(self, marker: Marker) -> None:
        """Take a marker away."""
        self.stack.push(_Change(self, "delete marker", marker, None))

    def replace(self, old: Marker, new: Marker) -> None:
        """Put a marker in the place of another."""
        if new != old:
            moved = (new.time, new.duration) != (old.time, old.duration)
            words = "move marker" if moved else "rename marker"
            self.stack.push(_Change(self, words, old, new))

    def free_name(self) -> str:
        """A name for a new marker that none has yet."""
        taken = {marker.label for marker in self.markers}
        number = len(self.markers) + 1
        while f"marker {number}" in taken:
            number += 1
        return f"marker {number}"


def _sorted(markers: Sequence[Marker]) -> Markers:
    return tuple(sorted(markers, key=lambda marker: (marker.time, marker.label, marker.duration)))
