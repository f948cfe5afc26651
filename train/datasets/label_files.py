"""Reading what others wrote: label files, and the images that they name.

A label file is data from elsewhere. A name in it is used only where it stays inside the data set's
folder, and a file of another kind is refused in a sentence.
"""

from __future__ import annotations

import codecs
import csv
import math
import stat
from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest
from pathlib import Path, PureWindowsPath
from typing import Any

from ...model.errors import InputError
from .base import Skipped

IMAGES = (".jpg", ".jpeg", ".png")
_BINARY = "{} cannot be read as a text file of labels (it is binary)."


def leaves_folder(name: str) -> bool:
    """Whether a relative name would lead out of its folder: absolute, with a drive, or with `..`.

    Read by Windows' rules on every system, since they take both kinds of slash as separators.
    Links are not followed: a folder of links into another disk is the owner's own choice.
    """
    path = PureWindowsPath(name)
    return bool(path.anchor) or ".." in path.parts


def locate(folder: Path, name: str) -> Path | Skipped:
    """The image `name` inside `folder`, or why it cannot be used. It is not opened."""
    if leaves_folder(name):
        return Skipped(name, "the name leads out of the data set's folder")
    path = folder / name
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: a null character in the name
        return Skipped(name, "the image is missing")
    if not stat.S_ISREG(status.st_mode):
        return Skipped(name, "the image is missing")
    return path if status.st_size else Skipped(name, "the image is empty")


def numbered_frames(folder: Path) -> dict[int, Path]:
    """The extracted frames of a recording by the number in their names; {} without the folder."""
    if not folder.is_dir():
        return {}
    frames: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGES and path.stem.isascii() and path.stem.isdigit():
            frames.setdefault(int(path.stem), path)
    return frames


def numbered_points(folders: Iterable[Path]) -> dict[int, Path]:
    """The `.pts` files of a recording's frames by the number in their names, in the first of the
    folders that has any."""
    for folder in folders:
        names = folder.glob("*.pts") if folder.is_dir() else ()
        if found := {
            int(p.stem): p for p in sorted(names) if p.stem.isascii() and p.stem.isdigit()
        }:
            return found
    return {}


def points_box(path: Path) -> tuple[float, float, float, float] | None:
    """The rectangle (x, y, width, height) around the points of a `.pts` file: a box by its corners,
    or landmarks, a pair of numbers a line between braces; None where it holds none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        body = text[text.index("{") + 1 : text.index("}")]
        pairs = [tuple(map(float, line.split())) for line in body.splitlines() if line.strip()]
    except (OSError, ValueError):
        return None
    return rectangle_around(pairs)


def rectangle_around(points: Any) -> tuple[float, float, float, float] | None:
    """The rectangle (x, y, width, height) around points in pixels; None where they are no pairs of
    numbers, or all on one line."""
    try:
        columns, rows = zip(*((float(x), float(y)) for x, y in points), strict=True)
    except (TypeError, ValueError):
        return None
    x, y = min(columns), min(rows)
    width, height = max(columns) - x, max(rows) - y
    real = all(map(math.isfinite, (x, y, width, height)))
    return (x, y, width, height) if real and width > 0 and height > 0 else None


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a label file, without line ends: UTF-8, or UTF-16 with its mark.

    Raises `InputError`, which names the line, for anything else.
    """
    wide = False
    try:
        with path.open("rb") as file:
            wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        with path.open(encoding="utf-16" if wide else "utf-8-sig") as file:
            for line in file:
                if wide and not line.replace("\t", " ").rstrip("\r\n").isprintable():
                    raise InputError(_BINARY.format(path))
                yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise InputError(_BINARY.format(path) if wide else _not_utf8(path)) from error
    except OSError as error:
        raise InputError(f"{path} cannot be read as a text file of labels ({error}).") from error


def _not_utf8(path: Path) -> str:
    """Which line of a file stops being UTF-8: its text is decoded a block at a time."""
    data = path.read_bytes()
    if b"\0" in data:
        return _BINARY.format(path)
    line = next(i for i, raw in enumerate(data.split(b"\n"), 1) if not _is_utf8(raw))
    return (
        f"{path} cannot be read as a text file of labels: line {line} is not UTF-8, the file is "
        "probably in Windows-1252. Save it as 'CSV UTF-8'."
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(header: str, columns: Iterable[str]) -> str:
    """What separates the cells of a table that has those columns: a comma, else a semicolon (where
    the decimal sign is a comma) or a tab."""
    wanted = set(columns)

    def has(sign: str) -> bool:
        return wanted <= {cell.strip().strip('"') for cell in header.split(sign)}

    return next((sign for sign in ",;\t" if has(sign)), ",")


def number(text: str) -> float:
    """A number with a point or a comma as its decimal sign. `ValueError` for other text."""
    text = text.strip()
    return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)


def whole_number(text: str) -> int:
    """A whole number, also as spreadsheets write one (`3.0`). `ValueError` for other text."""
    try:
        return int(text)
    except ValueError:
        value = number(text)
        if not value.is_integer():
            raise ValueError(f"'{text}' is not a whole number") from None
        return int(value)


def frame_lines(path: Path) -> list[str]:
    """A file's lines, one for each frame, stripped. Blank ones count, save at the end."""
    lines = [line.strip() for line in text_lines(path)]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def table_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a CSV file, its cells stripped, blank rows left out; `InputError` otherwise."""
    yield from _rows(path, text_lines(path), ",")


def _rows(path: Path, lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            if row:
                yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise InputError(f"{path} cannot be read as a CSV text file ({error}).") from error


def named_rows(path: Path, columns: Iterable[str]) -> Iterator[dict[str, str]]:
    """The rows of a CSV file by the names in its header; cells that a row lacks are "".

    Raises `InputError` where the header lacks one of the columns.
    """
    columns = tuple(columns)
    lines = text_lines(path)
    first = next(lines, "")
    rows = _rows(path, chain([first], lines), delimiter_of(first, columns))
    header = next(rows, [])
    if missing := [name for name in columns if name not in header]:
        raise InputError(f"{path} has no column {', '.join(missing)}.")
    for cells in rows:
        yield dict(zip_longest(header, cells[: len(header)], fillvalue=""))
