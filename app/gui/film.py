"""Pictures of a recorded video at the times the user looks at, decoded on a thread of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from ...model.errors import AvceError
from ..sources.base import Frame, Source

# Going on decoding is quicker than winding when the wanted picture is this near.
_AHEAD_SECONDS: Final = 1.5


class Film:
    """Finds the picture of a moment; the newest wish wins. Knows nothing of Qt, see `errand`.

    Args:
        open_source: makes the video, called and used on the film's own thread.
    """

    def __init__(self, open_source: Callable[[], Source]) -> None:
        self._open = open_source
        self._changed = threading.Condition()
        self._wanted: float | None = None
        self._found: Frame | None = None
        self._problem = ""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="avce-film", daemon=True)
        self._thread.start()

    def show(self, time: float) -> None:
        """Ask for the picture on show at `time` seconds."""
        with self._changed:
            self._wanted = time
            self._changed.notify()

    def take(self) -> Frame | None:
        """The picture that was found since the last call, None where there is no new one."""
        with self._changed:
            found, self._found = self._found, None
        return found

    def take_problem(self) -> str:
        """Why there are no pictures, in a sentence; once, then "" again."""
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
                wanted, self._wanted = self._wanted, None
            if self._stopping or wanted is None:
                return
            at = shown.timestamp if shown is not None else -1.0
            if not at <= wanted <= at + _AHEAD_SECONDS:
                source.seek(wanted)
                shown, following = source.read(), source.read()
            while following is not None and following.timestamp <= wanted + 1e-4:
                shown, following = following, source.read()
            if shown is None:
                shown, following = following, source.read()
            with self._changed:
                self._found = shown
