"""RAF-DB (Li et al., CVPR 2017), basic emotions: aligned web faces with one of seven labels.

Layout: `basic/EmoLabel/list_patition_label.txt` (the release spells it so) with lines
`train_00001.jpg 5`, and images `basic/Image/aligned/train_00001_aligned.jpg`.

Traps: the table names the original image, the aligned one has another name; the labels count
from 1, in an order of their own. The label becomes the emotion's V/A anchor, a proxy: nobody rated
valence and arousal of these faces.

The official test split is kept. One training image in ten, by the checksum of its name, is the
validation split; the release names no persons, so a person may be on both sides.
"""

from __future__ import annotations

from pathlib import Path

from ...model.errors import InputError
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
)
from .label_files import locate, text_lines
from .splits import train_or_val

SPLITS = ("train", "val", "test")
TABLES = ("list_patition_label.txt", "list_partition_label.txt")
LABELS = {
    "1": "surprise",
    "2": "fear",
    "3": "disgust",
    "4": "happiness",
    "5": "sadness",
    "6": "anger",
    "7": "neutral",
}
_FOLDS = 10


def _split_of(name: str) -> str | None:
    if name.startswith("test_"):
        return "test"
    return train_or_val(name, _FOLDS) if name.startswith("train_") else None


def _line_sample(folder: Path, line: str) -> Sample | Skipped:
    name, *labels = line.split()
    split = _split_of(name)
    if split is None:
        return Skipped(name, "the name begins neither with train_ nor with test_")
    emotion = LABELS.get(" ".join(labels))
    if emotion is None:
        return Skipped(name, "the label is not one of 1 to 7")
    path = locate(folder, f"{name.removesuffix('.jpg')}_aligned.jpg")
    if isinstance(path, Skipped):
        return path
    index = EMOTIONS.index(emotion)
    return Sample(path, *UNRATED, split, index, one_vote(index))


def read_raf_db(root: Path, split: str | None = None) -> Listing:
    """List RAF-DB's aligned faces; `root` is the folder of `basic/`, or `basic/` itself."""
    check_split(split, RAF_DB)
    base = root / "basic" if (root / "basic").is_dir() else root
    table = next((t for n in TABLES if (t := base / "EmoLabel" / n).is_file()), None)
    if table is None:
        raise InputError(f"{base / 'EmoLabel' / TABLES[0]} is missing: it holds RAF-DB's labels.")
    lines = [line.strip() for line in text_lines(table) if line.strip()]
    found = (
        in_split(_line_sample(base / "Image" / "aligned", line), where or "")
        for line in lines
        if (where := _split_of(line.split()[0])) in (None, split) or split is None
    )
    return collect(RAF_DB.name, found, precropped=True)


RAF_DB = DataSet(
    name="raf-db",
    title="RAF-DB",
    read=read_raf_db,
    splits=SPLITS,
    labels="classes",
    label_rule=ONE_WORD,
    licence="RAF-DB (Li et al., CVPR 2017): for non-commercial research, on request from its "
    "authors",
    images="aligned web photographs",
)
