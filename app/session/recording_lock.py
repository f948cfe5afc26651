"""A file locked as long as a program writes a session: tells a live recorder from a dead one.

The operating system lets go of the lock when its program ends, however it ends.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

LOCK = "recording.lock"


class RecordingLock:
    """Held from its making to `release`, in a session's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK
        # A session is closed by other threads than the one that began it.
        self._lock = FileLock(self._path, thread_local=False)
        # A file system without locks: the session is recorded all the same.
        with suppress(OSError, NotImplementedError, Timeout):
            self._lock.acquire(timeout=0)

    def release(self) -> None:
        """Let go, and leave nothing behind."""
        with suppress(OSError):
            self._lock.release()
            self._path.unlink(missing_ok=True)


def is_being_recorded(folder: Path) -> bool:
    """Whether a program is writing the session in `folder` right now."""
    path = folder / LOCK
    if not path.is_file():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except (OSError, NotImplementedError):
        return False
    lock.release()
    return False
