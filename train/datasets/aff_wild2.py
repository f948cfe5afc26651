"""Aff-Wild2 (Kollias & Zafeiriou; the ABAW challenges): videos with V/A, and their aligned faces.

Layout: `VA_Estimation_Challenge/Train_Set/NAME.txt` and `Validation_Set/NAME.txt` with the header
`valence,arousal` and one pair a frame; face crops in `cropped_aligned/NAME/00001.jpg`.

Traps: the first line below the header is frame 00001, not 00000; frames in which no face was found
are missing, so a frame is looked up by its number and never by its position in the folder; -5 is
an unlabelled frame. `NAME_left` and `NAME_right` are two persons of one video, each with labels of
their own. Labels of the official test set are not public.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model.errors import InputError
from .base import Listing, Sample, Skipped, check_split, collect, in_range, in_split, require
from .label_files import frame_lines, numbered_frames

FOLDERS = {"train": "Train_Set", "val": "Validation_Set"}
_FIRST_FRAME = 1
_UNLABELLED = -5.0


def _label(where: str, line: str) -> tuple[float, float] | Skipped:
    try:
        valence, arousal = (float(cell) for cell in line.split(","))
    except ValueError:
        return Skipped(where, "the line does not hold two numbers")
    if _UNLABELLED in (valence, arousal):
        return Skipped(where, "the frame is unlabelled (-5)", fault=False)
    if not in_range(valence, arousal):
        return Skipped(where, "valence or arousal is outside [-1, 1]")
    return valence, arousal


def _video_samples(table: Path, folder: Path, split: str) -> Iterator[Sample | Skipped]:
    name = table.stem
    lines = frame_lines(table)
    if not lines or lines[0].lower().replace(" ", "") != "valence,arousal":
        raise InputError(f"{table} is not Aff-Wild2's: its first line must be valence,arousal.")
    frames = numbered_frames(folder)
    for index, line in enumerate(lines[1:]):
        number = index + _FIRST_FRAME
        where = f"{name}/{number:05d}"
        path = frames.pop(number, None)
        label = _label(where, line)
        if isinstance(label, Skipped):
            yield label
        elif path is None:
            yield Skipped(where, "the frame is missing")
        else:
            yield Sample(path, *label, split, identity=name, video=name, frame=index)
    for path in frames.values():
        yield Skipped(f"{name}/{path.stem}", "the frame has no label")


def read_aff_wild2(root: Path, split: str | None = None) -> Listing:
    """List Aff-Wild2's labelled frames in the official splits "train" and "val"."""
    check_split(split, tuple(FOLDERS), "Aff-Wild2")
    labels = require(root / "VA_Estimation_Challenge", "Aff-Wild2's V/A labels are in that folder")
    crops = require(root / "cropped_aligned", "Aff-Wild2's face crops are in cropped_aligned/NAME/")
    wanted = [part for part in FOLDERS if split in (None, part)]
    if not any((labels / FOLDERS[part]).is_dir() for part in wanted):
        raise InputError(f"{labels} has no {' and no '.join(FOLDERS[part] for part in wanted)}.")
    found = (
        in_split(item, part)
        for part in wanted
        for table in sorted((labels / FOLDERS[part]).glob("*.txt"))
        for item in _video_samples(table, crops / table.stem, part)
    )
    return collect("aff-wild2", found, precropped=True)
