"""What a BIDS data set holds beside its recordings: description, participants, lists of files.

Everything here may be edited by the people who own the data: what is there is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...model.errors import InputError
from ...model.system.file_lock import one_at_a_time
from ...model.version import __version__
from .bids_names import BidsName, read_object
from .folder import as_json, replace_file

VERSION = "1.11.1"
HED_VERSION = "8.4.0"
_MOST_BYTES = 50_000_000
_PATIENCE_SECONDS = 60.0
_UNKNOWN = "n/a"
_README = """\
# Valence and arousal from facial expression

The recordings in `beh` folders are estimates of the facial expression in a video, made by
avce-live: what viewers would say that a face shows, not what the person feels. A recording is one
face (`recording-face0` and so on; a face number is no identity). Its JSON file names the columns,
the model, the settings, and the session that it was made of.

Samples are evenly spaced: linear between readings, `n/a` where the face was not followed. Markers
are in the `events.tsv` files. `StartTime` and `onset` are seconds on the clock of the source: the
presentation time of a video file, or the time since a camera was opened.

Who was recorded, in which task and under which licence is for you to add: here, in
`dataset_description.json`, in `participants.tsv` and in the `task-*_events.json` files. What you
write there is kept when more sessions are exported into this folder.
"""


@contextmanager
def alone_in(root: Path) -> Iterator[None]:
    """Make the folder of a data set, and hold it while a session goes into it."""
    root.mkdir(parents=True, exist_ok=True)
    busy = f"Another export into {root} has not ended: wait for it, then try again."
    with one_at_a_time(root / ".avce-live.lock", patience=_PATIENCE_SECONDS, refusal=busy):
        yield


def describe(root: Path, name: BidsName, operator: str) -> list[Path]:
    """Write what every data set must say of itself, where it does not yet; returns the files.

    Raises `InputError` for a `dataset_description.json` that is broken.
    """
    description = root / "dataset_description.json"
    made = []
    if description.exists():
        read_object(description)
    else:
        made.append(_write(description, _description(root, operator)))
    if not any(root.glob("README*")):
        readme = root / "README.md"
        replace_file(readme, _README.encode())
        made.append(readme)
    return made


def describe_task(root: Path, name: BidsName) -> Path | None:
    """Write what is known of the markers of a task, once for the data set; the file, if new.

    By the inheritance principle of BIDS it goes for the task's events of all participants.
    """
    path = root / f"task-{name.task}_events.json"
    if path.exists():
        read_object(path)
        return None
    words = name.told["task"] or name.task
    content = {
        "TaskName": words,
        "TaskDescription": f"Facial expression is recorded during: {words}",
        "Instructions": _UNKNOWN,
        "CogAtlasID": _UNKNOWN,
        "CogPOID": _UNKNOWN,
        "InstitutionName": _UNKNOWN,
        "InstitutionAddress": _UNKNOWN,
        "InstitutionalDepartmentName": _UNKNOWN,
        "StimulusPresentation": {"SoftwareName": _UNKNOWN},
        "onset": {"Description": "Time of the marker on the clock of the source", "Units": "s"},
        "duration": {"Description": "A marker is a moment and has no duration", "Units": "s"},
        "trial_type": {"Description": "What the marker says, in the words given"},
    }
    return _write(path, content)


def add_participant(root: Path, name: BidsName) -> Path | None:
    """Give a participant a row in `participants.tsv`; the file, if it changed."""
    path = root / "participants.tsv"
    known = {"participant_id": f"sub-{name.participant}", "species": "homo sapiens"}
    usual = ["participant_id", "species", "age", "sex", "handedness"]
    header, rows = _read_table(path, usual)
    if any(row[0] == known["participant_id"] for row in rows):
        return None
    rows.append([known.get(column, _UNKNOWN) for column in header])
    return _write_table(path, header, rows)


def list_files(
    root: Path, name: BidsName, files: Sequence[Path], gone: Sequence[Path], moment: str | None
) -> Path:
    """List a session's files, with the moment of its first reading (ISO 8601), in `scans.tsv`.

    `gone` are files that an earlier export had listed and that are no more.
    """
    path = root / name.above / f"{name.visit}_scans.tsv"
    header, rows = _read_table(path, ["filename", "acq_time"])
    forget = {_listed(root, name, file) for file in [*files, *gone]}
    rows = [row for row in rows if row[0] not in forget]
    for file in files:
        known = {"filename": _listed(root, name, file), "acq_time": moment or _UNKNOWN}
        rows.append([known.get(column, _UNKNOWN) for column in header])
    return _write_table(path, header, rows)


def _description(root: Path, operator: str) -> dict[str, Any]:
    return {
        "Name": f"Valence and arousal from facial expression ({root.resolve().name})",
        "BIDSVersion": VERSION,
        # There are no tags yet; by these those are checked that the owner of the data adds.
        "HEDVersion": HED_VERSION,
        "DatasetType": "raw",
        "License": _UNKNOWN,
        "Authors": [operator or _UNKNOWN],
        "GeneratedBy": [
            {
                "Name": "avce-live",
                "Version": __version__,
                "Description": "Estimates valence and arousal of the faces in a video.",
            }
        ],
        "SourceDatasets": [],
    }


def _listed(root: Path, name: BidsName, file: Path) -> str:
    return file.relative_to(root / name.above).as_posix()


def _read_table(path: Path, usual: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a TSV file, the usual header where there is none yet."""
    if not path.exists():
        return list(usual), []
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError
        lines = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except ValueError as error:
        raise InputError(f"{path} is not UTF-8 text: save it as UTF-8, then try again.") from error
    header, *rows = (line.split("\t") for line in lines)
    if usual[0] not in header[:1]:
        raise InputError(f"{path} does not begin with a column {usual[0]}: fix it first.")
    return header, [row for row in rows if row != [""]]


def _write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    text = "".join("\t".join(row) + "\n" for row in [header, *rows])
    replace_file(path, text.encode())
    return path


def _write(path: Path, content: Mapping[str, Any]) -> Path:
    replace_file(path, as_json(content))
    return path
