"""The small matters of a session folder: its name, its lines, and files that are never half new."""

from __future__ import annotations

import math
import os
import platform
import re
from contextlib import suppress
from datetime import datetime
from importlib import metadata
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np

from ..model.errors import InputError
from .reading import FIELDS, Reading

_SLUG_LENGTH = 48


def _single(value: float) -> str:
    """Shortest text that gives the same float32 again; a missing value is an empty cell."""
    return "" if math.isnan(value) else str(np.float32(value))


def row(reading: Reading) -> str:
    """The line of `frames.csv`: the timestamp as an exact double, measured values as float32."""
    cells = [str(reading.frame), repr(float(reading.timestamp)), str(reading.face_id)]
    cells += [_single(reading.confidence), "1" if reading.success else "0"]
    cells += [_single(getattr(reading, name)) for name in FIELDS[5:]]
    return ",".join(cells) + "\n"


def public_name(name: str) -> str:
    """A source's name as it may be stored: an address without its user and password."""
    return re.sub(r"(?<=://)[^/]*@", "", name)


def slug(name: str) -> str:
    """A source's name made safe for a folder: letters, digits, dot, hyphen and underscore."""
    last = re.split(r"[/\\]", public_name(name).rstrip("/\\"))[-1]
    safe = "".join(c if c.isalnum() or c in "._-" else "-" for c in last)
    return safe[:_SLUG_LENGTH].strip(".-_") or "source"


def make_folder(parent: Path, name: str, moment: datetime) -> Path:
    """Make `YYYYMMDD-HHMMSS_<name>` in `parent`, with -2, -3 ... after it where that is taken."""
    stem = f"{moment:%Y%m%d-%H%M%S}_{slug(name)}"
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
            f"No session can be written in {parent} ({error.strerror or error}): "
            "choose a folder that can be written to."
        ) from error


def replace_file(path: Path, data: bytes) -> None:
    """Put a whole new file in place of an old one: a reader sees the one or the other."""
    temporary = path.with_name(path.name + ".tmp")
    # Never through a link that somebody laid there.
    temporary.unlink(missing_ok=True)
    with temporary.open("xb") as file:
        file.write(data)
    os.replace(temporary, path)


def append_lines(file: FileIO, data: bytes) -> None:
    """Append whole lines; where the disk is full, none of them stay behind in part."""
    start = file.tell()
    try:
        done = 0
        while done < len(data):
            done += file.write(data[done:]) or 0
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


def file_facts(file: Path | None) -> dict[str, Any] | None:
    """Name, size and time of change of a file, enough to know it again; not where it lies."""
    if file is None:
        return None
    facts = file.stat()
    return {"name": file.name, "bytes": facts.st_size, "modified_ns": facts.st_mtime_ns}
