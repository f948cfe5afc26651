"""Saves ratings while they are made, without letting the window wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from ....model.ratings.files import Rating
from ...rating.rated_file import RatedFile
from ...rating.take import Take
from ..qt.background_task import BackgroundTask

EVERY_SECONDS: Final = 2.0
_PATIENCE_SECONDS: Final = 60.0


class Saving:
    """Puts a take into its file every two seconds while it changes, and whenever asked.

    Args:
        file: where it goes.
        label: of the rater, or of the rater's pass.
        now: a clock in seconds.
    """

    def __init__(
        self, file: RatedFile, label: str, take: Take, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.file, self.label = file, label
        self.problem = ""
        """Why the last attempt failed, "" where it did not."""
        self._take, self._now = take, now
        self._changed = False
        self._last = now()
        self._task: BackgroundTask[None] | None = None

    def changed(self) -> None:
        """The take is no longer what is in the file."""
        self._changed = True

    @property
    def saved(self) -> bool:
        """Whether the file holds all that was rated."""
        return not self._changed and self._task is None and not self.problem

    def poll(self, *, at_once: bool = False) -> None:
        """Save where it is time to; called again and again."""
        if self._task is not None:
            if not self._task.done:
                return
            self.problem, self._task = self._task.problem, None
            self._changed = self._changed or bool(self.problem)
        if self._changed and (at_once or self._now() - self._last >= EVERY_SECONDS):
            self._begin()

    def finish(self) -> str:
        """Save what is left, and wait for it; why that failed, "" where it did not."""
        if self._task is not None:
            self._task.wait(_PATIENCE_SECONDS)
        self.poll(at_once=True)
        if self._task is not None:
            self._task.wait(_PATIENCE_SECONDS)
            self.poll()
        return self.problem

    def _begin(self) -> None:
        rating = Rating(self.label, *self._take.rated())
        self._changed, self._last = False, self._now()
        self._task = BackgroundTask("ratings", lambda _: self.file.save(rating))
