"""One Parquet data set of all files of a batch, in place of a session folder for each.

A file `readings/PARTICIPANT/NAME-....parquet` for each input, or part of one. Any program that
knows Parquet reads the folder as one table, and some ten thousand files of it at once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from ...model.system.whole_file import whole_file
from ..session.arrow import arrow_table
from ..session.reader import Session
from ..settings import ABOUT

FOLDER, CURVES = "readings", "curves"
NOBODY = "nobody"
"""The folder of files of which no participant was said."""
TELLS = ("input", "start", "end", *ABOUT, "model_sha256")
"""Columns before those of the readings: which file, and what it is about. All are text."""


def part_name(source: str, start: float | None, end: float | None) -> str:
    """The name of an input's part in the data set: the same in every run, another for any other."""
    stem = re.sub(r"[^\w.-]+", "-", Path(source).stem)[:60].strip("-.") or "file"
    key = "\0".join((source, "" if start is None else str(start), "" if end is None else str(end)))
    return f"{stem}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def is_part_name(name: str) -> bool:
    """Whether it is one that `part_name` gives."""
    return re.fullmatch(r"[\w.-]+-[0-9a-f]{12}", name) is not None


def write_part(out: Path, session: Session, tells: Mapping[str, str], name: str) -> str:
    """Write the readings of a session as a part of the data set; returns its path in `out`.

    It takes the place of the same input's part, of another participant too: no reading is in the
    data set twice. Nobody sees half of a part. Raises `OSError` where it cannot be written.
    """
    import pyarrow as pa
    from pyarrow import parquet

    table = arrow_table(session.readings)
    count = table.num_rows
    for at, column in enumerate(TELLS):
        # A text for all rows costs some bytes.
        text = pa.DictionaryArray.from_arrays(
            pa.nulls(count, pa.int32()).fill_null(0), pa.array([tells.get(column, "")])
        )
        table = table.add_column(at, column, text)
    person = re.sub(r"[^\w-]+", "-", tells.get("participant", "")).strip("-") or NOBODY
    path = out / FOLDER / person / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, overwrite=True) as part:
        parquet.write_table(table, part, compression="zstd")
    remove_part(out, name, but=path)
    return path.relative_to(out).as_posix()


def remove_part(out: Path, name: str, *, but: Path | None = None) -> None:
    """Take an input's part out of the data set, wherever it lies; `but` is left."""
    for path in (out / FOLDER).glob(f"*/{name}.parquet"):
        if path != but:
            path.unlink(missing_ok=True)
