"""Aff-Wild2 (Kollias & Zafeiriou; the ABAW challenges): videos with V/A, and their aligned faces.

Layout: `VA_Estimation_Challenge/Train_Set/NAME.txt` and `Validation_Set/NAME.txt` (or the same in
`VA_Set/`, or either in `annotations/`) with the header `valence,arousal` and one pair a frame; face
crops in `cropped_aligned/NAME/00001.jpg`, those of later videos in `cropped_aligned_new_50_vids/`.

Traps: the first line below the header is frame 00001, not 00000; frames in which no face was found
are missing, so a frame is looked up by its number and never by its position in the folder, and is
no fault; -5 is an unlabelled frame. `NAME_left` and `NAME_right` are two persons of one video, each
with labels of their own: where a crop shows both, the outer one on that side is meant.

Labels of the official test set are not public.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from ...model.errors import InputError
from .base import (
    DataSet,
    Listing,
    Sample,
    Skipped,
    check_split,
    collect,
    in_range,
    in_split,
)
from .label_files import frame_lines, numbered_frames

LABELS = tuple(
    place + name for name in ("VA_Estimation_Challenge", "VA_Set") for place in ("", "annotations/")
)
CROPS = ("cropped_aligned", "cropped_aligned_new_50_vids")
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


def _side(name: str) -> Literal["", "left", "right"]:
    if name.endswith("_left"):
        return "left"
    return "right" if name.endswith("_right") else ""


def _video_samples(
    table: Path, folders: tuple[Path, ...], split: str
) -> Iterator[Sample | Skipped]:
    name = table.stem
    lines = frame_lines(table)
    if not lines or lines[0].lower().replace(" ", "") != "valence,arousal":
        raise InputError(f"{table} is not Aff-Wild2's: its first line must be valence,arousal.")
    places = (folder / name for folder in folders)
    frames = next((found for place in places if (found := numbered_frames(place))), {})
    known = bool(frames)
    for index, line in enumerate(lines[1:]):
        number = index + _FIRST_FRAME
        where = f"{name}/{number:05d}"
        path = frames.pop(number, None)
        label = _label(where, line)
        if isinstance(label, Skipped):
            yield label
        elif path is None:
            # Of a video that is there, frames without a detected face are left out by its authors.
            reason = "no face was detected in the frame" if known else "the video has no frames"
            yield Skipped(where, reason, fault=not known)
        else:
            yield Sample(
                path, *label, split, identity=name, video=name, frame=index, side=_side(name)
            )
    for path in frames.values():
        yield Skipped(f"{name}/{path.stem}", "the frame has no label")


def read_aff_wild2(root: Path, split: str | None = None) -> Listing:
    """List Aff-Wild2's labelled frames in the official splits "train" and "val"."""
    check_split(split, AFF_WILD2)
    labels = next((root / name for name in LABELS if (root / name).is_dir()), None)
    if labels is None:
        raise InputError(
            f"{root / LABELS[0]} is missing, and so are {', '.join(LABELS[1:])}: Aff-Wild2's V/A "
            "labels are in one of them."
        )
    # An archive unpacked into a folder of its own name holds that name twice.
    places = (root / above / name for name in CROPS for above in ("", name))
    crops = tuple(place for place in places if place.is_dir())
    if not crops:
        raise InputError(
            f"{root / CROPS[0]} is missing, and so is {CROPS[1]}: Aff-Wild2's face crops are there."
        )
    wanted = [part for part in FOLDERS if split in (None, part)]
    if not any((labels / FOLDERS[part]).is_dir() for part in wanted):
        raise InputError(f"{labels} has no {' and no '.join(FOLDERS[part] for part in wanted)}.")
    found = (
        in_split(item, part)
        for part in wanted
        for table in sorted((labels / FOLDERS[part]).glob("*.txt"))
        for item in _video_samples(table, crops, part)
    )
    return collect(AFF_WILD2.name, found, precropped=True)


AFF_WILD2 = DataSet(
    name="aff-wild2",
    title="Aff-Wild2",
    read=read_aff_wild2,
    splits=tuple(FOLDERS),
    labels="rated",
    label_rule="people followed the videos with a rating of each frame; frames without one "
    "are left out",
    licence="Aff-Wild2 (Kollias & Zafeiriou): for non-commercial research, on request from its "
    "authors",
    videos=True,
    images="face crops of web videos",
)
