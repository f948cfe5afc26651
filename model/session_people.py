"""Who the faces of a session are, as somebody said afterwards: beside the readings, never in them.

`people.json` names face numbers and says which of them are one person, who was lost and found
again under another number. Readings, and all that is computed from them, stay as recorded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .system.whole_file import write_whole

PEOPLE = "people.json"
LONGEST_NAME = 80
_FORMAT = 1
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class People:
    """Names of faces, and which face numbers are one person.

    Args:
        names: by face number.
        same: by face number, another number of the same person. Chains are followed.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    same: Mapping[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.names or self.same)

    def of(self, face_id: int) -> int:
        """The number that stands for the person with this one."""
        seen = {face_id}
        while (following := self.same.get(face_id, face_id)) not in seen:
            face_id = following
            seen.add(face_id)
        return face_id

    def name(self, face_id: int) -> str:
        """What the person is called, "" without a name: by any of the person's numbers."""
        person = self.of(face_id)
        own = self.names.get(face_id) or self.names.get(person)
        others = (name for number, name in self.names.items() if self.of(number) == person)
        return own or next(others, "")

    def words(self, face_id: int) -> str:
        """The person's name, or "face 3" without one."""
        return self.name(face_id) or f"face {face_id}"

    def numbers(self, face_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """`of` for a column of face numbers [N]."""
        return _mapped(face_ids, {int(i): self.of(int(i)) for i in np.unique(face_ids)}, np.int64)

    def columns(self, face_ids: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """What exports carry beside `face_id` [N]: `person` int64 and `face_name` (text)."""
        names = {int(i): self.name(int(i)) for i in np.unique(face_ids)}
        return {"person": self.numbers(face_ids), "face_name": _mapped(face_ids, names, object)}


def _mapped(keys: NDArray[np.int64], table: Mapping[int, Any], dtype: Any) -> NDArray[Any]:
    known, where = np.unique(keys, return_inverse=True)
    values = np.empty(len(known), dtype)
    for number, key in enumerate(known.tolist()):
        values[number] = table[key]
    return values[where]


def read_people(folder: Path, damaged: list[str]) -> People:
    """What was said of a session; nothing where nothing was, or where the file is broken."""
    path = folder / PEOPLE
    if not path.is_file():
        return People()
    try:
        data = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b""
        told = json.loads(data.decode("utf-8"))
        if told["format"] != _FORMAT:
            raise ValueError("another format")
        names = {int(i): str(name)[:LONGEST_NAME] for i, name in told["names"].items()}
        same = {int(i): int(other) for i, other in told["same_person"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        damaged.append(f"{PEOPLE} is broken: names of faces are left out.")
        return People()
    return People({i: name for i, name in names.items() if name}, same)


def write_people(folder: Path, people: People) -> None:
    """Store it beside the readings; where nothing is said, no file stays."""
    if not people:
        (folder / PEOPLE).unlink(missing_ok=True)
        return
    told = {
        "format": _FORMAT,
        "names": {str(i): name for i, name in sorted(people.names.items())},
        "same_person": {str(i): other for i, other in sorted(people.same.items())},
    }
    write_whole(folder / PEOPLE, json.dumps(told, indent=2, ensure_ascii=False) + "\n")
