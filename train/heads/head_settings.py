"""How heads are learned: the options of avce-train heads, covered and refit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...model.anchors import DEFAULT, RuleName
from ..config import Part


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """How heads are learned.

    Args:
        data: faces that the model never saw, `NAME:PATH` joined by `+`, labelled by the rule of
            anchors that the model names. Intervals are calibrated on those that are labelled by
            votes, where there are any; all are learned from.
        split: of the data.
        part: "tune" leaves the half "report" of the split to be reported on; "all" takes all.
        level: the share of labels that an interval is to hold.
        copies: how many darkened, blurred, covered ... copies of each face widths are learned from
            too, of the kinds in turn.
    """

    data: str
    split: str = "val"
    part: Part = "tune"
    level: float = 0.9
    copies: int = 6


@dataclass(frozen=True, slots=True)
class CoveredSettings:
    """How it is learned which parts of a face are hidden.

    Args:
        data: labelled faces that the model never saw, `NAME:PATH` joined by `+`.
        split: of the data.
        part: "tune" leaves the half "report" of the split to be reported on; "all" takes all.
        faces: at most so many, evenly over the data; half of them are learned from, the others
            tell by how much intervals widen.
    """

    data: str
    split: str = "val"
    part: Part = "tune"
    faces: int = 2000


@dataclass(frozen=True, slots=True)
class RefitSettings:
    """How a model's last layer is solved anew.

    Args:
        data: faces that the model never saw, with vote shares, `NAME:PATH` joined by `+`. Half of
            them are learned from.
        anchors: the rule by which their votes become valence and arousal.
        split: of the data.
        part: "tune" leaves the half "report" of the split to be reported on; "all" takes all.
    """

    data: str
    anchors: RuleName = DEFAULT
    split: str = "val"
    part: Part = "tune"


def named(data_sets: Iterable[str], split: str, part: Part) -> str:
    """Faces in words: "ferplus val (half tune) + webfaces val (half tune)"."""
    half = "" if part == "all" else f" (half {part})"
    return " + ".join(f"{name} {split}{half}" for name in data_sets)
