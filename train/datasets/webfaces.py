"""Web faces: photographs with one emotion label each, `images/` and `labels.csv`.

`labels.csv` has the columns `image, emotion, identity, source`. The one label becomes the emotion's
V/A anchor: a coarse proxy, and the labels themselves are single opinions.
"""

from __future__ import annotations

from pathlib import Path

from .base import (
    EMOTIONS,
    ONE_WORD,
    UNRATED,
    DataSet,
    Listing,
    Sample,
    Skipped,
    check_split,
    collect,
    in_split,
    one_vote,
    require,
)
from .label_files import locate, named_rows
from .splits import train_or_val

COLUMNS = ("image", "emotion", "identity")
SPLITS = ("train", "val", "test")
_FOLDS = 10  # one identity in ten is held out


def read_webfaces(root: Path, split: str | None = None) -> Listing:
    """List web faces; a tenth of the identities is the validation split, `test` is all of them."""
    check_split(split, WEBFACES)
    table = require(root / "labels.csv", "a web faces folder holds labels.csv and images/")
    found: list[Sample | Skipped] = []
    for row in named_rows(table, COLUMNS):
        identity = row["identity"] or row["image"]
        where = "test" if split == "test" else train_or_val(identity, _FOLDS)
        if split in (None, where):
            found.append(
                in_split(_sample(root, row["image"], row["emotion"], identity, where), where)
            )
    return collect(WEBFACES.name, found, precropped=True)


def _sample(root: Path, name: str, emotion: str, identity: str, split: str) -> Sample | Skipped:
    if emotion not in EMOTIONS:
        return Skipped(name, f"the emotion '{emotion}' has no anchor")
    path = locate(root / "images", name)
    if isinstance(path, Skipped):
        return path
    index = EMOTIONS.index(emotion)
    return Sample(path, *UNRATED, split, index, one_vote(index), identity)


WEBFACES = DataSet(
    name="webfaces",
    title="web faces",
    read=read_webfaces,
    splits=SPLITS,
    labels="classes",
    label_rule=ONE_WORD,
    licence="web faces: labels and crops of muxspace/facial_expressions (Apache-2.0), photographs "
    "of Labeled Faces in the Wild (Huang et al., 2007) for research",
    images="web photographs",
)
