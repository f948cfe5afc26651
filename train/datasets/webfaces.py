"""Web faces: photographs with one emotion label each, `images/` and `labels.csv`.

`labels.csv` has the columns `image, emotion, identity, source`. The one label becomes the emotion's
V/A anchor: a coarse proxy, and the labels themselves are single opinions.
"""

from __future__ import annotations

import csv
import zlib
from pathlib import Path

from ...model.errors import InputError
from .base import ANCHORS, EMOTIONS, Listing, Sample, Skipped, check_split, require

COLUMNS = ("image", "emotion", "identity")
SPLITS = ("train", "val", "test")
_VALIDATION_SHARE = 10  # one identity in ten


def _split_of(identity: str) -> str:
    # A checksum of the name, so that a person stays on one side whatever else is in the table.
    return "val" if zlib.crc32(identity.encode()) % _VALIDATION_SHARE == 0 else "train"


def read_webfaces(root: Path, split: str | None = None) -> Listing:
    """List web faces; a tenth of the identities is the validation split, `test` is all of them."""
    check_split(split, SPLITS, "webfaces")
    table = require(root / "labels.csv", "a web faces folder holds labels.csv and images/")
    samples: list[Sample] = []
    skipped: list[Skipped] = []
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or [])]
        if missing:
            raise InputError(f"{table} has no column {', '.join(missing)}.")
        for row in rows:
            name, emotion, identity = (row[column].strip() for column in COLUMNS)
            path = root / "images" / name
            where = "test" if split == "test" else _split_of(identity or name)
            if emotion not in ANCHORS:
                skipped.append(Skipped(name, f"the emotion '{emotion}' has no anchor"))
            elif not path.is_file():
                skipped.append(Skipped(name, "the picture is missing"))
            elif split in (None, where):
                index = EMOTIONS.index(emotion)
                votes = tuple(float(i == index) for i in range(len(EMOTIONS)))
                valence, arousal = ANCHORS[emotion]
                samples.append(
                    Sample(path, valence, arousal, where, index, votes, identity or name)
                )
    return Listing("webfaces", samples, skipped, precropped=True)
