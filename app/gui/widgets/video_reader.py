"""Frames of a recorded video at the times the user looks at, decoded on a thread of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, NamedTuple

from ....model.errors import AvceError
from ...sources.base import Frame, Source

# Decoding on is quicker than seeking when the wanted frame is this near.
_AHEAD_SECONDS: Final = 1.5


class Request(NamedTuple):
    """What was asked for: its number, counted from 1, and the time in seconds."""

    number: int
    time: float


class VideoReader:
    """Finds the frame of a moment; the newest request wins. Knows nothing of Qt.

    Args:
        open_source: makes the video, called and used on the reader's own thread.
    """

    def __init__(self, open_source: Callable[[], Source]) -> None:
        self._open = open_source
        self._changed = threading.Condition()
        self.answered: Request | None = None
        """The request that the frame taken last answers."""
        self.asked = 0
        """The number of the newest request."""
        self._wanted: Request | None = None
        self._found: tuple[Request, Frame | None] | None = None
        self._problem = ""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="avce-video", daemon=True)
        self._thread.start()

    def show(self, time: float) -> int:
        """Ask for the frame on show at `time` seconds; the number of this request."""
        with self._changed:
            self.asked += 1
            self._wanted = Request(self.asked, time)
            self._changed.notify()
            return self.asked

    def take(self) -> Frame | None:
        """The frame that was found since the last call, None where there is no new one."""
        with self._changed:
            if self._found is None:
                return None
            (self.answered, frame), self._found = self._found, None
        return frame

    def take_problem(self) -> str:
        """Why there are no frames, in a sentence; once, then "" again."""
        with self._changed:
            problem, self._problem = self._problem, ""
        return problem

    def close(self, timeout: float = 1.0) -> bool:
        """End the thread; whether it ended in time."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with self._open() as source:
                self._serve(source)
        except (AvceError, OSError, ValueError) as error:
            with self._changed:
                self._problem = str(error)

    def _serve(self, source: Source) -> None:
        shown: Frame | None = None
        following = source.read()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._wanted is not None)
                request, self._wanted = self._wanted, None
            if self._stopping or request is None:
                return
            wanted = request.time
            at = shown.timestamp if shown is not None else -1.0
            if not at <= wanted <= at + _AHEAD_SECONDS:
                source.seek(wanted)
                shown, following = source.read(), source.read()
            while following is not None and following.timestamp <= wanted + 1e-4:
                shown, following = following, source.read()
            if shown is None:
                shown, following = following, source.read()
            with self._changed:
                self._found = (request, shown)
