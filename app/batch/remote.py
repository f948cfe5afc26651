"""Files that lie elsewhere, in an object store for example, by fsspec: `s3://bucket/a.mp4`.

Such a file is copied into the folder of whoever works on it, and goes with that folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from ...model.errors import InputError, MissingExtraError
from ..sources.addresses import without_password

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://.", re.IGNORECASE)
_CHUNK = 4 << 20
_WHEN = ("mtime", "LastModified", "last_modified", "updated", "ETag", "etag", "created")
"""Where file systems say which version of a file this is, the best first."""


def is_remote(text: str) -> bool:
    """Whether this is an address of a file, such as `s3://bucket/a.mp4` or `file:///a.mp4`."""
    return bool(_ADDRESS.match(text))


def name_of(address: str) -> str:
    """The file's own name, which its session bears."""
    return PurePosixPath(unquote(without_password(address))).name or "remote"


def fingerprint(address: str) -> tuple[str, str]:
    """Bytes, and what the store says of its version; "" each for what cannot be told."""
    try:
        system, path = _opened(address)
        facts = system.info(path)
    except Exception:
        return "", ""
    version = next((facts[name] for name in _WHEN if facts.get(name)), "")
    return str(facts.get("size", "")), str(version).strip('"')


def fetch(address: str, folder: Path, stopped: Callable[[], bool] = lambda: False) -> Path | None:
    """Copy the file into a folder; returns where it lies, None where it was `stopped`. What of it
    was copied is removed if the rest does not come.

    Raises `InputError` where it is not there or cannot be read, `MissingExtraError` without fsspec,
    `OSError` where this disk cannot take it.
    """
    system, path = _opened(address)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name_of(address)
    whole = False
    try:
        with target.open("xb") as file:
            for chunk in _chunks(system, path, without_password(address)):
                if stopped():
                    return None
                file.write(chunk)
        whole = True
        return target
    finally:
        if not whole:
            target.unlink(missing_ok=True)


def _chunks(system: Any, path: str, shown: str) -> Iterator[bytes]:
    """The file's bytes. Its errors are told as such, and not taken for those of this disk."""
    read = 0
    try:
        size = system.info(path).get("size")
        with system.open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                read += len(chunk)
                yield chunk
    except Exception as error:
        raise InputError(f"{shown} cannot be read ({_reason(error)}).") from error
    if size is not None and read != size:
        raise InputError(f"{shown} arrived incomplete: {read} of {size} bytes.")


def _opened(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path there."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtraError("A file at an address", "remote") from error
    try:
        return url_to_fs(address)
    except ImportError as error:
        raise InputError(f"{without_password(address)} cannot be read ({error}).") from error
    except Exception as error:
        raise InputError(
            f"{without_password(address)} is not an address ({_reason(error)})."
        ) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return " ".join(str(getattr(error, "strerror", None) or error).split()) or type(error).__name__
