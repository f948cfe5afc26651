"""What a reader must know of a recording that shows several faces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..session.reader import Session
from ..session.video import frame_of_rows
from .plan import StudyPlan
from .segments import JOINED, FaceRows
from .words import counted

_MINOR_FACE = 0.1
"""Share of the main face's readings below which others are not worth a word."""


def beside(session: Session, face_id: int, numbers: Sequence[int]) -> list[int]:
    """Those of some face numbers that are seen in a frame in which `face_id` is seen: they are
    other people."""
    rows, frames = session.readings, frame_of_rows(session)
    own = frames[rows["success"] & (rows["face_id"] == face_id)]
    there = set(np.unique(rows["face_id"][rows["success"] & np.isin(frames, own)]).tolist())
    return [number for number in numbers if number != face_id and number in there]


def notes_on_faces(session: Session, faces: Sequence[FaceRows], plan: StudyPlan) -> Iterator[str]:
    """A sentence each, of a session in which numbers of one person are one already.

    Args:
        session: as `Session.by_person` gives it.
        faces: those that the plan takes.
        plan: of the study.
    """
    if not faces:
        return
    if plan.faces == JOINED:
        yield from _mixed_people(session, faces[0].valid)
        return
    if plan.faces == "main":
        yield from _left_out(session, faces[0])
    yield from _same_names(session)


def _mixed_people(session: Session, taken: NDArray[np.bool_]) -> Iterator[str]:
    numbers, counts = np.unique(session.readings["face_id"][taken], return_counts=True)
    readings = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
    mixed = [number for number in readings if beside(session, number, [*readings])]
    if mixed:
        told = _listed(
            [f"{_named(session, i)} with {counted(readings[i], 'reading')}" for i in mixed]
        )
        yield (
            f"Faces {told} are seen in the same frames, so they are different people, and joined "
            "mixes their readings: use faces: main or all, and merge in the review the numbers "
            "that are one person."
        )


def _left_out(session: Session, main: FaceRows) -> Iterator[str]:
    rows, number = session.readings, _named(session, main.face_id)
    least = _MINOR_FACE * int(main.valid.sum())
    others = rows["success"] & ~main.valid & (rows["face_id"] != main.face_id)
    people = beside(session, main.face_id, np.unique(rows["face_id"][others]).tolist())
    of_people = others & np.isin(rows["face_id"], people)
    count = int(of_people.sum())
    if count > least:
        faces = f"face{'s' if people[1:] else ''} {_listed([_named(session, i) for i in people])}"
        yield (
            f"{counted(count, 'reading')} of {faces}, seen in the same frames as number "
            f"{number} and so of somebody else, {'is' if count == 1 else 'are'} left out: "
            "faces: all takes each face."
        )
    count = int((others & ~of_people).sum())
    if count > least:
        joined = "." if people else ", or use faces: joined."
        yield (
            f"{counted(count, 'reading')} of other faces than number {number} "
            f"{'is' if count == 1 else 'are'} left out: if they are the same person, merge the "
            f"numbers in the review{joined}"
        )


def _same_names(session: Session) -> Iterator[str]:
    named: dict[str, list[int]] = {}
    for number in session.faces:
        named.setdefault(session.people.name(number), []).append(number)
    named.pop("", None)
    for name, numbers in named.items():
        if len(numbers) > 1:
            yield (
                f"Faces {_listed(numbers)} are called '{name}' and count as "
                f"{len(numbers)} people: if they are one, merge the numbers in the review."
            )


def _named(session: Session, number: int) -> str:
    name = session.people.name(number)
    return f"{number} ({name})" if name else str(number)


def _listed(parts: Sequence[object]) -> str:
    words = [str(part) for part in parts]
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])
