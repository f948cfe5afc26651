"""Of several processes that want the same thing made, one makes it and the others wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Hold the file `lock`, waiting for whoever holds it; it is gone afterwards.

    Ask inside whether the thing has been made meanwhile.
    """
    try:
        with FileLock(lock):
            yield
    finally:
        # Windows keeps a file that another process waits for: that one removes it.
        with suppress(OSError):
            lock.unlink()
