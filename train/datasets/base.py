"""What every data set becomes: a listing of labelled pictures, and of what was left out and why."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...model.errors import InputError

EMOTIONS = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
)

# Pleasure and arousal of the emotion words (Russell & Mehrabian 1977, as commonly tabulated).
ANCHORS: dict[str, tuple[float, float]] = {
    "neutral": (0.0, 0.0),
    "happiness": (0.81, 0.51),
    "surprise": (0.40, 0.67),
    "sadness": (-0.63, -0.27),
    "anger": (-0.51, 0.59),
    "disgust": (-0.60, 0.35),
    "fear": (-0.64, 0.60),
    "contempt": (-0.23, 0.31),
}

PROXIES = ("ferplus", "raf-db", "rendered", "webfaces")
"""Data sets that label emotion words: nobody rated valence and arousal of their faces."""

EXACT = ("rendered",)
"""Data sets whose labels are no opinion about a face but what the face was made to show."""

MAX_FAULTY = 0.2
"""A data set of which more than this share is faulty is refused: the folder may not be whole."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled face picture.

    Args:
        path: the picture's file.
        valence, arousal: labels in [-1, 1].
        split: "train", "val" or "test".
        emotion: index into `EMOTIONS`, -1 where the data set names none.
        votes: the share of each of the `EMOTIONS`, empty where unknown.
        identity: who it is (or which recording), for splits that do not leak; "" if unknown.
        video: the recording that it belongs to, "" for a still.
        frame: position in that recording, from 0.
        box: the data set's own face box (x, y, width, height) in pixels, None if it gives none.
        in_video: `path` is a video, and the picture is the one number `frame` in it.
        groups: of people that the face's owner belongs to; empty where the data set tells none.
    """

    path: Path
    valence: float
    arousal: float
    split: str
    emotion: int = -1
    votes: tuple[float, ...] = ()
    identity: str = ""
    video: str = ""
    frame: int = 0
    box: tuple[float, float, float, float] | None = None
    in_video: bool = field(default=False, repr=False)
    groups: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """What reports call the picture: its file's name, with the frame where that is a video."""
        return f"{self.path.name}#{self.frame}" if self.in_video else self.path.name


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row or picture that is not used, with the reason.

    `fault` is False where the data set itself gives no label, as for a picture without a face:
    then nothing is wrong with the folder. `split` is "" where the row does not tell its split:
    then it counts in each.
    """

    name: str
    reason: str
    fault: bool = True
    split: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A data set's samples in a fixed order.

    `precropped` says that a picture is a face crop already, so that one in which the finder sees
    no face is taken whole instead of being left out.
    """

    name: str
    samples: list[Sample]
    skipped: list[Skipped] = field(default_factory=list)
    precropped: bool = False

    def reasons(self) -> dict[str, int]:
        """How many were left out for which reason, the most common first."""
        return dict(Counter(item.reason for item in self.skipped).most_common())

    def faults(self) -> dict[str, int]:
        """The same of what is wrong with the data, without what the data set leaves unlabelled."""
        return dict(Counter(item.reason for item in self.skipped if item.fault).most_common())


def in_split(item: Sample | Skipped, split: str) -> Sample | Skipped:
    """The item; one that is skipped says that it would have been in that split."""
    return replace(item, split=split) if isinstance(item, Skipped) else item


def part_of(listing: Listing, split: str) -> Listing:
    """What a listing of all splits holds of one."""
    samples = [sample for sample in listing.samples if sample.split == split]
    skipped = [item for item in listing.skipped if item.split in ("", split)]
    return replace(listing, samples=samples, skipped=skipped)


Reader = Callable[[Path, str | None], Listing]
"""Reads a data set folder; a split name reads that split alone, None all that are there."""


def in_range(valence: float, arousal: float) -> bool:
    """Whether both labels are real numbers in [-1, 1]."""
    return -1.0 <= valence <= 1.0 and -1.0 <= arousal <= 1.0


def votes_to_va(votes: tuple[float, ...]) -> tuple[float, float]:
    """The mean emotion anchor under a vote distribution over `EMOTIONS`: a proxy for V/A."""
    total = sum(votes)
    if total <= 0:
        raise ValueError("a vote distribution needs at least one vote")
    valence = sum(v * ANCHORS[e][0] for v, e in zip(votes, EMOTIONS, strict=True)) / total
    arousal = sum(v * ANCHORS[e][1] for v, e in zip(votes, EMOTIONS, strict=True)) / total
    return valence, arousal


def require(path: Path, what: str) -> Path:
    """The path if it exists; otherwise an `InputError` that says what is missing."""
    if not path.exists():
        raise InputError(f"{path} is missing: {what}.")
    return path


def check_split(split: str | None, known: tuple[str, ...], name: str) -> None:
    """Refuse a split that the data set does not have."""
    if split is not None and split not in known:
        raise InputError(f"{name} has no split '{split}': choose one of {', '.join(known)}.")


def one_vote(emotion: int) -> tuple[float, ...]:
    """The vote shares over `EMOTIONS` of a single label."""
    return tuple(float(index == emotion) for index in range(len(EMOTIONS)))


def collect(name: str, items: Iterable[Sample | Skipped], *, precropped: bool = False) -> Listing:
    """The listing of what a reader found, in its order."""
    samples: list[Sample] = []
    skipped: list[Skipped] = []
    for item in items:
        if isinstance(item, Sample):
            samples.append(item)
        else:
            skipped.append(item)
    return Listing(name, samples, skipped, precropped)


def drop_duplicates(listing: Listing) -> Listing:
    """The listing with each picture once: the first label counts, later ones are skipped."""
    seen: set[str] = set()
    samples: list[Sample] = []
    skipped = list(listing.skipped)
    for sample in listing.samples:
        picture = os.path.normpath(sample.path) + (f"#{sample.frame}" if sample.in_video else "")
        if picture in seen:
            skipped.append(
                Skipped(sample.name, "the picture was listed before", split=sample.split)
            )
        else:
            seen.add(picture)
            samples.append(sample)
    return replace(listing, samples=samples, skipped=skipped)


def check_faulty(name: str, used: int, faults: dict[str, int], limit: float = MAX_FAULTY) -> None:
    """Raise `InputError` where of `used` and faulty pictures more than the share `limit` is faulty.

    Args:
        name: of the data set, for the message.
        used: how many pictures can be used.
        faults: how many cannot, by the reason.
        limit: in [0, 1].
    """
    if not 0 <= limit <= 1:
        raise InputError(f"--max_faulty is a share from 0 to 1, not {limit}.")
    count = sum(faults.values())
    if count > limit * (count + used):
        reasons = "; ".join(f"{reason}: {n}" for reason, n in faults.items())
        raise InputError(
            f"{count} of the {count + used} labelled pictures of {name} cannot be used "
            f"({reasons}): more than the {limit:.0%} allowed, so check the folder, "
            "or allow more with --max_faulty."
        )
