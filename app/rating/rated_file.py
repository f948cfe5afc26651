"""The file of a rater while it is being rated: whole at every moment, and nobody else's."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ...model.errors import InputError
from ...model.ratings.files import Rating, rating_bytes
from ...model.system.whole_file import whole_file


class RatedFile:
    """Saves ratings again and again, and touches no file that is another's.

    Held from its making to `close`: a second window that rates under the same label is refused.

    Args:
        path: where the ratings go.
        mine: the file is there and is to be continued; otherwise it must not be there.

    Raises `InputError` for a file that is there although it should not be, or that somebody rates.
    """

    def __init__(self, path: Path, *, mine: bool = False) -> None:
        self.path = path
        if path.exists() and not mine:
            raise InputError(f"{path} already exists: continue it, or rate another pass.")
        self._lock = FileLock(path.with_name(f".{path.stem}.lock"), thread_local=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise InputError(f"{path} is being rated in another window.") from None
        except OSError as error:
            raise InputError(
                f"{path.parent} cannot be written to ({error.strerror or error}): say another "
                "place for the ratings by --out."
            ) from error
        except NotImplementedError:
            pass  # a file system without locks: what is there is still looked at
        self._known = self._state()

    def save(self, rating: Rating) -> None:
        """Put the ratings into the file, whole; where nothing is rated there is no file.

        Raises `InputError` where another program has changed the file meanwhile, `OSError` where
        it cannot be written.
        """
        if self._state() != self._known:
            raise InputError(f"{self.path} was changed by another program since it was saved here.")
        if not len(rating.times):
            self.path.unlink(missing_ok=True)
        else:
            with whole_file(self.path, overwrite=self._known is not None) as part:
                part.write_bytes(rating_bytes(rating))
        self._known = self._state()

    def close(self) -> None:
        """Let go of the file."""
        with suppress(OSError):
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)

    def _state(self) -> tuple[int, int] | None:
        """What tells whether a file is the one that was written; None where there is none."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size
