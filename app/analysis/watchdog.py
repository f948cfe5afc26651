"""A model that does not answer: native code that never returns cannot be interrupted, only noticed.

What runs the model is stuck in it, so a thread beside it looks at the clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ...model.system.closing import Closing

PATIENCE_SECONDS = 60.0
"""How long a model may take for the faces of one frame: the slowest take two seconds."""
_LOOK_EVERY = 0.5


class Watchdog(Closing):
    """Calls `bark` once, from a thread of its own, when the model is busy for too long.

    Args:
        busy_since: when the model began with what it is doing, by `clock`; None while it is idle.
        bark: what is to be done.
        patience: seconds; `clock` gives them.
    """

    def __init__(
        self,
        busy_since: Callable[[], float | None],
        bark: Callable[[], None],
        *,
        patience: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        look_every: float = _LOOK_EVERY,
    ) -> None:
        self._busy_since, self._bark = busy_since, bark
        self._patience, self._clock, self._look_every = patience, clock, look_every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="avce-watchdog", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(self._look_every):
            since = self._busy_since()
            if since is not None and self._clock() - since > self._patience:
                self._bark()
                return

    def close(self) -> None:
        """Look no more; further calls do nothing. Not to be called while it barks."""
        self._over.set()
        if self._thread is not threading.current_thread():
            self._thread.join()


def words(model: str, patience: float = PATIENCE_SECONDS) -> str:
    """What is said of a model that does not answer."""
    return (
        f"The model {model} has not answered for {patience:.0f} s: choose another model or "
        "provider. What was recorded before is kept."
    )
