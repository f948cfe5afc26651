"""Web faces: photographs with one emotion label each, `images/` and `labels.csv`.

`labels.csv` has the columns `image, emotion, identity, source`. The one label becomes the emotion's
V/A anchor: a coarse proxy, and the labels themselves are single opinions.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .base import ANCHORS, EMOTIONS, Listing, Sample, Skipped, check_split, one_vote, require
from .label_files import locate, named_rows
from .splits import train_or_val

COLUMNS = ("image", "emotion", "identity")
SPLITS = ("train", "val", "test")
_FOLDS = 10  # one identity in ten is held out


def read_webfaces(root: Path, split: str | None = None) -> Listing:
    """List web faces; a tenth of the identities is the validation split, `test` is all of them."""
    check_split(split, SPLITS, "webfaces")
    table = require(root / "labels.csv", "a web faces folder holds labels.csv and images/")
    samples: list[Sample] = []
    skipped: list[Skipped] = []
    for row in named_rows(table, COLUMNS):
        name, emotion, identity = (row[column] for column in COLUMNS)
        where = "test" if split == "test" else train_or_val(identity or name, _FOLDS)
        if split not in (None, where):
            continue
        if emotion not in ANCHORS:
            skipped.append(Skipped(name, f"the emotion '{emotion}' has no anchor", split=where))
        elif isinstance(path := locate(root / "images", name), Skipped):
            skipped.append(replace(path, split=where))
        else:
            index = EMOTIONS.index(emotion)
            valence, arousal = ANCHORS[emotion]
            samples.append(
                Sample(path, valence, arousal, where, index, one_vote(index), identity or name)
            )
    return Listing("webfaces", samples, skipped, precropped=True)
