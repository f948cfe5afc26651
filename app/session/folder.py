"""The small matters of a session folder: its name, and files that are never half new."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from importlib import metadata
from io import FileIO
from math import isfinite
from pathlib import Path
from typing import Any

from ...model.errors import InputError
from ...model.system.whole_file import whole_file
from ..sources.addresses import without_password

SUMMARY = "summary.png"
_SLUG_LENGTH, _SLUG_BYTES = 48, 96
_LONGEST_NAME = 240  # bytes; file systems allow 255
_ROOM = 512


def public_name(name: str) -> str:
    """A source's name as it may be stored: an address without user, password and query."""
    return without_password(name) if "://" in name else name


def slug(name: str) -> str:
    """A source's name made safe for a folder: letters, digits, dot, hyphen and underscore."""
    last = re.split(r"[/\\]", public_name(name).rstrip("/\\"))[-1]
    safe = "".join(c if c.isalnum() or c in "._-" else "-" for c in last)[:_SLUG_LENGTH]
    short = safe.encode()[:_SLUG_BYTES].decode("utf-8", "ignore")
    return short.strip(".-_") or "source"


def make_folder(parent: Path, name: str, moment: datetime, labels: str = "") -> Path:
    """Make `YYYYMMDD-HHMMSS<labels>_<name>` in `parent`, with -2, -3 ... after it where that is
    taken."""
    whole = f"{moment:%Y%m%d-%H%M%S}{labels}_{slug(name)}"
    stem = whole.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            path = parent / (stem if number == 1 else f"{stem}-{number}")
            try:
                path.mkdir()
            except FileExistsError:
                number += 1
            else:
                return path
    except OSError as error:
        raise InputError(
            f"Sessions cannot be written to {parent} ({error.strerror or error}): "
            "choose a folder that can be written to."
        ) from error


def move_folder(folder: Path, parent: Path) -> Path:
    """Put a folder into another one of the same disk, with -2, -3 ... after its name where that is
    taken; where it is now."""
    number = 1
    while True:
        path = parent / (folder.name if number == 1 else f"{folder.name}-{number}")
        # Never onto another one: a file or an empty folder would be replaced.
        if not path.exists():
            try:
                folder.rename(path)
            except OSError:
                if not path.exists():
                    raise
            else:
                return path
        number += 1


def as_json(info: Mapping[str, Any]) -> bytes:
    """Facts as the bytes of a JSON file. What is not finite becomes null, for JSON knows no such
    numbers, and nothing is to keep a session from being closed."""
    text = json.dumps(_finite(info), indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8", "replace")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


def replace_file(path: Path, data: bytes) -> None:
    """Put a whole new file in place of an old one: a reader sees the one or the other."""
    with whole_file(path, overwrite=True) as part, FileIO(part, "x") as file:
        _write_all(file, data)


def replace_padded(path: Path, data: bytes) -> None:
    """`replace_file`, for text whose end may be blank lines; on a full disk the old file is
    overwritten where it lies, if it was made long enough by `padded`."""
    try:
        replace_file(path, data)
    except OSError:
        if not _overwritten(path, data):
            raise


def padded(data: bytes) -> bytes:
    """Text with blank lines at its end, so that it can be overwritten by a little more."""
    return data + b"\n" * (_ROOM - len(data) % _ROOM + _ROOM)


def _overwritten(path: Path, data: bytes) -> bool:
    try:
        if path.is_symlink():
            return False
        with FileIO(path, "r+") as file:
            size = file.seek(0, os.SEEK_END)
            if size < len(data):
                return False
            file.seek(0)
            _write_all(file, data + b"\n" * (size - len(data)))
    except OSError:
        return False
    return True


def _write_all(file: FileIO, data: bytes) -> None:
    done = 0
    while done < len(data):
        done += file.write(data[done:]) or 0


def append_lines(file: FileIO, data: bytes) -> None:
    """Append whole lines; where the disk is full, none of them stay behind in part."""
    start = file.tell()
    try:
        _write_all(file, data)
    except OSError as error:
        file.truncate(start)
        file.seek(start)
        # The same error, with the name of the file in it.
        raise OSError(error.errno, error.strerror, str(file.name)) from error


def software() -> dict[str, str]:
    """Versions of what an estimate's last bits depend on, and the kind of processor."""
    versions = {}
    for package in ("onnxruntime", "onnxruntime-gpu", "mediapipe", "opencv-python", "numpy"):
        with suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return {**versions, "machine": platform.machine(), "system": platform.system()}


def file_sha256(file: Path) -> str:
    """SHA-256 of a file's content, which is read piece by piece."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def file_facts(file: Path | None) -> dict[str, Any] | None:
    """Name, size and time of change of a file, enough to know it again; not where it lies."""
    if file is None:
        return None
    facts = file.stat()
    return {"name": file.name, "bytes": facts.st_size, "modified_ns": facts.st_mtime_ns}
