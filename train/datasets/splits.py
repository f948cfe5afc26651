"""Splits that never leak: who or what is held out follows from its name alone.

A person, or a recording where persons are not known, falls into a fold by the checksum of its name.
So it stays on its side whatever else is in the table, on every machine and in every version.
"""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from ...model.errors import InputError
from .base import Listing, Sample


def fold_of(key: str, folds: int) -> int:
    """The fold in [0, folds) of an identity, a video or an image name (CRC-32 of its UTF-8)."""
    return zlib.crc32(key.encode()) % folds


def train_or_val(key: str, folds: int) -> str:
    """ "val" for the one key in `folds` that is held out, "train" for the others."""
    return "val" if fold_of(key, folds) == 0 else "train"


def _name(sample: Sample) -> str:
    return "/".join((sample.identity, sample.video, sample.path.name))


def take_every(listing: Listing, stride: int) -> Listing:
    """Of videos the frames whose number is a multiple of `stride`, and every still."""
    if stride == 1:
        return listing
    kept = [s for s in listing.samples if not s.video or s.frame % stride == 0]
    return replace(listing, samples=kept)


def take_subset(listing: Listing, count: int, *, even: bool = False) -> Listing:
    """The `count` samples whose names have the lowest checksums, in their order; 0 takes all.

    With `even`, the places go round the emotions, so that each has as many as the others as long
    as there are any: rare emotions are taken whole, of frequent ones a part.
    """
    if count == 0 or count >= len(listing.samples):
        return listing
    names = {id(s): _name(s) for s in listing.samples}
    first = sorted(listing.samples, key=lambda s: (zlib.crc32(names[id(s)].encode()), names[id(s)]))
    if even:
        seen: Counter[int] = Counter()
        rounds: dict[int, int] = {}
        for sample in first:
            rounds[id(sample)] = seen[sample.emotion]
            seen[sample.emotion] += 1
        first.sort(key=lambda s: rounds[id(s)])
    chosen = {id(s) for s in first[:count]}
    return replace(listing, samples=[s for s in listing.samples if id(s) in chosen])


def take_half(listing: Listing, part: str) -> Listing:
    """The "tune" or the "report" half of a split, parted by identity; "all" takes both.

    Raises `InputError` where nobody falls into that half.
    """
    if part == "all":
        return listing
    half = ("report", "tune").index(part)
    keys = [s.identity or s.video or _name(s) for s in listing.samples]
    # A split that the checksum itself chose holds even ones alone: a higher bit parts those.
    bit = 0 if len({fold_of(key, 2) for key in keys}) > 1 else 16
    samples = [
        s
        for s, key in zip(listing.samples, keys, strict=True)
        if zlib.crc32(key.encode()) >> bit & 1 == half
    ]
    if not samples:
        raise InputError(
            f"Nobody in the {len(listing.samples)} validation images of {listing.name} is in "
            f"its half '{part}': validate on all of them."
        )
    return replace(listing, samples=samples)


def _files(samples: Iterable[Sample]) -> dict[str, str]:
    """True path to name; links are resolved once a folder, for a data set has few folders."""
    folders: dict[str, str] = {}
    files: dict[str, str] = {}
    for sample in samples:
        path = str(sample.path)
        parent, name = os.path.split(path)
        if parent not in folders:
            folders[parent] = os.path.realpath(parent)
        files[os.path.join(folders[parent], name)] = path
    return files


def _identities(samples: Iterable[Sample]) -> set[str]:
    # A reader that knows no person writes the image's name, which says nothing about who it is.
    return {s.identity for s in samples if s.identity and s.identity != s.path.name}


def _refuse(kind: str, shared: Iterable[str], train: Listing, validation: Listing) -> None:
    names = sorted(shared)
    if not names:
        return
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    raise InputError(
        f"The training data ({train.name}) and the validation data ({validation.name}) share the "
        f"{kind} {', '.join(names[:3])}{more}: keep each on one side, or the metrics would "
        "flatter the model."
    )


def check_leak(train: Listing, validation: Listing) -> None:
    """Raise `InputError` where the same person, recording or image file is on both sides.

    Identities and videos are compared within one data set only: "001" of another one is someone
    else. Image files are always compared, through links to folders too.
    """
    known = _files(train.samples)
    _refuse(
        "image",
        (name for path, name in _files(validation.samples).items() if path in known),
        train,
        validation,
    )
    if train.name != validation.name:
        return
    shared = _identities(train.samples) & _identities(validation.samples)
    _refuse("identity", shared, train, validation)
    videos = {s.video for s in train.samples} & {s.video for s in validation.samples}
    _refuse("video", videos - {""}, train, validation)
