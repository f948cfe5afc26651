"""The data sets by name, and how a command names them: `NAME:PATH`, joined by `+`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...model.errors import InputError
from .afew_va import read_afew_va
from .aff_wild import read_aff_wild
from .aff_wild2 import read_aff_wild2
from .affectnet import read_affectnet
from .base import MAX_FAULTY, Listing, Reader, check_faulty, drop_duplicates, part_of
from .ferplus import read_ferplus
from .plain_csv import read_csv
from .raf_db import read_raf_db
from .rendered import read_rendered
from .webfaces import read_webfaces

DATASETS: dict[str, Reader] = {
    "aff-wild": read_aff_wild,
    "aff-wild2": read_aff_wild2,
    "affectnet": read_affectnet,
    "afew-va": read_afew_va,
    "csv": read_csv,
    "ferplus": read_ferplus,
    "raf-db": read_raf_db,
    "rendered": read_rendered,
    "webfaces": read_webfaces,
}


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data set's name and where it lies."""

    name: str
    path: Path

    def read(self, split: str | None = None, max_faulty: float = MAX_FAULTY) -> Listing:
        """List its samples, each picture once.

        Raises `InputError` where there are none or where more than the share `max_faulty` of the
        rows is faulty.
        """
        return self._checked(DATASETS[self.name](self.path, split), split, max_faulty)

    def read_splits(
        self, split: str | None = None, max_faulty: float = MAX_FAULTY
    ) -> dict[str, Listing]:
        """List every split that is there, or one alone, each as `read` lists it; errors as there.

        The labels are read once, whatever the number of splits.
        """
        read = DATASETS[self.name](self.path, split)
        self._checked(read, split, max_faulty)
        names = dict.fromkeys(sample.split for sample in read.samples)
        return {name: self._checked(part_of(read, name), name, max_faulty) for name in names}

    def _checked(self, read: Listing, split: str | None, max_faulty: float) -> Listing:
        listing = drop_duplicates(read)
        if not listing.samples:
            part = f" in the split '{split}'" if split else ""
            why = "; ".join(f"{reason}: {n}" for reason, n in listing.reasons().items())
            raise InputError(
                f"{self.name}:{self.path} holds no usable picture{part}{f' ({why})' * bool(why)}."
            )
        check_faulty(listing.name, len(listing.samples), listing.faults(), max_faulty)
        return listing


def parse_data(text: str) -> list[DataSource]:
    """`ferplus:A+webfaces:B` to its sources; `InputError` for a wrong name or a missing path."""
    sources = []
    for part in text.split("+"):
        name, colon, path = part.partition(":")
        if not colon or not path:
            raise InputError(
                f"'{part}' is no data set: write NAME:PATH, as in ferplus:data/ferplus."
            )
        if name not in DATASETS:
            raise InputError(
                f"There is no data set '{name}': choose {', '.join(sorted(DATASETS))}."
            )
        where = Path(path).expanduser()
        if not where.exists():
            raise InputError(f"The data set {name} is not at {where}: no such file or folder.")
        sources.append(DataSource(name, where))
    return sources
