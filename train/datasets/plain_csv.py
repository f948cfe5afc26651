"""A CSV of one's own with the header `path, valence, arousal[, video, frame, split, identity]`.

Columns `face_x, face_y, face_width, face_height` may tell in pixels whose face is meant where a
image shows several; else the largest is taken.

A path may also name a video: then `frame` says which of its images is meant, counted from 0, and
who or what the video shows is its name unless the row says otherwise.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any

from ...model.errors import InputError
from ..crops.videos import is_video
from .base import DataSet, Listing, Sample, Skipped, check_split, in_range, require
from .label_files import delimiter_of, number, text_lines, whole_number

REQUIRED = ("path", "valence", "arousal")
BOX = ("face_x", "face_y", "face_width", "face_height")
OPTIONAL = ("video", "frame", "split", "identity", *BOX)
_TOO_LONG = (
    "the row has more cells than the header: write numbers with a full stop, or separate cells by "
    "semicolons"
)
SPLITS = ("train", "val", "test")


def _row_sample(row: dict[str, str], folder: Path) -> Sample | Skipped:
    name = row["path"].strip()
    split = (row.get("split") or "train").strip()
    if split not in SPLITS:
        return Skipped(name, f"the split '{split}' is not one of {', '.join(SPLITS)}")
    try:
        valence, arousal = number(row["valence"]), number(row["arousal"])
        cells = [cell for column in BOX if (cell := (row.get(column) or "").strip())]
        box = tuple(map(number, cells))
    except ValueError:
        return Skipped(name, "valence, arousal or face box is not a number")
    if box and not (len(box) == len(BOX) and all(map(isfinite, box)) and min(box[2:]) > 0):
        return Skipped(name, f"the face box is not whole: {', '.join(BOX)}")
    try:
        frame = whole_number(row.get("frame") or "0")
    except (ValueError, OverflowError):
        return Skipped(name, "the frame is not a whole number")
    if not in_range(valence, arousal):
        return Skipped(name, "valence or arousal is outside [-1, 1]")
    path = folder / name
    try:
        there = path.is_file() and path.stat().st_size > 0
    except (OSError, ValueError):  # ValueError: a null character in the name
        there = False
    if not there:
        return Skipped(name, "the image is missing or empty")
    if frame < 0:
        return Skipped(name, "the frame is before the first, which is 0")
    in_video = is_video(path)
    video = (row.get("video") or "").strip() or (name if in_video else "")
    identity = (row.get("identity") or video).strip()
    return Sample(
        path,
        valence,
        arousal,
        split,
        identity=identity,
        video=video,
        frame=frame,
        box=(box[0], box[1], box[2], box[3]) if box else None,
        in_video=in_video,
    )


def read_csv(path: Path, split: str | None = None) -> Listing:
    """List a CSV file, or the `labels.csv` of a folder; image paths are relative to the file.

    Rows without a split belong to "train". Raises `InputError` where a required column is missing.
    """
    check_split(split, CSV)
    table = path / "labels.csv" if path.is_dir() else path
    require(table, "a CSV data set is a CSV file, or a folder that holds labels.csv")
    samples: list[Sample] = []
    skipped: list[Skipped] = []
    try:
        lines = text_lines(table)
        first = next(lines, "")
        rows = csv.DictReader(
            chain([first + "\n"], (line + "\n" for line in lines)),
            skipinitialspace=True,
            delimiter=delimiter_of(first, REQUIRED),
        )
        missing = [name for name in REQUIRED if name not in (rows.fieldnames or [])]
        if missing:
            raise InputError(
                f"{table} has no column {', '.join(missing)}: "
                f"its header must name {', '.join(REQUIRED)}."
            )
        for row in rows:
            if any(row.get(name) is None for name in REQUIRED):
                skipped.append(Skipped(f"line {rows.line_num}", "the row is too short"))
                continue
            # Cells beyond the header stand under no name.
            beyond: dict[str | None, Any] = {**row}
            if any(beyond.pop(None, ())):
                skipped.append(Skipped(f"line {rows.line_num}", _TOO_LONG))
                continue
            own = (row.get("split") or "train").strip()
            if split is not None and own in SPLITS and own != split:
                continue
            found = _row_sample(row, table.parent)
            if isinstance(found, Skipped):
                skipped.append(replace(found, split=own if own in SPLITS else ""))
            else:
                samples.append(found)
    except csv.Error as error:
        raise InputError(f"{table} cannot be read as a CSV text file ({error}).") from error
    return Listing(CSV.name, samples, skipped)


CSV = DataSet(
    name="csv",
    title="a CSV data set",
    read=read_csv,
    splits=SPLITS,
    labels="rated",
    label_rule="valence and arousal are what the table says",
)
