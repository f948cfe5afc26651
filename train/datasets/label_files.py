"""Reading what others wrote: label files, and the pictures that they name.

A label file is data from elsewhere. A name in it is used only where it stays inside the data set's
folder, and a file of another kind is refused in a sentence.
"""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path, PureWindowsPath

from ...model.errors import InputError
from .base import Skipped

PICTURES = (".jpg", ".jpeg", ".png")


def leaves_folder(name: str) -> bool:
    """Whether a relative name would lead out of its folder: absolute, with a drive, or with `..`.

    Read by Windows' rules on every system, since they take both kinds of slash as separators.
    Links are not followed: a folder of links into another disk is the owner's own choice.
    """
    path = PureWindowsPath(name)
    return bool(path.anchor) or ".." in path.parts


def locate(folder: Path, name: str) -> Path | Skipped:
    """The picture `name` inside `folder`, or why it cannot be used. It is not opened."""
    if leaves_folder(name):
        return Skipped(name, "the name leads out of the data set's folder")
    path = folder / name
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: a null character in the name
        return Skipped(name, "the picture is missing")
    if not stat.S_ISREG(status.st_mode):
        return Skipped(name, "the picture is missing")
    return path if status.st_size else Skipped(name, "the picture is empty")


def numbered_frames(folder: Path) -> dict[int, Path]:
    """The extracted frames of a recording by the number in their names; {} without the folder."""
    if not folder.is_dir():
        return {}
    frames: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in PICTURES and path.stem.isascii() and path.stem.isdigit():
            frames.setdefault(int(path.stem), path)
    return frames


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 label file, without line ends; `InputError` for anything else."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line in file:
                yield line.rstrip("\n")
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path} cannot be read as a text file of labels ({error}).") from error


def frame_lines(path: Path) -> list[str]:
    """A file's lines, one for each frame, stripped. Blank ones count, save at the end."""
    lines = [line.strip() for line in text_lines(path)]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def table_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a CSV file, its cells stripped, blank rows left out; `InputError` otherwise."""
    try:
        for row in csv.reader(text_lines(path)):
            if row:
                yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise InputError(f"{path} cannot be read as a CSV text file ({error}).") from error


def named_rows(path: Path, columns: Iterable[str]) -> Iterator[dict[str, str]]:
    """The rows of a CSV file by the names in its header; cells that a row lacks are "".

    Raises `InputError` where the header lacks one of the columns.
    """
    rows = table_rows(path)
    header = next(rows, [])
    if missing := [name for name in columns if name not in header]:
        raise InputError(f"{path} has no column {', '.join(missing)}.")
    for cells in rows:
        yield dict(zip_longest(header, cells[: len(header)], fillvalue=""))
