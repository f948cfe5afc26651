"""Rendered people with known expressions, as `tools/rendering/render_people.py` writes them.

`labels.csv` has the columns `image, emotion, share, identity`; images lie beside it, in folders
named after the emotion, and these in folders named after what the person is. The label is
that share of the emotion's V/A anchor, and the rest of neutral's: exact for what was rendered, and
a proxy for what people would see in it.
"""

from __future__ import annotations

from math import isfinite
from pathlib import Path, PurePosixPath

from .base import (
    EMOTIONS,
    UNRATED,
    DataSet,
    Listing,
    Sample,
    Skipped,
    check_split,
    collect,
    in_split,
    require,
)
from .label_files import locate, named_rows
from .splits import train_or_val

COLUMNS = ("image", "emotion", "share", "identity")
SPLITS = ("train", "val", "test")
_FOLDS = 6  # one person in six is held out


def read_rendered(root: Path, split: str | None = None) -> Listing:
    """List rendered faces; a sixth of the people is the validation split, `test` is all of them."""
    check_split(split, RENDERED)
    table = require(root / "labels.csv", "a folder of render_people.py holds labels.csv")
    found: list[Sample | Skipped] = []
    for row in named_rows(table, COLUMNS):
        where = "test" if split == "test" else train_or_val(row["identity"], _FOLDS)
        if split in (None, where):
            found.append(in_split(_sample(root, row, where), where))
    return collect(RENDERED.name, found)


def _sample(root: Path, row: dict[str, str], split: str) -> Sample | Skipped:
    name, emotion = row["image"], row["emotion"]
    if emotion not in EMOTIONS:
        return Skipped(name, f"the emotion '{emotion}' has no anchor")
    try:
        share = float(row["share"])
    except ValueError:
        share = float("nan")
    if not (isfinite(share) and share >= 0):
        return Skipped(name, "the share is not a number of 0 or more")
    path = locate(root, name)
    if isinstance(path, Skipped):
        return path
    share = min(share, 1.0)
    index = EMOTIONS.index(emotion)
    votes = tuple(share * (e == emotion) + (1 - share) * (e == "neutral") for e in EMOTIONS)
    groups = PurePosixPath(name).parts[:-2]
    return Sample(path, *UNRATED, split, index, votes, row["identity"], groups=groups)


RENDERED = DataSet(
    name="rendered",
    title="rendered people",
    read=read_rendered,
    splits=SPLITS,
    labels="rendered",
    label_rule="the share of an emotion's expression that a face was drawn with counts as its "
    "vote, the rest as a vote for neutral, and the votes become their mean anchor",
    licence="rendered people with known expressions, tools/rendering/render_people.py (CC0)",
    images="drawings",
    note="Invented people, drawn with a known expression: other people than those learned from. "
    "What a network makes of drawings shows where it fails; it does not prove that the "
    "network is right about people.",
)
