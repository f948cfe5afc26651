"""What every data set becomes: a listing of labelled images, and of what was left out and why."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from math import isnan
from pathlib import Path
from typing import Literal

from ...model.anchors import EMOTIONS, AnchorRule
from ...model.errors import InputError

__all__ = ["EMOTIONS"]

UNRATED = (float("nan"), float("nan"))
"""Valence and arousal of a face that nobody rated, until a rule gives them (`label`)."""

MAX_FAULTY = 0.2
"""A data set of which more than this share is faulty is refused: the folder may not be whole."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled face image.

    Args:
        path: the image's file.
        valence, arousal: labels in [-1, 1]; nan where nobody rated them (`label`).
        split: "train", "val" or "test".
        emotion: index into `EMOTIONS`, -1 where the data set names none.
        votes: the share of each of the `EMOTIONS`, empty where unknown.
        identity: who it is (or which recording), for splits that do not leak; "" if unknown.
        video: the recording that it belongs to, "" for a still.
        frame: position in that recording, from 0.
        box: the data set's own face box (x, y, width, height) in pixels, None if it gives none.
        in_video: `path` is a video, and the image is the one number `frame` in it.
        side: "left" or "right" where the label is that of the outer face on this side of several.
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
    side: Literal["", "left", "right"] = field(default="", repr=False)
    groups: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """What reports call the image: its file's name, with the frame where that is a video."""
        return f"{self.path.name}#{self.frame}" if self.in_video else self.path.name


_NAMED = 3
"""Up to so many that are left out are named."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row or image that is not used, with the reason.

    `fault` is False where the data set itself gives no label, as for an image without a face:
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

    `precropped` says that an image is a face crop already, so that one in which the finder sees
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

    def left_out(self) -> list[str]:
        """A sentence for each fault: how many are left out, which of few, and why."""
        sentences = []
        for reason, count in self.faults().items():
            names = [item.name for item in self.skipped if item.fault and item.reason == reason]
            which = f" ({', '.join(names)})" if count <= _NAMED else ""
            sentences.append(f"left out of {self.name}: {count}{which}: {reason}")
        return sentences


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


@dataclass(frozen=True, slots=True)
class DataSet:
    """What is known of a data set: whoever reads, reports or describes it asks here.

    Args:
        name: as a command names it.
        title: as a page names it.
        read: its reader.
        splits: those that it has.
        labels: "rated" where people rated valence and arousal; "votes" (of several people) or
            "classes" (one a face) where they chose emotion words, which become anchors;
            "rendered" where a face was drawn to show its label.
        label_rule: how valence and arousal come about, a sentence without its end; what an anchor
            is, the rule of anchors tells (`model.anchors`).
        licence: where it comes from and on what terms, "" where that is not known.
        grey: whether every image is grey by nature.
        videos: whether its images are frames of videos.
        images: what else is known of them, "" if nothing.
        ceiling: PCC of valence and arousal that a perfect model would reach against such labels, by
            their split-half reliability; None where it was not measured.
        note: what to know when reading metrics on it.
    """

    name: str
    title: str
    read: Reader
    splits: tuple[str, ...]
    labels: Literal["rated", "votes", "classes", "rendered"]
    label_rule: str
    licence: str = ""
    grey: bool = False
    videos: bool = False
    images: str = ""
    ceiling: tuple[float, float] | None = None
    note: str = ""

    @property
    def proxy(self) -> bool:
        """Whether nobody rated valence and arousal of these faces."""
        return self.labels != "rated"

    @property
    def reliability(self) -> str:
        """How far the labels repeat, in a sentence; "" where that was not measured."""
        if self.ceiling is None:
            return ""
        valence, arousal = self.ceiling
        return (
            f"The labels of {self.title} repeat only to a point: by their split-half reliability a "
            f"perfect model would reach a PCC of about {valence:.3f} in valence and {arousal:.3f} "
            "in arousal."
        )


ONE_WORD = "the one emotion word of a face becomes the word's anchor"
"""The label rule of data sets that name one emotion a face."""


def in_range(valence: float, arousal: float) -> bool:
    """Whether both labels are real numbers in [-1, 1]."""
    return -1.0 <= valence <= 1.0 and -1.0 <= arousal <= 1.0


def label(listing: Listing, rule: AnchorRule) -> Listing:
    """The listing in which faces that nobody rated have the mean anchor of their votes."""

    def labelled(sample: Sample) -> Sample:
        if not isnan(sample.valence):
            return sample
        valence, arousal = rule.mean(sample.votes)
        return replace(sample, valence=valence, arousal=arousal)

    return replace(listing, samples=[labelled(sample) for sample in listing.samples])


def require(path: Path, what: str) -> Path:
    """The path if it exists; otherwise an `InputError` that says what is missing."""
    if not path.exists():
        raise InputError(f"{path} is missing: {what}.")
    return path


def check_split(split: str | None, data: DataSet) -> None:
    """Refuse a split that the data set does not have."""
    if split is not None and split not in data.splits:
        raise InputError(
            f"There is no split '{split}' in {data.title}: choose one of {', '.join(data.splits)}."
        )


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
    """The listing with each image once: the first label counts, later ones are skipped."""
    seen: set[str] = set()
    samples: list[Sample] = []
    skipped = list(listing.skipped)
    for sample in listing.samples:
        image = os.path.normpath(sample.path) + (f"#{sample.frame}" if sample.in_video else "")
        if image in seen:
            skipped.append(Skipped(sample.name, "the image was listed before", split=sample.split))
        else:
            seen.add(image)
            samples.append(sample)
    return replace(listing, samples=samples, skipped=skipped)


def check_faulty(name: str, used: int, faults: dict[str, int], limit: float = MAX_FAULTY) -> None:
    """Raise `InputError` where of `used` and faulty images more than the share `limit` is faulty.

    Args:
        name: of the data set, for the message.
        used: how many images can be used.
        faults: how many cannot, by the reason.
        limit: in [0, 1].
    """
    if not 0 <= limit <= 1:
        raise InputError(f"--max-faulty is a share from 0 to 1, not {limit}.")
    count = sum(faults.values())
    if count > limit * (count + used):
        reasons = "; ".join(f"{reason}: {n}" for reason, n in faults.items())
        raise InputError(
            f"{count} of the {count + used} labelled images of {name} cannot be used "
            f"({reasons}): more than the {limit:.0%} allowed, so check the folder, "
            "or allow more with --max-faulty."
        )
