"""Whose faces an adaptation learns from, who rated them, and for how long."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from ...model.face.crop_geometry import Geometry
from ..crops.preparation import Preparation
from ..crops.prepare import Prepared
from ..datasets import DataSource
from ..datasets.rated_sessions import RATED_SESSIONS, SECONDS_A_FACE, raters_of
from ..evaluate import app_crops

FEWEST = {"people": 3, "sessions": 3, "images": 20}
"""Without whom nothing can be held out and chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class RatedPeople:
    """Labelled faces of one's own people.

    Args:
        sets: their crops and labels.
        people: [N] whose face it is, "" where nobody said.
        recordings: [N] the session or video, of a still the image.
        raters: labels of those who rated; () where the data do not tell.
        minutes: of rated recordings with a face; 0 of images.
        left_out: in a sentence each, what of the data cannot be used (`Listing.left_out`).
    """

    sets: list[Prepared]
    people: NDArray[Any]
    recordings: NDArray[Any]
    raters: tuple[str, ...]
    minutes: float
    left_out: tuple[str, ...]

    @property
    def target(self) -> NDArray[np.float64]:
        """The labels [N, 2]."""
        return np.concatenate([each.target for each in self.sets]).astype(np.float64)

    def groups(self, data: str) -> tuple[NDArray[Any], str]:
        """What is held out in turn, [N], and what that is: people, the sessions of one person, or
        images. Raises `InputError` where there are too few, naming the data."""
        if (self.people != "").all() and len(np.unique(self.people)) > 1:
            found, kind = self.people, "people"
        else:
            found = self.recordings
            kind = "images" if len(np.unique(found)) == len(found) else "sessions"
        count = len(np.unique(found))
        if count < FEWEST[kind]:
            raise InputError(
                f"{data} has {count} {kind}: at least {FEWEST[kind]} are needed, so that a gain "
                "can be measured on some that the adaptation has not seen."
            )
        return found, kind


def read_people(
    sources: list[DataSource], preparation: Preparation, geometry: Geometry
) -> RatedPeople:
    """Every labelled face of the data sets, whatever their splits, cropped as a network wants."""
    sets, people, recordings = [], [], []
    left_out: list[str] = []
    raters: set[str] = set()
    seconds = 0.0
    for source in sources:
        listing = source.read(None, preparation.max_faulty)
        left_out += listing.left_out()
        # Splits say nothing here: everybody is held out in turn.
        samples = [replace(sample, split="test") for sample in listing.samples]
        prepared = app_crops(replace(listing, samples=samples), preparation, geometry)
        sets.append(prepared)
        for row in _rows(prepared):
            recordings.append(row["video"] or row["name"])
            # A reader that knows no person writes the image's name.
            people.append("" if row["identity"] == row["name"] else row["identity"])
        if source.name == RATED_SESSIONS.name:
            raters |= set(raters_of(source.path))
            seconds += SECONDS_A_FACE * len(prepared)
    return RatedPeople(
        sets,
        np.array(people),
        np.array(recordings),
        tuple(sorted(raters)),
        seconds / 60,
        tuple(left_out),
    )


def _rows(prepared: Prepared) -> list[dict[str, str]]:
    with (prepared.folder / "samples.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
