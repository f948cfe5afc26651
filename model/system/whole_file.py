"""Files that are there whole or not at all, whatever ends the program or fills the disk."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

from ..errors import InputError
from .workers import is_alive

_HERE = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
"""This machine, in names in a folder that several may share."""
_PART = re.compile(r"\.(\d+)-([0-9a-f]{8})-[^.]+\.(?:tmp|work)")


class TakenError(InputError):
    """Something already exists that would be replaced, which nobody has agreed to."""


def already_there(path: Path) -> TakenError:
    """What is said of a file that would be overwritten unasked."""
    return TakenError(f"{path} already exists: choose another name, or add --overwrite.")


@contextmanager
def whole_file(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Write to a file of another name beside it, which takes this name at the end.

    Of several that write the same file at once, each writes one of its own, and nobody sees half
    of any. What killed processes of this machine left in the folder is removed. Raises `TakenError`
    where the file is there and `overwrite` is not, also when it came meanwhile; an `OSError` of
    writing names the file that was meant.
    """
    _sweep(path.parent.absolute())
    # A name that nobody has laid a link at.
    part = path.with_name(f".{os.getpid()}-{_HERE}-{uuid4().hex}.tmp")
    try:
        if path.exists() and not overwrite:
            raise already_there(path)
        yield part
        if overwrite:
            os.replace(part, path)
        else:
            _name_first(part, path)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(part), part):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Put a file in place of what is there; folders that are missing are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, overwrite=True) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def work_folder(path: Path) -> Iterator[Path]:
    """A folder beside `path` for what takes its place once it is whole; gone at the end, or swept
    by the next one where the process was killed. An `OSError` that names no file names `path`."""
    parent = path.parent
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent.absolute())
    try:
        with tempfile.TemporaryDirectory(
            dir=parent, prefix=f".{os.getpid()}-{_HERE}-", suffix=".work"
        ) as folder:
            yield Path(folder)
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


@cache
def _sweep(folder: Path) -> None:
    """Remove what killed processes of this machine left; looked for once, for a folder may hold
    many files."""
    # Whether a process lives cannot be told on Windows.
    if sys.platform == "win32" or not folder.is_dir():
        return
    for name in os.listdir(folder):
        found = _PART.fullmatch(name)
        if found and found[2] == _HERE and not is_alive(found[1]):
            left = folder / name
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _name_first(part: Path, path: Path) -> None:
    """Give a file its name, unless another has it."""
    try:
        os.link(part, path)
    except FileExistsError as error:
        raise already_there(path) from error
    except OSError:
        # A file system without hard links: the name is taken first, and filled then.
        try:
            path.open("xb").close()
        except FileExistsError as error:
            raise already_there(path) from error
        os.replace(part, path)
