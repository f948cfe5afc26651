"""Recordings of a BIDS data set that `avce-live export --format bids` wrote, read as sessions.

A data set holds samples on a regular grid, linear between the readings, and each face from its
first to its last one: `frame` counts samples from the first face on, and there are no frames before
it or after the last face.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from ...model.session_people import People
from ..analysis.reading import COLUMN, COLUMNS
from .bids import MOST_SAMPLES
from .bids_names import RECORDED, read_object
from .reader import FORMAT, Session
from .rows import Columns

_FILE: Final = re.compile(r"(sub-.+)_recording-face(\d{1,9})_physio\.tsv\.gz")
_NEEDED: Final = ("valence", "arousal")
_ABOUT: Final = ("Participant", "Session", "Condition", "Task", "Operator", "Note")


def find_bids(folder: Path) -> list[Path]:
    """The recordings in a data set: of each, the path that its files' names begin with."""
    found = {
        path.with_name(match[1])
        for path in folder.rglob("sub-*_physio.tsv.gz")
        if (match := _FILE.fullmatch(path.name))
    }
    return sorted(found)


def files_of(recording: Path) -> list[Path]:
    """The tables of a recording, a face each."""
    pattern = f"{glob.escape(recording.name)}_recording-face*_physio.tsv.gz"
    return sorted(path for path in recording.parent.glob(pattern) if _FILE.fullmatch(path.name))


def read_bids(recording: Path) -> Session:
    """A recording of a data set as a session without markers: they stand in a file of events.

    Raises `InputError` for a file that is broken or was not written by this program.
    """
    faces = [_read_face(path) for path in files_of(recording)]
    if not faces:
        raise InputError(f"{recording} has no table of a face (_recording-face0_physio.tsv.gz).")
    rate = faces[0].rate
    if any(abs(face.rate - rate) > 1e-6 * rate for face in faces):
        raise InputError(f"{recording}: its faces have different sampling frequencies.")
    first = faces[0].sidecar
    told = first.get(RECORDED)
    told = told if isinstance(told, dict) else {}
    damaged = told.get("Damaged")
    info: dict[str, Any] = {
        "format": FORMAT,
        "status": "complete",
        **{key.lower(): str(told.get(key) or "") for key in _ABOUT},
        **{key.lower(): _object(first.get(key)) for key in ("Source", "Model", "Smoothing")},
        "baselines": {
            str(face.number): face.sidecar["Baseline"]
            for face in faces
            if isinstance(face.sidecar.get("Baseline"), dict)
        },
    }
    names = {face.number: face.sidecar.get("FaceName") for face in faces}
    return Session(
        recording,
        info,
        _joined(faces, rate),
        damaged=tuple(map(str, damaged)) if isinstance(damaged, list) else (),
        people=People({number: str(name) for number, name in names.items() if name}),
    )


class _Face:
    """The samples of a face, and what its sidecar says."""

    def __init__(
        self, number: int, sidecar: dict[str, Any], rate: float, start: float, values: Columns
    ) -> None:
        self.number, self.sidecar, self.rate, self.start = number, sidecar, rate, start
        self.values = values
        self.seen: NDArray[np.bool_] = np.isfinite(values["valence"]) & np.isfinite(
            values["arousal"]
        )


def _object(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _read_face(path: Path) -> _Face:
    import pyarrow as pa
    from pyarrow import csv

    match = _FILE.fullmatch(path.name)
    assert match is not None
    sidecar_path = path.with_name(path.name.removesuffix(".tsv.gz") + ".json")
    if not sidecar_path.is_file():
        raise InputError(f"{sidecar_path} is missing: it names the columns of {path.name}.")
    sidecar = read_object(sidecar_path)
    rate, start = (_number(sidecar_path, sidecar, k) for k in ("SamplingFrequency", "StartTime"))
    if rate <= 0:
        raise InputError(f"{sidecar_path}: SamplingFrequency must be above 0, not {rate:g}.")
    names = sidecar.get("Columns")
    if not isinstance(names, list) or not {*_NEEDED} <= {*map(str, names)}:
        raise InputError(f"{sidecar_path}: Columns must name {' and '.join(_NEEDED)}.")
    names = [*map(str, names)]
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.float64()),
        null_values=["n/a", ""],
        strings_can_be_null=True,
    )
    try:
        with pa.input_stream(str(path), compression="gzip") as stream:
            parts, rows = [], 0
            reader = csv.open_csv(
                stream,
                csv.ReadOptions(column_names=names),
                csv.ParseOptions(delimiter="\t"),
                options,
            )
            for part in reader:
                parts.append(part)
                rows += len(part)
                if rows > MOST_SAMPLES:
                    raise InputError(f"{path} has more than {MOST_SAMPLES:.3g} samples.")
        table = pa.Table.from_batches(parts)
        values = {name: table[name].to_numpy() for name in names}
    except (OSError, ValueError, KeyError) as error:
        # pyarrow's errors are of these kinds; theirs may run over several lines.
        raise InputError(f"{path} cannot be read ({str(error).splitlines()[0]}).") from error
    return _Face(int(match[2]), sidecar, rate, start, values)


def _number(path: Path, sidecar: dict[str, Any], key: str) -> float:
    value = sidecar.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InputError(f"{path}: {key} must be a number.")
    return float(value)


def _joined(faces: Sequence[_Face], rate: float) -> Columns:
    """The rows of all faces by time, and a row without a face for each sample that has none."""
    start = min(face.start for face in faces)
    samples = [np.arange(len(face.seen)) + round((face.start - start) * rate) for face in faces]
    last = max((int(each[-1]) for each in samples if len(each)), default=-1)
    empty = np.ones(last + 1, bool)
    for face, each in zip(faces, samples, strict=True):
        empty[each[face.seen]] = False
    gaps = np.flatnonzero(empty)
    frame = np.concatenate([*(s[f.seen] for f, s in zip(faces, samples, strict=True)), gaps])
    numbers = np.concatenate([*(np.full(f.seen.sum(), f.number) for f in faces), gaps * 0 - 1])
    times = np.concatenate(
        [
            *(f.start + np.flatnonzero(f.seen) / rate for f in faces),
            start + gaps / rate,
        ]
    )
    order = np.lexsort((numbers, frame))
    known = {"frame": frame, "timestamp": times, "face_id": numbers, "success": numbers >= 0}
    more = dict.fromkeys(name for face in faces for name in face.values)
    names = [*(column.name for column in COLUMNS), *(n for n in more if n not in COLUMN)]
    return {
        name: (known[name] if name in known else _column(name, faces, len(gaps)))[order]
        for name in names
    }


def _column(name: str, faces: Sequence[_Face], gaps: int) -> NDArray[Any]:
    """A measured column over the faces' rows, then as many without a face."""
    if name in COLUMN and COLUMN[name].dtype == "str":
        return np.full(sum(int(face.seen.sum()) for face in faces) + gaps, "", object)
    parts = [
        face.values[name][face.seen] if name in face.values else np.full(face.seen.sum(), np.nan)
        for face in faces
    ]
    values = np.concatenate([*parts, np.full(gaps, np.nan)])
    return values.astype(COLUMN[name].dtype) if name in COLUMN else values
