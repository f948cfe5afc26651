"""Pause, resume, step and seek what runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal

from ...sources.base import Frame
from ..widgets.camera_view import CameraView
from .pipeline_feed import Feed
from .ports import Running

_USUAL_RATE: Final = 30.0
"""Frames a second of a file that does not say."""


class Playback(QObject):
    """What Space, the arrows and the slider do.

    Args:
        running: gives what runs now, or None.
        feed: tells the state of a source that could not be opened.
        view: shows the frame from which a seek counts.
        recording: whether a session is being written: a recorded file plays from start to end.
    """

    start_wanted = Signal()
    """The source is to be started again."""

    def __init__(
        self,
        running: Callable[[], Running | None],
        feed: Feed,
        view: CameraView,
        recording: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._running, self._feed, self._view = running, feed, view
        self._recording = recording
        self._sought: tuple[Frame | None, float] | None = None  # what was shown then, and where to

    def opened(self) -> bool:
        """Whether there is a pipeline."""
        return self._running() is not None

    def reads(self) -> bool:
        """Whether readings come."""
        return self.opened() and self._feed.current_state != "failed"

    def can_play(self) -> bool:
        """Whether there is something to pause, resume or start again."""
        return self.opened() or self._feed.current_state == "failed"

    def paused(self) -> bool:
        """Whether it can be stepped."""
        return self._feed.current_state == "paused"

    def seekable(self) -> bool:
        """Whether it can be moved to another time now."""
        running = self._running()
        return running is not None and running.source.seekable and not self._recording()

    def can_step_back(self) -> bool:
        """Whether the frame before can be shown."""
        return self.paused() and self.seekable()

    def play_or_pause(self) -> None:
        """Pause, resume, or start again after the end or an error."""
        running = self._running()
        if running is None:
            if self._feed.current_state == "failed":
                self.start_wanted.emit()
        elif running.pipeline.state in ("ended", "failed"):
            self.start_wanted.emit()
        elif running.pipeline.state == "paused":
            running.pipeline.resume()
        else:
            running.pipeline.pause()

    def step(self) -> None:
        """While paused, show the next frame."""
        running = self._running()
        if running is not None:
            running.pipeline.step()

    def step_back(self) -> None:
        """While paused, show the frame before."""
        running = self._running()
        if running is not None:
            self.seek_by(-1.0 / (running.source.rate or _USUAL_RATE))

    def seek(self, seconds: float) -> None:
        """Move a file to this time; not while it is recorded."""
        running = self._running()
        if running is not None and self.seekable():
            self._sought = self._view.frame, max(seconds, 0.0)
            running.pipeline.seek(max(seconds, 0.0))

    def to_start(self) -> None:
        """Show a file's first frame."""
        self.seek(0.0)

    def to_end(self) -> None:
        """Show a file's last second."""
        running = self._running()
        if running is not None and running.source.duration is not None:
            self.seek(running.source.duration - 1.0)

    def seek_by(self, seconds: float) -> None:
        """Move a file on, or back."""
        frame = self._view.frame
        if frame is not None:
            # A second key counts from where the first leads, though its frame is not shown yet.
            shown, sought = self._sought or (None, 0.0)
            self.seek((sought if shown is frame else frame.timestamp) + seconds)
