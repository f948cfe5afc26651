"""Sessions for other programs: Parquet, CSV for spreadsheets, and BIDS data sets."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from ...model.system.whole_file import whole_file
from .arrow import arrow_table
from .bids import export_bids
from .bids_names import bids_name
from .reader import EVENTS, FRAMES, INFO, Session, read_session
from .rows import Columns, table

FORMATS = ("parquet", "csv", "bids")
ABOUT_ROWS = ("participant", "session", "condition", "task")
"""What the last columns of a CSV export tell of its session, so that tables can be joined."""
JUDGED = (
    *("valence_smooth", "arousal_smooth", "valence_relative", "arousal_relative"),
    *("valence_smooth_halfwidth", "arousal_smooth_halfwidth"),
)
"""The columns that a reading of too little quality has no value in."""
RECORD = (EVENTS, FRAMES, INFO)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How a session is exported.

    Args:
        overwrite: replace existing files.
        participant, session, task: what BIDS names the files by, not the session's own words.
        run: which of several recordings of the same participant, session and task it is (BIDS).
        rate: samples a second (BIDS); None takes that of the readings.
        min_quality: leave the smoothed and relative values of readings of less quality blank.
    """

    overwrite: bool = False
    participant: str = ""
    session: str = ""
    task: str = ""
    run: str = ""
    rate: float | None = None
    min_quality: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.min_quality <= 1.0:
            raise InputError(f"--min-quality lies between 0 and 1, not at {self.min_quality:g}.")


def blanked(session: Session, min_quality: float) -> Session:
    """The session without the smoothed and relative values of readings of less quality.

    Raw estimates and all rows stay, as when it is recorded with `--min-quality`; a reading without
    a quality, as older sessions have, is kept whole. `info` says it, as "export".
    """
    if not min_quality:
        return session
    poor = session.readings["quality"] < min_quality
    judged = {name: np.where(poor, np.float32(np.nan), session.readings[name]) for name in JUDGED}
    info = {**session.info, "export": {"min_quality": min_quality}}
    return replace(session, readings={**session.readings, **judged}, info=info)


def export_session(
    path: Path | str,
    format: str,  # noqa: A002
    out: Path | None = None,
    options: ExportOptions | None = None,
) -> list[Path]:
    """Export a session folder; returns the files that were written.

    Args:
        path: the session's folder.
        format: one of `FORMATS`.
        out: the file, or the folder of a BIDS data set; None writes into the session's folder. A
            folder given for a file gets one named after the session.
        options: how; the usual way for None.

    Nothing is overwritten unasked. Raises `InputError` for what cannot be exported or written.
    """
    options = options or ExportOptions()
    if format not in FORMATS:
        raise InputError(f"There is no export to '{format}': choose {', '.join(FORMATS)}.")
    session = blanked(read_session(path), options.min_quality)
    if session.growing:
        raise InputError(f"{session.path} is still being recorded: export it once it has ended.")
    try:
        if format == "bids":
            told = {key: getattr(options, key) for key in ("participant", "session", "task")}
            name = bids_name(session, told, options.run)
            target = out or session.path / "bids"
            return export_bids(
                session, target, name, rate=options.rate, overwrite=options.overwrite
            )
        own = "frames.parquet" if format == "parquet" else f"{session.path.resolve().name}.csv"
        target = out or session.path / own
        if target.is_dir():
            target /= f"{session.path.resolve().name}.{format}"
        target.parent.mkdir(parents=True, exist_ok=True)
        export = {"parquet": export_parquet, "csv": export_csv}[format]
        return export(session, target, overwrite=options.overwrite)
    except OSError as error:
        where = error.filename or out or session.path
        raise InputError(f"{where} cannot be written ({error.strerror or error}).") from error


def export_parquet(session: Session, out: Path, *, overwrite: bool = False) -> list[Path]:
    """Write all rows as one Parquet file; returns it in a list.

    The columns are those of `frames.csv`, missing values are null; each has its unit and its
    description as metadata. `session.json` and the markers are in the file's metadata as JSON,
    `avce.session` and `avce.events`. Raises `InputError` where the file is there.
    """
    from pyarrow import parquet

    events = [asdict(event) for event in session.events]
    metadata = {"avce.session": json.dumps(session.info), "avce.events": json.dumps(events)}
    content = arrow_table(session.with_people(), metadata)
    with _new_file(out, overwrite) as part:
        parquet.write_table(content, part, compression="zstd")
    return [out]


def export_csv(
    session: Session,
    out: Path,
    *,
    rows: NDArray[np.intp] | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Write readings as one CSV file; returns it in a list.

    The columns and digits are those of `frames.csv`, then those of `ABOUT_ROWS`. `rows` are the
    numbers of the readings to write, None for all. Raises `InputError` where the file is there.
    """
    content = session.with_people()
    chosen: Columns = {
        name: values if rows is None else values[rows] for name, values in content.items()
    }
    count = len(chosen["frame"])
    for name in (name for name in ABOUT_ROWS if name not in chosen):
        chosen[name] = np.full(count, str(session.info.get(name) or ""), object)
    with _new_file(out, overwrite) as part:
        part.write_bytes(table(chosen))
    return [out]


def _new_file(out: Path, overwrite: bool) -> AbstractContextManager[Path]:
    """A file to write to. Raises `InputError` for one of a recording: that is never replaced."""
    if out.name in RECORD and (out.parent / FRAMES).exists():
        raise InputError(f"{out} is a recording itself: choose another name for the export.")
    return whole_file(out, overwrite=overwrite)
