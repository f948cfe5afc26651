"""How the faces of a data set are prepared, and the options of every command that does it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from jsonargparse import Namespace

from ..datasets.base import MAX_FAULTY
from ..training_parser import TrainingParser
from .stored_crops import Storage


@dataclass(frozen=True, slots=True)
class Preparation:
    """How to prepare faces, whatever the data set and the size.

    Args:
        crops: folder in which prepared crops are kept; the user's cache if none.
        workers: processes that crop faces; 1 is the command's own.
        max_faulty: largest share of a data set's labelled images that may be unusable, whether
            the reader saw it (missing, out of range, listed twice) or the preparation (not to be
            decoded, no face); from 0 to 1.
        aligned: what to do with data sets whose images are face crops already: "find" looks for
            the face and cuts it as the live app does; "keep" takes each image whole.
        storage: "pixels" is read at once; "jpeg" takes a small part of the space, for millions of
            frames, and is decoded by the threads that read batches.
    """

    crops: Path | None = None
    workers: int = 2
    max_faulty: float = MAX_FAULTY
    aligned: Literal["find", "keep"] = "find"
    storage: Storage = "pixels"


USUAL = Preparation()
"""What holds where nothing else is asked for."""


def add_preparation(parser: TrainingParser) -> None:
    """Add the fields of `Preparation` as options."""
    parser.add_class_arguments(Preparation)


def chosen_preparation(options: Namespace) -> Preparation:
    """What the options of `add_preparation` ask for."""
    return Preparation(**{f.name: options[f.name] for f in fields(Preparation)})
