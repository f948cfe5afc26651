"""AFEW-VA (Kossaifi et al., IVC 2017): 600 film clips with valence and arousal of every frame.

Layout: folders `001/` .. with `00000.png` .. and `001.json` =
`{"video_id", "frames": {"00000": {"landmarks": 68 pairs, "valence", "arousal"}}}`, at the root or
one folder deeper, as the twelve archives unpack. Frames are numbered from 0.

Traps: the ratings are integers from -10 to 10 and are divided by 10; a frame is a whole film scene
that may show several faces, so the box around the landmarks goes along.

There is no official split. A clip falls into one of five folds by the checksum of its number. Of
`afew-va`, fold 0 is "test" (118 of the clips 001 to 600), fold 1 "val" (114), the others "train"
(368); of `afew-va-fold1` to `afew-va-fold4`, that fold is "test" and the next one "val", so that
the five together test every clip once. Clips of one film, and so one actor, may be on several
sides: the release does not say whose they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeGuard

from ...model.errors import InputError
from .base import DataSet, Listing, Sample, Skipped, check_split, collect, in_split
from .label_files import locate, rectangle_around, text_lines
from .splits import fold_of

SPLITS = ("train", "val", "test")
_FOLDS = ("test", "val", "train", "train", "train")
_SCALE = 10


def _split_of(video: str, fold: int) -> str:
    return _FOLDS[fold_of(video, len(_FOLDS)) - fold]


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _frame_sample(folder: Path, key: str, frame: Any, split: str) -> Sample | Skipped:
    where = f"{folder.name}/{key}"
    if not (key.isascii() and key.isdigit() and isinstance(frame, dict)):
        return Skipped(where, "the frame is not a number with its labels")
    valence, arousal = frame.get("valence"), frame.get("arousal")
    if not _is_number(valence) or not _is_number(arousal):
        return Skipped(where, "valence or arousal is not a number")
    if not (abs(valence) <= _SCALE and abs(arousal) <= _SCALE):
        return Skipped(where, "valence or arousal is outside [-10, 10]")
    path = locate(folder, f"{key}.png")
    if isinstance(path, Skipped):
        return Skipped(where, path.reason)
    return Sample(
        path,
        valence / _SCALE,
        arousal / _SCALE,
        split,
        identity=folder.name,
        video=folder.name,
        frame=int(key),
        box=rectangle_around(frame.get("landmarks")),
    )


def _clip_samples(table: Path, split: str) -> Iterator[Sample | Skipped]:
    try:
        frames = json.loads("\n".join(text_lines(table)))["frames"]
        pairs = sorted(frames.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        yield Skipped(table.name, "the clip's label file is not AFEW-VA's JSON")
        return
    for key, frame in pairs:
        yield _frame_sample(table.parent, key, frame, split)


def read_afew_va(root: Path, split: str | None = None, *, fold: int = 0) -> Listing:
    """List AFEW-VA's labelled frames, clip after clip, where the fold from 0 to 4 is "test"."""
    check_split(split, AFEW_VA)
    tables = [path for pattern in ("*/*.json", "*/*/*.json") for path in root.glob(pattern)]
    tables = sorted(
        (path for path in tables if path.stem == path.parent.name), key=lambda p: (p.stem, p)
    )
    if not tables:
        raise InputError(f"{root} holds no AFEW-VA clips: a clip is 001/001.json with its frames.")
    found = (
        in_split(item, where)
        for table in tables
        if split in (None, where := _split_of(table.stem, fold))
        for item in _clip_samples(table, where)
    )
    return collect(AFEW_VA.name, found)


AFEW_VA = DataSet(
    name="afew-va",
    title="AFEW-VA",
    read=read_afew_va,
    splits=SPLITS,
    labels="rated",
    label_rule="each frame was rated from -10 to 10, and the ratings divided by 10",
    licence="AFEW-VA (Kossaifi et al., IVC 2017): for academic research, on request from its "
    "authors",
    videos=True,
    images="frames of films",
)

AFEW_VA_FOLDS = (
    AFEW_VA,
    *(
        replace(
            AFEW_VA,
            name=f"afew-va-fold{fold}",
            title=f"AFEW-VA, fold {fold}",
            read=partial(read_afew_va, fold=fold),
        )
        for fold in range(1, len(_FOLDS))
    ),
)
"""The same clips with each fold as "test" in turn."""
