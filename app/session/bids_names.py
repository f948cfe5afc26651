"""The names that a session gets in a BIDS data set, and whether somebody else has them there."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...model.errors import InputError
from .reader import Session

RECORDED = "RecordedSession"
"""The key of a sidecar that tells which session it was made of."""
USUAL_TASK = "expression"
_LONGEST_LABEL = 60
_MOST_BYTES = 10_000_000
# By the words of `RecordingOptions`, the entity of BIDS that each of them names.
_ENTITIES = {"participant": "sub", "session": "ses", "task": "task"}


@dataclass(frozen=True, slots=True)
class BidsName:
    """What the files of one session are called.

    Args:
        participant, session, task: labels, letters and digits alone; no session is "".
        run: digits, "" where the session is the only one of its participant, visit and task.
        told: what the session is about, in the words given.
        recorded: the name of the session's folder.
    """

    participant: str
    session: str
    task: str
    run: str
    told: Mapping[str, str]
    recorded: str

    @property
    def folder(self) -> Path:
        """Where the files lie, from the data set on."""
        return self.above / "beh"

    @property
    def above(self) -> Path:
        """The folder of the participant, or of one visit."""
        visit = f"ses-{self.session}" if self.session else ""
        return Path(f"sub-{self.participant}") / visit

    @property
    def visit(self) -> str:
        """How the names of all files of this visit begin."""
        return f"sub-{self.participant}" + (f"_ses-{self.session}" if self.session else "")

    @property
    def stem(self) -> str:
        """How the names of the session's files begin."""
        return f"{self.visit}_task-{self.task}" + (f"_run-{self.run}" if self.run else "")

    def taken(self, root: Path) -> list[Path]:
        """Files of these names that are in the data set already."""
        physio = root.glob(f"{self.folder}/{self.stem}_recording-face*_physio.*")
        return sorted([*physio, *root.glob(f"{self.folder}/{self.stem}_events.*")])


def bids_name(recorded: Session, told: Mapping[str, str], run: str = "") -> BidsName:
    """The names for a session; `told` (participant, session, task) goes before its own words.

    A session that names no participant is named after its folder: nobody is taken for another.
    Raises `InputError` for words of which BIDS allows no letter in a name.
    """
    own = recorded.info
    words = {key: str(told.get(key) or own.get(key) or "").strip() for key in _ENTITIES}
    if not re.fullmatch("[0-9]*", run):
        raise InputError(f"--run is a number that counts recordings, not '{run}'.")
    folder = recorded.path.resolve().name
    subject = words["participant"] or _plain(folder)[:_LONGEST_LABEL] or "unnamed"
    return BidsName(
        participant=_label(subject, "participant"),
        session=_label(words["session"], "session") if words["session"] else "",
        task=_label(words["task"] or USUAL_TASK, "task"),
        run=run,
        told=words,
        recorded=folder,
    )


def check_names(root: Path, name: BidsName) -> None:
    """Raise `InputError` where a name stands for something else in the data set already.

    Two words can have the same label (`P-01` and `P01`), and some file systems take `p01` for
    `P01`. What a label stands for is told by the sidecars under it.
    """
    for parent, wanted in ((root, f"sub-{name.participant}"), (root / name.above, "beh")):
        _check_case(parent, wanted)
    if name.session:
        _check_case(root / name.above.parent, name.above.name)
    for sidecar in sorted(root.glob(f"sub-{name.participant}/**/*_physio.json")):
        recorded = read_object(sidecar).get(RECORDED)
        if not isinstance(recorded, Mapping):
            continue
        inside = sidecar.relative_to(root / f"sub-{name.participant}")
        same = {"participant": True, "session": inside.parts[0] == f"ses-{name.session}"}
        same["task"] = f"_task-{name.task}_" in sidecar.name
        for key in (key for key in _ENTITIES if same[key]):
            _check_meaning(root, name, key, recorded)


def recorded_as(files: Sequence[Path]) -> str:
    """Of which session some files of a data set were made, as far as their sidecars say."""
    for sidecar in (path for path in files if path.suffix == ".json"):
        recorded = read_object(sidecar).get(RECORDED)
        if isinstance(recorded, Mapping) and recorded.get("Folder"):
            return f"session {recorded['Folder']}"
    return "another export"


def _check_case(parent: Path, wanted: str) -> None:
    if parent.is_dir():
        for other in parent.iterdir():
            if other.name != wanted and other.name.casefold() == wanted.casefold():
                raise InputError(
                    f"{parent} holds {other.name}, which some computers take for {wanted}: "
                    "write both alike, or choose another name."
                )


def _check_meaning(root: Path, name: BidsName, key: str, other: Mapping[str, Any]) -> None:
    mine, theirs = name.told[key], str(other.get(key.capitalize()) or "")
    nobody = key == "participant" and not mine and not theirs
    if mine == theirs and not (nobody and other.get("Folder") != name.recorded):
        return
    label = f"{_ENTITIES[key]}-{getattr(name, key)}"
    raise InputError(
        f"{label} in {root} stands for '{theirs or other.get('Folder')}' already, and here it "
        f"would stand for '{mine or name.recorded}': give another --{key}."
    )


def read_object(path: Path) -> dict[str, Any]:
    """What a JSON file of a data set says. Raises `InputError` for one that is broken."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not a readable JSON file: repair or remove it.") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} contains no JSON object: repair or remove it.")
    return content


def _plain(text: str) -> str:
    """Letters without accents, and digits: what BIDS allows in a label."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^0-9A-Za-z]", "", plain)


def _label(text: str, what: str) -> str:
    label = _plain(text)
    if not label or len(label) > _LONGEST_LABEL:
        raise InputError(
            f"The {what} '{text}' gives no BIDS label: name it with --{what} by 1 to "
            f"{_LONGEST_LABEL} letters (A to Z) and digits."
        )
    return label
