"""Ratings as files: our own, and those of CARMA, DARMA, GTrace, FeelTrace and Aff-Wild.

CARMA writes a head of seven lines with the scale's ends, `Second,Rating` and a line of `%%%%%%`;
DARMA the same with `Magnitude` and two columns, X and Y; GTrace and FeelTrace lines of a time and
one value or two; Aff-Wild one value a frame, Aff-Wild2 `valence,arousal` a frame, -5 for none.
Any of them may have passed through a spreadsheet that writes semicolons and decimal commas.
"""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..metrics import AXES
from ..system.text_file import read_text

Floats = NDArray[np.float64]
PREFIX = "ratings-"
_HEADER = ("timestamp", *AXES)
_MOST_BYTES = 200_000_000
_NO_RATING = -5.0


@dataclass(frozen=True, slots=True, eq=False)
class Rating:
    """What one rater said over time.

    Args:
        rater: a label of letters, digits, `-` and `_`.
        times: [N] s, ascending, on the clock of the readings.
        values: [N, 2] valence and arousal in [-1, 1]; nan where one was not rated.
    """

    rater: str
    times: Floats
    values: Floats


def rating_file(folder: Path, rater: str, prefix: str = PREFIX) -> Path:
    """Where a session keeps a rater's ratings; those of a video have its name in the `prefix`.

    Raises `InputError` for what is no label.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", rater):
        raise InputError(f"'{rater}' is not a valid rater label: use letters, digits, - and _.")
    return folder / f"{prefix}{rater}.csv"


def find_ratings(folder: Path) -> list[Rating]:
    """The ratings that stand beside a session's readings, by rater."""
    files = sorted(folder.glob(f"{PREFIX}*.csv"))
    return [read_ratings(file) for file in files if file.is_file()]


def rating_bytes(rating: Rating) -> bytes:
    """A rater's file: exact numbers, an empty cell for an axis that was not rated."""
    lines = [",".join(_HEADER)]
    for time, pair in zip(rating.times.tolist(), rating.values.tolist(), strict=True):
        lines.append(",".join([repr(time), *("" if math.isnan(v) else repr(v) for v in pair)]))
    return ("\n".join(lines) + "\n").encode()


def write_ratings(path: Path, rating: Rating) -> None:
    """Write a rater's file. Raises `InputError` where there is one: nothing is overwritten."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        temporary.write_bytes(rating_bytes(rating))
        # A link is made only where nothing is: two raters of one name never meet in a file.
        os.link(temporary, path)
    except FileExistsError:
        raise InputError(
            f"{path} already exists: give the rater or the pass another name."
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror or error}).") from error
    finally:
        temporary.unlink(missing_ok=True)


def read_ratings(
    path: Path, axis: str = "", frame_times: Floats | None = None, rater: str = ""
) -> Rating:
    """A file of ratings of any of the kinds above.

    Args:
        path: the file.
        axis: `valence` or `arousal` of a file with one value a line; "" takes it from its name.
        frame_times: [N] s, when each frame was shown: for files with a line a frame.
        rater: the label; "" takes it from the file's name.

    Raises `InputError` for what is none of them, values out of their scale, or times that go back.
    """
    lines = [line.strip() for line in read_text(path, _MOST_BYTES).splitlines()]
    lines = [_with_points(line) for line in lines if line]
    # A video's ratings have its name in front: `clip.ratings-anna.csv`.
    who = rater or path.stem.rpartition(PREFIX)[2]
    head = [cell.strip().lower() for cell in next(csv.reader(lines[:1]), [])]
    if head == list(_HEADER):
        times, values = _own(path, lines)
    elif head[:1] == ["time of rating"]:
        times, values = _carma_or_darma(path, lines, axis)
    else:
        times, values = _plain(path, lines, axis, frame_times)
    if not len(times):
        raise InputError(f"{path} contains no rating.")
    if not (np.diff(times) > 0).all():
        raise InputError(f"{path}: the times of its ratings do not increase.")
    if np.nanmax(np.abs(values), initial=0.0) > 1 + 1e-9:
        raise InputError(f"{path}: a rating is outside [-1, 1].")
    return Rating(who, times, values)


def _with_points(line: str) -> str:
    """A line with commas between its cells and full stops in its numbers: where semicolons or tabs
    divide it, a comma is a decimal one."""
    mark = next((mark for mark in ";\t" if mark in line), None)
    return line.replace(",", ".").replace(mark, ",") if mark else line


def _own(path: Path, lines: Sequence[str]) -> tuple[Floats, Floats]:
    table = _numbers(path, list(csv.reader(lines[1:])), 2, widths=(3,))
    return table[:, 0], table[:, 1:]


def _carma_or_darma(path: Path, lines: Sequence[str], axis: str) -> tuple[Floats, Floats]:
    rows = list(csv.reader(lines))
    facts = {row[0].strip().lower(): row[1] for row in rows if len(row) > 1}
    start = next((i for i, row in enumerate(rows) if row[0].strip().startswith("%%")), len(rows))
    body = rows[start + 1 :]
    if "magnitude" in facts:
        (reach,) = _facts(path, facts, ("magnitude",))
        table = _numbers(path, [row[:3] for row in body], start + 2, widths=(3,))
        return table[:, 0], table[:, 1:] / reach
    low, high = _facts(path, facts, ("minimum value", "maximum value"))
    if not high > low:
        raise InputError(f"{path}: the scale ends where it starts.")
    table = _numbers(path, [row[:2] for row in body], start + 2, widths=(2,))
    scaled = (table[:, 1] - low) / (high - low) * 2 - 1
    return table[:, 0], _on_axis(path, scaled, axis)


def _facts(path: Path, facts: dict[str, str], names: Sequence[str]) -> list[float]:
    try:
        values = [float(facts[name]) for name in names]
    except (KeyError, ValueError):
        raise InputError(f"{path} does not say its {' and '.join(names)}.") from None
    if not all(map(math.isfinite, values)) or 0.0 in values[: len(names) == 1]:
        raise InputError(f"{path} does not say its {' and '.join(names)}.")
    return values


def _plain(
    path: Path, lines: Sequence[str], axis: str, frame_times: Floats | None
) -> tuple[Floats, Floats]:
    rows = [re.split(r"[\s,;]+", line) for line in lines]
    # What stands above the numbers is a head.
    start = next((i for i, row in enumerate(rows) if _is_number(row[0])), len(rows))
    if start == len(rows):
        raise InputError(f"{path} is not a file of ratings: there is no line of numbers in it.")
    named = [cell.lower() for cell in rows[start - 1]] == list(AXES) if start else False
    by_frame = named or len(rows[start]) == 1
    table = _numbers(path, rows[start:], start + 1, widths=(2,) if named else (1, 2, 3))
    if not by_frame:
        values = table[:, 1:]
        return table[:, 0], values if values.shape[1] == 2 else _on_axis(path, values[:, 0], axis)
    if frame_times is None:
        raise InputError(f"{path} has a line for each frame: name the session or video.")
    if len(table) > len(frame_times):
        raise InputError(f"{path} has {len(table)} lines, and there are {len(frame_times)} frames.")
    values = np.where(table == _NO_RATING, np.nan, table)
    times = frame_times[: len(table)]
    return times, values if named else _on_axis(path, values[:, 0], axis)


def _on_axis(path: Path, values: Floats, axis: str) -> Floats:
    name = f"{path.parent.name}/{path.name}".lower()
    told = [axis] if axis else [each for each in AXES if each in name]
    if len(told) != 1 or told[0] not in AXES:
        raise InputError(f"{path} rates one axis: name it, valence or arousal.")
    found = np.full((len(values), 2), np.nan)
    found[:, AXES.index(told[0])] = values
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(
    path: Path, rows: Sequence[Sequence[str]], first: int, widths: Sequence[int]
) -> Floats:
    """The rows as [N, columns]; an empty cell or NaN is nan, but not as a time."""
    if rows and len(rows[0]) not in widths:
        raise InputError(f"{path}, line {first}: it has {len(rows[0])} columns.")
    for i, row in enumerate(rows, first):
        if len(row) != len(rows[0]):
            raise InputError(f"{path}, line {i}: it has {len(row)} columns, others {len(rows[0])}.")
    try:
        table = np.array([[float(cell or "nan") for cell in row] for row in rows], np.float64)
    except ValueError:
        at = next(i for i, row in enumerate(rows, first) if not all(map(_is_number_or_empty, row)))
        raise InputError(f"{path}, line {at}: a cell is not a number.") from None
    table = table.reshape(len(rows), -1) if len(rows) else np.zeros((0, max(widths)))
    if table.shape[1] > 1 and not np.isfinite(table[:, 0]).all():
        raise InputError(f"{path}: a rating has no time.")
    if np.isinf(table).any():
        raise InputError(f"{path}: a rating is infinite.")
    return table


def _is_number_or_empty(text: str) -> bool:
    return not text or _is_number(text)


def merged(ratings: Sequence[Rating], rater: str) -> Rating:
    """Valence of one file and arousal of another, as one rater's; times of both.

    Raises `InputError` where two of them rate the same axis.
    """
    rated = [np.isfinite(rating.values).any(axis=0) for rating in ratings]
    if (np.sum(rated, axis=0) > 1).any():
        raise InputError(f"Two files of {rater} rate the same axis: give each pass its own name.")
    times = np.unique(np.concatenate([rating.times for rating in ratings]))
    values = np.full((len(times), 2), np.nan)
    for rating, axes in zip(ratings, rated, strict=True):
        for axis in np.flatnonzero(axes):
            values[:, axis] = at_times(rating.times, rating.values[:, axis], times)
    return Rating(rater, times, values)


def at_times(times: Floats, values: Floats, grid: Floats) -> Floats:
    """Values [N] at times [N] on a grid [M]: linear between ratings, nan before the first, after
    the last, and between two that are more than a second and three usual steps apart."""
    known = np.isfinite(values)
    times, values = times[known], values[known]
    if not len(times):
        return np.full(len(grid), np.nan)
    steps = np.diff(times)
    longest = max(1.0, 3.0 * float(np.median(steps))) if len(steps) else 1.0
    found = np.interp(grid, times, values, left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(times, grid, side="left"), 1, max(len(times) - 1, 1))
    if len(times) > 1:
        apart = times[after] - times[after - 1]
        inside = (grid > times[after - 1]) & (grid < times[after])
        found[inside & (apart > longest)] = np.nan
    return found
