"""Crops that were made before, by the picture that they come from: no picture is cropped twice."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..datasets.base import Sample


def origin(sample: Sample, precropped: bool) -> str:
    """Tells the crop of a sample from all others of its data set, size and colour.

    It follows from the file (by place, length and time of its last change), the frame and the
    box: all that a crop depends on. Labels and splits are no part of it.
    """
    stat = sample.path.stat()
    frame = sample.frame if sample.in_video else None
    parts = (sample.path.resolve(), stat.st_size, stat.st_mtime_ns, frame, sample.box, precropped)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def crops_at_hand(folders: Iterable[Path]) -> Mapping[str, tuple[NDArray[np.uint8], bool]]:
    """The crops of prepared sets by their `origin`, and whether the finder saw a face in each.

    A set that cannot be read is passed over: its pictures are cropped again.
    """
    found: dict[str, tuple[NDArray[np.uint8], bool]] = {}
    for folder in sorted(folders):
        try:
            crops = np.load(folder / "crops.npy", mmap_mode="r")
            with (folder / "samples.csv").open(newline="", encoding="utf-8") as file:
                rows = [(row["origin"], row["found"] == "1") for row in csv.DictReader(file)]
        except (OSError, ValueError, KeyError, csv.Error):
            continue
        if len(rows) == len(crops):
            found |= {name: (crop, seen) for crop, (name, seen) in zip(crops, rows, strict=True)}
    return found
