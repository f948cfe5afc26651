"""Work that takes seconds, on a thread of its own that touches nothing of Qt.

A window that closes may take its widgets with it at any moment, so a thread never calls or signals
one: it leaves its result here, and the window looks in from its own timer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ....model.errors import AvceError

Result = TypeVar("Result")


class BackgroundTask(Generic[Result]):
    """Runs `work` once; it is given this task, and may `report` to it now and then.

    What is written to disk is finished even when the window is gone: the program waits for it.
    """

    def __init__(self, name: str, work: Callable[[BackgroundTask[Result]], Result]) -> None:
        self.progress = 0.0
        self.result: Result | None = None
        self.problem = ""
        """Why there is no result, in a sentence."""
        self._work = work
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"avce-{name}")
        self._thread.start()

    def report(self, progress: float) -> bool:
        """Note how much is done, 0 to 1; whether to continue."""
        self.progress = progress
        return not self._stopping.is_set()

    def stop(self) -> None:
        """Ask it to end early."""
        self._stopping.set()

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait at most that long for its end; whether it has ended."""
        self._thread.join(seconds)
        return self.done

    def _run(self) -> None:
        try:
            self.result = self._work(self)
        except (AvceError, OSError) as error:
            self.problem = str(error)
        except Exception as error:
            self.problem = f"Unexpected error ({type(error).__name__}: {error})."
