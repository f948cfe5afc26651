"""Guides a person through their neutral baseline: counts down, then says how it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal

from ...analysis.baseline import BASELINE_SECONDS, UNSTEADY, Baseline
from .ports import Running

_TOPIC: Final = "baseline"


class BaselineGuide(QObject):
    """Takes and forgets baselines of the running source's faces.

    Args:
        running: gives what runs now, or None.
    """

    message = Signal(str, float, str)
    """Words, how many seconds to show them, and what they are about."""

    def __init__(self, running: Callable[[], Running | None], parent: QObject) -> None:
        super().__init__(parent)
        self._running = running
        self._face_id: int | None = None
        self._participant = ""
        self._before: dict[int, Baseline] = {}
        """The baselines that there were when the last session ended."""

    def begin_session(self, participant: str) -> None:
        """A session of this participant begins: forget the baselines of another one.

        The next person who sits down before the camera often gets the number of the last one. What
        was taken since the last session is the new one's; without a name nobody is the same.
        """
        running = self._running()
        analyser = None if running is None else running.analyser()
        same = participant and participant == self._participant
        self._participant = participant
        before, self._before = self._before, {}
        if analyser is None or same:
            return
        stale = [face for face, taken in before.items() if analyser.baseline(face) == taken]
        for face in stale:
            analyser.clear_baseline(face)
        if stale:
            words = "The neutral baseline of the last session is not carried over: record it again"
            self.message.emit(words, 8.0, _TOPIC)

    def end_session(self) -> None:
        """The session has ended: what baselines there are belong to its participant."""
        running = self._running()
        analyser = None if running is None else running.analyser()
        self._before = {} if analyser is None else analyser.baselines()

    def take(self, face_id: int | None) -> None:
        """Record the next seconds of a face as its neutral baseline."""
        running = self._running()
        analyser = None if running is None else running.analyser()
        if analyser is None or face_id is None:
            self.message.emit("A neutral baseline needs a face in view", 4.0, _TOPIC)
            return
        analyser.start_baseline(face_id, BASELINE_SECONDS)
        self._face_id = face_id

    def forget(self, face_id: int | None) -> None:
        """Show no values relative to neutral any more for a face."""
        running = self._running()
        analyser = None if running is None else running.analyser()
        if running is not None and analyser is not None and face_id is not None:
            self._face_id = None
            analyser.clear_baseline(face_id)
            running.recorder.refresh()
            self.message.emit(f"Baseline of face {face_id} cleared", 4.0, _TOPIC)

    def drop(self) -> None:
        """Another source comes: stop counting, and expect nobody."""
        self._face_id = None
        self._before = {}

    def tell(self) -> None:
        """Say how far it is; called again and again."""
        running = self._running()
        analyser = None if running is None else running.analyser()
        if running is None or analyser is None or self._face_id is None:
            return
        progress = analyser.baseline_progress(self._face_id)
        if progress is not None:
            left = (1.0 - progress) * BASELINE_SECONDS
            self.message.emit(
                f"Face {self._face_id}: keep a neutral expression … {left:.0f} s", 0.6, _TOPIC
            )
            return
        taken = analyser.baseline(self._face_id)
        if taken is not None:
            running.recorder.refresh()
            words = f"Neutral baseline of face {self._face_id} recorded"
            if not taken.steady:
                words += f". {UNSTEADY}"
            self.message.emit(words, 4.0, _TOPIC)
        self._face_id = None
