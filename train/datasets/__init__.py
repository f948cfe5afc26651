"""The data sets by name, and how a command names them: `NAME:PATH`, joined by `+`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...model.anchors import DEFAULT, RULES, AnchorRule
from ...model.errors import InputError
from .afew_va import AFEW_VA_FOLDS
from .aff_wild import AFF_WILD
from .aff_wild2 import AFF_WILD2
from .affectnet import AFFECTNET
from .base import MAX_FAULTY, DataSet, Listing, check_faulty, drop_duplicates, label, part_of
from .ferplus import FERPLUS
from .plain_csv import CSV
from .raf_db import RAF_DB
from .rated_sessions import RATED_SESSIONS
from .rendered import RENDERED
from .webfaces import WEBFACES

DATASETS = {
    data.name: data
    for data in (
        *(AFF_WILD, AFF_WILD2, AFFECTNET, *AFEW_VA_FOLDS, CSV, FERPLUS, RAF_DB),
        *(RATED_SESSIONS, RENDERED, WEBFACES),
    )
}


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data set's name, where it lies, and the rule that labels faces which nobody rated."""

    name: str
    path: Path
    rule: AnchorRule = RULES[DEFAULT]

    @property
    def data_set(self) -> DataSet:
        """What is known of it."""
        return DATASETS[self.name]

    def read(self, split: str | None = None, max_faulty: float = MAX_FAULTY) -> Listing:
        """List its samples, each image once.

        Raises `InputError` where there are none or where more than the share `max_faulty` of the
        rows is faulty.
        """
        return self._checked(self.data_set.read(self.path, split), split, max_faulty)

    def read_splits(
        self, split: str | None = None, max_faulty: float = MAX_FAULTY
    ) -> dict[str, Listing]:
        """List every split that is there, or one alone, each as `read` lists it; errors as there.

        The labels are read once, whatever the number of splits.
        """
        read = self.data_set.read(self.path, split)
        self._checked(read, split, max_faulty)
        names = dict.fromkeys(sample.split for sample in read.samples)
        return {name: self._checked(part_of(read, name), name, max_faulty) for name in names}

    def _checked(self, read: Listing, split: str | None, max_faulty: float) -> Listing:
        listing = label(drop_duplicates(read), self.rule)
        if not listing.samples:
            part = f" in the split '{split}'" if split else ""
            why = "; ".join(f"{reason}: {n}" for reason, n in listing.reasons().items())
            raise InputError(
                f"{self.name}:{self.path} holds no usable image{part}{f' ({why})' * bool(why)}."
            )
        check_faulty(listing.name, len(listing.samples), listing.faults(), max_faulty)
        return listing


def proxy_note(names: Iterable[str], rule: AnchorRule) -> str:
    """Of which of the data sets nobody rated valence and arousal, in a sentence; "" of none."""
    titles = [DATASETS[name].title for name in dict.fromkeys(names) if DATASETS[name].proxy]
    if not titles:
        return ""
    return (
        f"Valence and arousal of {' and '.join(titles)} are a proxy: they follow from emotion "
        f"words by the anchors `{rule.name}`{f', {rule.source}' if rule.source else ''}. Nobody "
        "rated valence and arousal of these faces."
    )


def parse_data(text: str, rule: AnchorRule = RULES[DEFAULT]) -> list[DataSource]:
    """`ferplus:A+webfaces:B` to its sources; `InputError` for a wrong name or a missing path.

    Faces that nobody rated are labelled by the rule.
    """
    sources = []
    for part in text.split("+"):
        name, colon, path = part.partition(":")
        if not colon or not path:
            raise InputError(
                f"'{part}' is not a data set: write NAME:PATH, as in ferplus:data/ferplus."
            )
        if name not in DATASETS:
            raise InputError(
                f"There is no data set '{name}': choose {', '.join(sorted(DATASETS))}."
            )
        where = Path(path).expanduser()
        if not where.exists():
            raise InputError(f"The data set {name} is not at {where}: no such file or folder.")
        sources.append(DataSource(name, where, rule))
    return sources
