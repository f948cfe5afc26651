"""FER+ (Barsoum et al., ICMI 2016): 48 x 48 grey faces with the emotion votes of ten taggers.

Layout: `FER2013Train/`, `FER2013Valid/`, `FER2013Test/` of PNG files and `fer2013new.csv`. Where
that table is missing, the `label.csv` inside a split's folder, which holds the same votes, is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model.errors import InputError
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
)
from .label_files import locate, table_rows

FOLDERS = {"train": "FER2013Train", "val": "FER2013Valid", "test": "FER2013Test"}
_USAGE = {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}
MIN_VOTES = 5


def _table_rows(table: Path) -> Iterator[tuple[str, str, list[str]]]:
    """(split, file name, votes as text) of `fer2013new.csv`; an unknown usage is its own split."""
    rows = table_rows(table)
    wanted = ["Usage", "Image name", *EMOTIONS, "unknown", "NF"]
    if next(rows, []) != wanted:
        raise InputError(f"{table} is not FER+'s table: its header must be {','.join(wanted)}.")
    for row in rows:
        usage, name, *votes = row if len(row) > 1 else (*row, "(cut row)")
        yield _USAGE.get(usage, usage), name, votes


def _folder_rows(folder: Path, split: str) -> Iterator[tuple[str, str, list[str]]]:
    """The same from a folder's own `label.csv`: name, box, votes."""
    for row in table_rows(folder / "label.csv"):
        yield split, row[0], row[2:]


def _rows(root: Path, splits: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    table = root / "fer2013new.csv"
    if table.is_file():
        for split, name, votes in _table_rows(table):
            if split in splits or split not in FOLDERS:
                yield split, name, votes
        return
    for split in splits:
        folder = root / FOLDERS[split]
        if not (folder / "label.csv").is_file():
            raise InputError(f"{root} has neither fer2013new.csv nor {folder.name}/label.csv.")
        yield from _folder_rows(folder, split)


def _row_sample(folder: Path, split: str, name: str, cells: list[str]) -> Sample | Skipped:
    if not name:
        return Skipped("(row without an image)", "the row names no image", fault=False)
    try:
        counts = [int(cell) for cell in cells]
    except ValueError:
        counts = []
    if len(counts) != len(EMOTIONS) + 2 or min(counts) < 0:
        return Skipped(name, "the row does not hold ten vote counts")
    votes, not_a_face = tuple(float(c) for c in counts[: len(EMOTIONS)]), counts[-1]
    if not_a_face > 0:
        return Skipped(name, "a tagger voted that it is not a face", fault=False)
    if sum(votes) < MIN_VOTES:
        return Skipped(name, f"fewer than {MIN_VOTES} valid votes", fault=False)
    path = locate(folder, name)
    if isinstance(path, Skipped):
        return path
    total = sum(votes)
    shares = tuple(v / total for v in votes)
    emotion = max(range(len(votes)), key=votes.__getitem__)
    return Sample(path, *UNRATED, split, emotion, shares, identity=name)


def read_ferplus(root: Path, split: str | None = None) -> Listing:
    """List FER+ by its votes, which `label` turns into V/A (a proxy, not a rating).

    Unknown votes are left out; an image with any not-a-face vote or with fewer than five valid
    votes is dropped, as is a row without an image.
    """
    check_split(split, FERPLUS)
    splits = [s for s in FOLDERS if (root / FOLDERS[s]).is_dir() and split in (None, s)]
    if not splits:
        wanted = FOLDERS[split] if split else "FER2013Train"
        raise InputError(f"{root} holds no FER+ data: the folder {wanted} is missing.")
    found = (
        in_split(_row_sample(root / FOLDERS[where], where, name, cells), where)
        if where in FOLDERS
        else Skipped(name, f"the usage '{where}' is not known")
        for where, name, cells in _rows(root, splits)
    )
    return collect(FERPLUS.name, found, precropped=True)


FERPLUS = DataSet(
    name="ferplus",
    title="FER+",
    read=read_ferplus,
    splits=tuple(FOLDERS),
    labels="votes",
    label_rule="the taggers' votes for emotion words become the mean anchor under the votes; "
    "unknown votes are left out, and an image with any not-a-face vote or fewer than five "
    "valid votes is dropped",
    licence="FER+ (Barsoum et al., ICMI 2016): images of FER2013 (Kaggle, ICML 2013 challenge; "
    "Database Contents License), votes of ten taggers by Microsoft (MIT licence)",
    grey=True,
    images="grey, 48 x 48 pixels",
    ceiling=(0.977, 0.974),
)
