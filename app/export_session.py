"""Sessions for other programs: Parquet, and physiological recordings in the style of BIDS."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..model.errors import InputError, MissingExtraError
from ..model.version import __version__
from .reading import FIELDS
from .resampling import resample
from .session_files import replace_file
from .session_reading import Session, read_session

_ESTIMATE = "-1 to 1"
_COLUMNS: Mapping[str, tuple[str, str]] = {
    "valence": ("Estimated valence of the facial expression, as the network gave it", _ESTIMATE),
    "arousal": ("Estimated arousal of the facial expression, as the network gave it", _ESTIMATE),
    "valence_smooth": ("Valence after the One-Euro filter", _ESTIMATE),
    "arousal_smooth": ("Arousal after the One-Euro filter", _ESTIMATE),
    "valence_relative": ("Valence less that of the person's neutral baseline", "-2 to 2"),
    "arousal_relative": ("Arousal less that of the person's neutral baseline", "-2 to 2"),
    "confidence": ("Confidence of the face detection", "0 to 1"),
}
_DEFAULT_RATE = 30.0
_MOST_SAMPLES = 50_000_000


def export_parquet(session: Session, out: Path) -> list[Path]:
    """Write all rows as one Parquet file; returns it in a list.

    The columns are those of `frames.csv`, missing values are null. `session.json` and the markers
    are in the file's metadata as JSON, `avce.session` and `avce.events`.

    Raises `MissingExtraError` without pyarrow.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("The Parquet export", "parquet") from error
    columns = {name: pa.array(session.readings[name], from_pandas=True) for name in FIELDS}
    events = [asdict(event) for event in session.events]
    table = pa.table(columns).replace_schema_metadata(
        {"avce.session": json.dumps(session.info), "avce.events": json.dumps(events)}
    )
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, compression="zstd")
    replace_file(out, buffer.getvalue())
    return [out]


def export_bids(
    session: Session,
    out_dir: Path,
    *,
    rate: float | None = None,
    subject: str = "01",
    task: str = "expression",
) -> list[Path]:
    """Write one `*_physio.tsv.gz` with its JSON sidecar a face, and the markers; returns the files.

    Args:
        session: what to export.
        out_dir: made if it is not there.
        rate: samples a second; None takes the source's own, or that of the rows.
        subject, task: labels of the file names.

    Samples stand at `StartTime + i / SamplingFrequency` seconds of the session's clock, the same
    for all faces, linear between readings and n/a where the face was not followed. The same
    session gives the same bytes.
    """
    if not session.faces:
        raise InputError(f"{session.path} holds no face: there is nothing to export to BIDS.")
    rate = _usual_rate(session) if rate is None else rate
    times = session.readings["timestamp"]
    start, length = float(times.min()), float(times.max() - times.min())
    if not 0 < rate <= 10_000 or length * rate > _MOST_SAMPLES:
        raise InputError(f"{rate} samples a second cannot be made of {length:.0f} s: give another.")
    grid = start + np.arange(int(length * rate + 1e-6) + 1) / rate
    stem = f"sub-{_label(subject)}_task-{_label(task)}"
    out_dir.mkdir(parents=True, exist_ok=True)
    files = []
    for face_id in session.faces:
        own = session.of_face(face_id)
        columns = [resample(own["timestamp"], own[name], grid) for name in _COLUMNS]
        lines = ("\t".join(map(_cell, cells)) + "\n" for cells in zip(*columns, strict=True))
        data = gzip.compress("".join(lines).encode(), mtime=0)
        name = f"{stem}_recording-face{face_id}_physio"
        files += [out_dir / f"{name}.tsv.gz", out_dir / f"{name}.json"]
        replace_file(files[-2], data)
        replace_file(files[-1], _json(_sidecar(session, face_id, rate, start)))
    if session.events:
        files.append(out_dir / f"{stem}_events.tsv")
        # No tab and no line end may stand in a cell.
        rows = [
            f"{e.timestamp!r}\tn/a\t{' '.join(e.label.split()) or 'n/a'}" for e in session.events
        ]
        text = "\n".join(["onset\tduration\ttrial_type", *rows]) + "\n"
        replace_file(files[-1], text.encode())
    return files


def export_session(path: Path | str, format: str, out: Path | None = None) -> list[Path]:  # noqa: A002
    """Export a session folder; returns the files that were written.

    Args:
        path: the session's folder.
        format: "parquet" or "bids".
        out: the file (Parquet) or folder (BIDS); None writes into the session's folder. A folder
            given for Parquet gets a file named after the session.
    """
    exporters: dict[str, Callable[[Session, Path], list[Path]]] = {
        "parquet": export_parquet,
        "bids": export_bids,
    }
    if format not in exporters:
        raise InputError(f"There is no export to '{format}': choose {' or '.join(exporters)}.")
    session = read_session(path)
    if format == "parquet":
        target = out or session.path / "frames.parquet"
        if target.is_dir():
            target /= f"{session.path.resolve().name}.parquet"
    else:
        target = out or session.path / "bids"
    try:
        if format == "parquet":
            target.parent.mkdir(parents=True, exist_ok=True)
        return exporters[format](session, target)
    except OSError as error:
        raise InputError(f"{target} cannot be written ({error.strerror or error}).") from error


def _usual_rate(session: Session) -> float:
    rate = (session.info.get("source") or {}).get("rate")
    if isinstance(rate, int | float) and np.isfinite(rate) and rate > 0:
        return float(rate)
    steps = np.diff(session.readings["timestamp"])
    steps = steps[steps > 0]
    return round(1.0 / float(np.median(steps)), 3) if len(steps) else _DEFAULT_RATE


def _label(text: str) -> str:
    """BIDS allows letters and digits alone in a label."""
    label = re.sub(r"[^0-9A-Za-z]", "", text)
    if not label:
        raise InputError(f"'{text}' is no BIDS label: use letters and digits.")
    return label


def _cell(value: float) -> str:
    return "n/a" if np.isnan(value) else str(np.float32(value))


def _sidecar(session: Session, face_id: int, rate: float, start: float) -> dict[str, Any]:
    info = session.info
    described = {
        name: {"Description": text, "Units": "arbitrary", "Range": span}
        for name, (text, span) in _COLUMNS.items()
    }
    return {
        "SamplingFrequency": rate,
        "StartTime": start,
        "Columns": list(_COLUMNS),
        "Manufacturer": "avce-live",
        "SoftwareVersions": str(info.get("app_version") or __version__),
        "Description": "Valence and arousal estimated from the face in a picture: the look of an "
        "expression, not what a person feels.",
        "FaceNumber": face_id,
        "Model": info.get("model"),
        "Smoothing": info.get("smoothing"),
        "Baseline": (info.get("baselines") or {}).get(str(face_id)),
        "ClockOrigin": (info.get("clock") or {}).get("origin"),
        **described,
    }


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
