"""A session as recordings of a BIDS data set: evenly spaced samples, each face a file, its markers.

The standard is BIDS 1.11.1, "Physiological recordings" and "Behavioral recordings": a header-less
`*_physio.tsv.gz` with a JSON sidecar, in the participant's folder `beh`.
"""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from ...model.system.whole_file import TakenError
from ...model.version import __version__
from ..analysis.reading import COLUMN, FIELDS, Column
from ..settings import ABOUT
from .bids_dataset import (
    add_participant,
    alone_in,
    describe,
    describe_task,
    list_files,
)
from .bids_names import RECORDED, BidsName, check_names, recorded_as
from .curves import Curve, usual_rate
from .folder import as_json
from .reader import Session

MOST_FACES = 1_000
MOST_SAMPLES = 20_000_000
_USUAL_RATE = 30.0
_MOST_RATE = 10_000.0
_LIKE = 1e-3
_CHUNK = 50_000
_PARTS = ".avce-live-parts"


@dataclass(frozen=True, slots=True)
class _Grid:
    """Evenly spaced moments `start + i / rate` (s) of the session's clock."""

    start: float
    rate: float

    def inside(self, first: float, last: float) -> range:
        """The numbers of the moments between two times."""
        low, high = ((at - self.start) * self.rate for at in (first, last))
        return range(int(np.ceil(low - 1e-6)), int(np.floor(high + 1e-6)) + 1)

    def times(self, numbers: range) -> NDArray[np.float64]:
        return self.start + np.asarray(numbers) / self.rate


def export_bids(
    session: Session,
    root: Path,
    name: BidsName,
    *,
    rate: float | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Put a session into a data set; returns the files that were written.

    Args:
        session: what to export.
        root: the data set's folder; made if it is not there.
        name: what the session is called in it.
        rate: samples a second; None takes that of the readings.
        overwrite: replace what an earlier export left under this name.

    Each face begins at its first sample, `StartTime` seconds on the session's clock, and ends with
    its last one; samples are linear between readings and n/a where the face was not followed. The
    same session gives the same bytes. Several exports into one folder wait for each other.

    Raises `TakenError` where the names are taken, `InputError` where they stand for something
    else, for more faces than `MOST_FACES` or more samples than `MOST_SAMPLES`, and for a file of
    the data set that is broken.
    """
    session = session.by_person()
    faces = _rows_of_faces(session)
    grid = _grid(session, rate)
    spans = _spans(session, faces, grid)
    with alone_in(root):
        check_names(root, name)
        taken = name.taken(root)
        if taken and not overwrite:
            raise TakenError(
                f"{root} has {taken[0].name} already, of {recorded_as(taken)}: give a further "
                "recording of this participant, session and task a number (--run 2), or replace "
                "it (--overwrite)."
            )
        parts = root / _PARTS
        # Nobody else is here: these are of an export that was killed.
        shutil.rmtree(parts, ignore_errors=True)
        try:
            parts.mkdir()
            _write_faces(session, faces, spans, grid, name, parts)
            if session.events:
                (parts / f"{name.stem}_events.tsv").write_bytes(_events(session))
            return _put_in_place(session, root, name, taken)
        finally:
            shutil.rmtree(parts, ignore_errors=True)


def _put_in_place(
    session: Session, root: Path, name: BidsName, taken: Sequence[Path]
) -> list[Path]:
    general = describe(root, name, str(session.info.get("operator") or ""))
    general += [path for path in (add_participant(root, name),) if path]
    if session.events:
        general += [path for path in (describe_task(root, name),) if path]
    folder = root / name.folder
    folder.mkdir(parents=True, exist_ok=True)
    parts = sorted((root / _PARTS).iterdir(), key=_place)
    files = [folder / part.name for part in parts]
    gone = [path for path in taken if path not in files]
    tables = [path for path in files if path.suffix != ".json"]
    # Before they are there: what follows takes no room, so that a full disk leaves none of them.
    listed = list_files(root, name, tables, gone, _moment(session))
    for part, file in zip(parts, files, strict=True):
        os.replace(part, file)
    for path in gone:
        path.unlink()
    return [*files, listed, *general]


def _place(path: Path) -> tuple[bool, int, bool]:
    """Faces in the order of their numbers, a table before its sidecar; the markers at the end."""
    face = path.name.partition("_recording-face")[2].partition("_")[0]
    return not face, int(face or 0), path.suffix == ".json"


def _rows_of_faces(session: Session) -> dict[int, NDArray[np.intp]]:
    """The rows of each face, by its number."""
    rows = np.flatnonzero(session.readings["success"])
    numbers = session.readings["face_id"][rows]
    rows = rows[np.argsort(numbers, kind="stable")]
    faces, starts = np.unique(np.sort(numbers), return_index=True)
    if not len(faces):
        raise InputError(f"{session.path} contains no face: there is nothing to export to BIDS.")
    if len(faces) > MOST_FACES:
        raise InputError(
            f"{session.path} holds {len(faces)} faces; a BIDS export takes up to {MOST_FACES}: "
            "use --format parquet or csv, which have no limit."
        )
    parts = np.split(rows, starts[1:])
    return {int(face): part for face, part in zip(faces, parts, strict=True)}


def _grid(session: Session, rate: float | None) -> _Grid:
    times = session.readings["timestamp"]
    if rate is None:
        rate = usual_rate(times) or _USUAL_RATE
        stated = (session.info.get("source") or {}).get("rate")
        # A file's own rate has more digits, and is right where the readings agree.
        alike = isinstance(stated, int | float) and abs(stated - rate) < _LIKE * rate
        rate = float(stated or 0) if alike else round(rate, 3)
    if not 0 < rate <= _MOST_RATE:
        raise InputError(f"--rate must be above 0 and up to {_MOST_RATE:g} a second, not {rate}.")
    return _Grid(float(times.min()), rate)


def _spans(
    session: Session, faces: Mapping[int, NDArray[np.intp]], grid: _Grid
) -> dict[int, range]:
    """The samples of each face. Raises `InputError` where they are too many."""
    times = session.readings["timestamp"]
    ends = {face: (times[rows].min(), times[rows].max()) for face, rows in faces.items()}
    total = sum((last - first) * grid.rate + 1 for first, last in ends.values())
    if total > MOST_SAMPLES:
        first, last = max(ends.values(), key=lambda each: each[1] - each[0])
        raise InputError(
            f"{session.path} would give {total:.3g} samples at {grid.rate:g} a second, of up to "
            f"{last - first:.0f} s a face; a BIDS export takes up to {MOST_SAMPLES:.3g}: give "
            "a lower --rate, or use --format parquet or csv."
        )
    return {face: grid.inside(*each) for face, each in ends.items()}


def _write_faces(
    session: Session,
    faces: Mapping[int, NDArray[np.intp]],
    spans: Mapping[int, range],
    grid: _Grid,
    name: BidsName,
    folder: Path,
) -> None:
    columns = _measured(session)
    for face, rows in faces.items():
        own, span = grid, spans[face]
        if not span:
            # Seen between two samples alone: a sample at its first reading.
            own, span = _Grid(float(session.readings["timestamp"][rows].min()), grid.rate), range(1)
        stem = f"{name.stem}_recording-face{face}_physio"
        _write_samples(session, rows, columns, own, span, folder / f"{stem}.tsv.gz")
        sidecar = _sidecar(session, name, columns, face, own.rate, own.times(span[:1])[0])
        (folder / f"{stem}.json").write_bytes(as_json(sidecar))


def _write_samples(
    session: Session,
    rows: NDArray[np.intp],
    names: Sequence[str],
    grid: _Grid,
    span: range,
    path: Path,
) -> None:
    """Write the samples of one face, some at a time."""
    import pyarrow as pa
    from pyarrow import csv

    times = session.readings["timestamp"][rows]
    curves = {name: Curve(times, session.readings[name][rows]) for name in names}
    single = {name for name in names if session.readings[name].dtype == np.float32}
    options = csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    # Neither a name nor a time in the header, so that the same samples give the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 4, raw, mtime=0) as out:
        for start in range(0, len(span), _CHUNK):
            at = grid.times(span[start : start + _CHUNK])
            cells = {}
            for name, curve in curves.items():
                values = curve.at(at)
                values = values.astype(np.float32) if name in single else values
                texts = pa.array(values, from_pandas=True).cast(pa.string())
                cells[name] = texts.fill_null("n/a")
            csv.write_csv(pa.table(cells), out, options)


def _measured(session: Session) -> list[str]:
    """The columns of numbers of which there are any, the estimates first."""
    first = FIELDS.index("valence")
    known = [*FIELDS[first:], *FIELDS[:first]]
    names = [*known, *(name for name in session.readings if name not in FIELDS)]
    counted = {name for name in FIELDS if COLUMN[name].dtype != "float32"}
    return [
        name
        for name in names
        if name not in counted
        and session.readings[name].dtype.kind in "fi"
        and np.isfinite(session.readings[name]).any()
    ]


def _events(session: Session) -> bytes:
    # No tab and no line end may stand in a cell.
    rows = [
        (
            event.timestamp,
            f"{event.timestamp!r}\t{event.duration if event.duration else 'n/a'}\t"
            f"{' '.join(event.label.split()) or 'n/a'}\n",
        )
        for event in session.events
    ]
    text = "".join(line for _, line in sorted(rows, key=lambda row: row[0]))
    return ("onset\tduration\ttrial_type\n" + text).encode("utf-8", "replace")


def _moment(session: Session) -> str | None:
    """When the first reading of a live source was taken, in UTC; None for a file, of which nobody
    knows."""
    origin = (session.info.get("clock") or {}).get("origin")
    try:
        zero = datetime.fromisoformat(str(origin))
        first = zero + timedelta(seconds=float(session.readings["timestamp"].min()))
    except (TypeError, ValueError, OverflowError):
        return None
    return first.strftime("%Y-%m-%dT%H:%M:%S.%f") + ("Z" if first.tzinfo else "")


def _described(name: str) -> dict[str, Any]:
    """What a sidecar says of a column, also of one that a newer version added."""
    column = COLUMN.get(name) or Column(
        name, "float64", "arbitrary", "Column that this version of avce-live does not know"
    )
    ends = {"Minimum": column.low, "Maximum": column.high}
    return {
        "Description": column.description,
        "Format": "number",
        "Units": column.unit or "arbitrary",
        **{key: end for key, end in ends.items() if np.isfinite(end)},
    }


def _sidecar(
    session: Session, name: BidsName, columns: Sequence[str], face: int, rate: float, start: float
) -> dict[str, Any]:
    info = session.info
    told = {key: info.get(key) or "" for key in ABOUT} | dict(name.told)
    model = info.get("model") or {}
    return {
        "SamplingFrequency": rate,
        "StartTime": float(start),
        "Columns": list(columns),
        "PhysioType": "generic",
        "TaskName": name.told["task"] or name.task,
        "Manufacturer": "avce-live",
        "ManufacturersModelName": model.get("file") or "n/a",
        "SoftwareVersions": str(info.get("app_version") or __version__),
        "Description": "Valence and arousal estimated from the face in a frame: the look of an "
        "expression, not what a person feels.",
        "FaceNumber": face,
        **({"FaceName": session.people.name(face)} if session.people.name(face) else {}),
        "Source": info.get("source"),
        "Model": info.get("model"),
        "Smoothing": info.get("smoothing"),
        "Baseline": (info.get("baselines") or {}).get(str(face)),
        **_other_baselines(session, face),
        "ClockOrigin": (info.get("clock") or {}).get("origin"),
        RECORDED: {
            "Folder": name.recorded,
            "Started": info.get("started"),
            "Status": info.get("status"),
            "Damaged": list(session.remarks),
            **{key.capitalize(): words for key, words in told.items()},
        },
        **{column: _described(column) for column in columns},
    }


def _other_baselines(session: Session, face: int) -> dict[str, Any]:
    """What else relative values of this person were compared with: earlier baselines, and those of
    numbers that are the same person."""
    now, earlier = (session.info.get(key) or {} for key in ("baselines", "earlier_baselines"))
    found = [{**each, "face_id": int(i)} for i, each in now.items() if i != str(face)]
    own = [each for each in (*found, *earlier) if session.people.of(each["face_id"]) == face]
    return {"OtherBaselines": own} if own else {}
