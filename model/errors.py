"""The errors a user can meet, and how a command reports them."""

from __future__ import annotations

import errno
import shutil
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .system.signals import INTERRUPTED, interruptible

EXIT_DONE, EXIT_FAILURE, EXIT_WRONG_USE = 0, 1, 2

_LONGEST = 2000
"""Characters of a message."""
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ENODEV, getattr(errno, "ESTALE", errno.ENODEV)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_OURS = _FULL | _GONE | _FORBIDDEN | {errno.EIO, errno.EISDIR, errno.ENAMETOOLONG, errno.EMFILE}


class AvceError(Exception):
    """Base of every error of ours; its text is one sentence: what, where, what to do.

    A name or a cell that it quotes may hold line ends, or a whole file: the text stays one line,
    and short enough to be read.
    """

    def __str__(self) -> str:
        text = " ".join(super().__str__().splitlines())
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-200:]}"


class InputError(AvceError):
    """Wrong use or bad input: a command that meets it ends with exit status 2."""


class MissingExtraError(InputError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs the optional extra '{extra}', which is not installed: "
            f"install it with pip install 'avce-live[{extra}]'."
        )


class StorageError(AvceError, OSError):
    """A file could not be written or read: `OSError`, told in a sentence."""


def option(name: str) -> str:
    """A setting as the command line spells it: `batch_size` is --batch-size."""
    return f"--{name.replace('_', '-')}"


def free_space(path: Path) -> int | None:
    """Free bytes on the disk of a path, there or not; None where that cannot be told."""
    for place in (path, *path.parents):
        with suppress(OSError):
            return shutil.disk_usage(place).free
    return None


def storage_error(error: OSError, path: Path | str = "") -> StorageError:
    """The same error in a sentence. `path` is what was written or read, if the error does not name
    it."""
    if isinstance(error, StorageError):
        return error
    place = Path(str(error.filename or path or "."))
    told = StorageError(_sentence(error, place))
    told.errno = error.errno
    return told


def _sentence(error: OSError, place: Path) -> str:
    free = free_space(place)
    space = "" if free is None else f"; {free / 1e6:.1f} MB free"
    if error.errno in _FULL:
        return (
            f"{place} cannot be written, the disk is full{space}. What was written before is kept: "
            "make room, or choose a folder on another disk."
        )
    if error.errno in _GONE:
        return f"{place} is gone: it was removed or moved, or its disk was unplugged."
    if error.errno in _FORBIDDEN:
        return f"{place} cannot be opened by this user: choose another, or change its permissions."
    return f"{place}: {error.strerror or error}{space}."


def is_about_storage(error: BaseException) -> bool:
    """Whether this is the system's word about a file or a disk, rather than about a connection."""
    return isinstance(error, OSError) and error.errno in _OURS


def run_command(main: Callable[[], int | None], *, name: str, debug: bool) -> int:
    """Run `main` and turn what it raises into an exit status.

    Returns 0 when it is done, 2 for an `InputError`, 1 for anything else and 130 when it was
    interrupted (Ctrl-C, SIGTERM; see `signals`). The error is one line on standard error; `debug`
    adds the traceback.
    """
    try:
        with interruptible():
            return main() or EXIT_DONE
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return EXIT_FAILURE
    except Exception as error:
        if debug:
            traceback.print_exc()
        error = _in_words(error)
        expected = isinstance(error, AvceError)
        text = " ".join(str(error).split()) or type(error).__name__
        hint = "" if expected else f" ({type(error).__name__}; --debug shows where)"
        print(f"{name}: {text}{hint}", file=sys.stderr)
        return EXIT_WRONG_USE if isinstance(error, InputError) else EXIT_FAILURE


def _in_words(error: Exception) -> Exception:
    """What the system says of files, disks and memory, as a sentence; others as they are."""
    if isinstance(error, MemoryError):
        return AvceError(
            "There is not enough memory: close other programs, or take smaller frames, fewer "
            "workers or fewer faces."
        )
    if isinstance(error, OSError) and is_about_storage(error):
        return storage_error(error)
    return error
