"""What was found before, by the picture that it was found in: no picture is searched twice."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..datasets.base import Sample
from .cropping import NO_FACE, Crop

FACELESS = "faceless.txt"
"""The origins, one a line, of the pictures that a set leaves out for want of a face."""


def origin(sample: Sample, precropped: bool) -> str:
    """Tells the crop of a sample from all others of its data set, size and colour.

    It follows from the file (by place, length and time of its last change), the frame and the
    box: all that a crop depends on. Labels and splits are no part of it.
    """
    stat = sample.path.stat()
    frame = sample.frame if sample.in_video else None
    parts = (sample.path.resolve(), stat.st_size, stat.st_mtime_ns, frame, sample.box, precropped)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def crops_at_hand(folders: Iterable[Path]) -> Mapping[str, Crop]:
    """What prepared sets know of a picture by its `origin`: its crop, or that it shows no face.

    A set that cannot be read is passed over: its pictures are cropped again.
    """
    found: dict[str, Crop] = {}
    for folder in sorted(folders):
        try:
            crops = np.load(folder / "crops.npy", mmap_mode="r")
            with (folder / "samples.csv").open(newline="", encoding="utf-8") as file:
                rows = [(row["origin"], row["found"] == "1") for row in csv.DictReader(file)]
        except (OSError, ValueError, KeyError, csv.Error):
            continue
        # Sets of earlier versions do not say it.
        with suppress(OSError, ValueError):
            found |= dict.fromkeys((folder / FACELESS).read_text("utf-8").split(), NO_FACE)
        if len(rows) == len(crops):
            found |= {name: (crop, seen) for crop, (name, seen) in zip(crops, rows, strict=True)}
    return found
