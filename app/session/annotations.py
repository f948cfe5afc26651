"""Markers and intervals to and from files of other programs, by their ending."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ...model.errors import InputError
from ...model.system.whole_file import whole_file
from .elan import read_elan, write_elan
from .reader import Event, Session
from .textgrid import read_textgrid, write_textgrid

ELAN: Final = ".eaf"
TEXTGRID: Final = ".textgrid"


def read_annotations(path: Path) -> list[Event]:
    """The annotations of an ELAN file or a TextGrid, in seconds of the readings' clock.

    Raises `InputError` for any other file, and for one that cannot be read.
    """
    ending = path.suffix.lower()
    if ending == ELAN:
        return read_elan(path)
    if ending == TEXTGRID:
        return read_textgrid(path)
    raise InputError(f"{path} is neither an ELAN file (.eaf) nor a TextGrid.")


def write_annotations(
    path: Path, session: Session, events: Sequence[Event], *, overwrite: bool = False
) -> None:
    """Write a session's markers as an ELAN file or a TextGrid; whole, or not at all.

    Raises `InputError` for another ending, a file that is there, and a marker before 0 s.
    """
    ending = path.suffix.lower()
    if ending not in (ELAN, TEXTGRID):
        raise InputError(f"{path}: annotations are written as .eaf (ELAN) or .TextGrid (Praat).")
    times = session.readings["timestamp"]
    end = float(times.max()) if len(times) else 0.0
    with whole_file(path, overwrite=overwrite) as part:
        if ending == ELAN:
            write_elan(part, events, session.video)
        else:
            write_textgrid(part, events, end)
