"""What was found before, by the image that it was found in: no image is searched twice."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ...model.errors import InputError
from ..datasets.base import Sample
from .cropping import HOWS, NO_FACE, Crop, How
from .seen import read_rows
from .stored_crops import open_crops, stored

FACELESS = "faceless.txt"
"""The origins, one a line, of the images that a set leaves out for want of a face."""


def origin(sample: Sample, precropped: bool) -> str:
    """Tells the crop of a sample from all others of its data set that are cut alike.

    It follows from the file (by place, length and time of its last change), the frame and the
    box: all that a crop depends on. Labels and splits are no part of it.
    """
    stat = sample.path.stat()
    frame = sample.frame if sample.in_video else None
    parts = (sample.path.resolve(), stat.st_size, stat.st_mtime_ns, frame, sample.box, precropped)
    parts += tuple(filter(None, [choice_of_face(sample)]))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def choice_of_face(sample: Sample) -> str:
    """What else decides which face is cut, "" for the plain case. Crops of earlier versions, which
    took the largest face, are known by the lack of it."""
    if sample.side:
        return sample.side
    return "near the box" if sample.box is not None else ""


def _how(row: dict[str, str]) -> How:
    """What a crop was cut by; sets of earlier versions say only whether a face was found."""
    told = row.get("cut by") or ("face" if row["found"] == "1" else "whole")
    return next(how for how in HOWS if how == told)


def crops_at_hand(folders: Iterable[Path]) -> Mapping[str, Crop]:
    """What prepared sets know of an image by its `origin`: its crop, or that it shows no face.

    A set that cannot be read is passed over: its images are cropped again.
    """
    found: dict[str, Crop] = {}
    for folder in sorted(folders):
        try:
            crops = open_crops(folder)
            with (folder / "samples.csv").open(newline="", encoding="utf-8") as file:
                rows: list[tuple[str, How]] = [
                    (row["origin"], _how(row)) for row in csv.DictReader(file)
                ]
        except (InputError, OSError, ValueError, KeyError, StopIteration, csv.Error):
            continue
        # Sets of earlier versions do not say it.
        with suppress(OSError, ValueError):
            found |= dict.fromkeys((folder / FACELESS).read_text("utf-8").split(), NO_FACE)
        if len(rows) == len(crops):
            seen = read_rows(folder, len(crops))
            for i, (name, how) in enumerate(rows):
                found[name] = (stored(crops, i), how, seen[i])
    return found
