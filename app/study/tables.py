"""Tidy tables with a sidecar each: CSV by rows, Parquet by recordings, never in place of a file."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...model.system.closing import Closing
from ..analysis.reading import COLUMNS, Column
from ..session.spreadsheets import guarded
from .measures import MEASURES

KEYS: tuple[Column, ...] = (
    Column("participant", "str", "", "Label of the participant"),
    Column("session", "str", "", "Which visit of the participant"),
    Column("condition", "str", "", "Experimental condition"),
    Column(
        "face_id", "int64", "", "Number of the face in its recording, of merged ones the first", -1
    ),
    Column("recording", "str", "", "Folder of the recording"),
)
_EVENT: tuple[Column, ...] = (
    Column("window", "str", "", "Name of the window"),
    Column("event", "str", "", "Label of the event"),
    Column("event_number", "int64", "", "Number of the event in its recording, 0 for none", 0),
)
_SHARES: tuple[Column, ...] = (
    Column("share_recorded", "float64", "", "Share of the stretch that was recorded", 0, 1),
    Column("share_valid", "float64", "", "Share of its frames with an estimate of the face", 0, 1),
    Column("share_good", "float64", "", "Share of its frames with a good reading", 0, 1),
)
_USED = Column("used", "bool", "", "Whether it is in the summary: 1 or 0")
_NAME = Column("face_name", "str", "", "What the face was called in the review")
READINGS: tuple[Column, ...] = (
    *KEYS,
    *(column for column in COLUMNS if column.name != "face_id"),
    Column("good", "bool", "", "Whether this reading is used: the chosen face, well seen"),
    _NAME,
)
EPOCHS: tuple[Column, ...] = (
    *KEYS,
    *_EVENT,
    _USED,
    Column("time", "float64", "s", "Time since the onset"),
    Column("valence", "float64", "arbitrary", "Valence less its baseline, missing in gaps"),
    Column("arousal", "float64", "arbitrary", "Arousal less its baseline, missing in gaps"),
)
SEGMENTS: tuple[Column, ...] = (
    *KEYS,
    *_EVENT,
    Column("onset", "float64", "s", "When the event began, on the recording's clock"),
    Column("start", "float64", "s", "First moment of the segment, on the recording's clock"),
    Column("end", "float64", "s", "First moment after it"),
    _USED,
    Column("reason", "str", "", "Why it is not used"),
    Column("frames", "int64", "", "Frames of the recording in it", 0),
    Column("n", "int64", "", "Good readings in it: what the measures rest on", 0),
    *_SHARES,
    Column("valence_baseline", "float64", "arbitrary", "What was subtracted from valence"),
    Column("arousal_baseline", "float64", "arbitrary", "What was subtracted from arousal"),
    *MEASURES,
    _NAME,
)
SUMMARY: tuple[Column, ...] = (
    *(column for column in KEYS if column.name != "recording"),
    Column("window", "str", "", "Name of the window"),
    Column("recordings", "int64", "", "Recordings that the segments are from", 0),
    Column("segments", "int64", "", "Segments that there are", 0),
    Column("segments_used", "int64", "", "Segments that the means are taken over", 0),
    Column("frames", "int64", "", "Frames in all segments", 0),
    Column("n", "int64", "", "Good readings in the segments used", 0),
    *_SHARES,
    Column("valence_between_sd", "float64", "arbitrary", "Sample SD of valence_mean over segments"),
    Column("arousal_between_sd", "float64", "arbitrary", "Sample SD of arousal_mean over segments"),
    *MEASURES,
    Column("recording", "str", "", "Folder of the recording, where every face stands for itself"),
    Column("face_name", "str", "", "What this face was called in the review"),
)
RECORDINGS_TABLE: tuple[Column, ...] = (
    *KEYS,
    _NAME,
    Column("started", "str", "", "Local time of its start"),
    Column("status", "str", "", "complete or interrupted"),
    Column("model_sha256", "str", "", "Which model made the estimates"),
    Column("seconds", "float64", "s", "From its first to its last frame", 0),
    Column("frames", "int64", "", "Frames in it", 0),
    Column("faces", "int64", "", "Faces that were numbered", 0),
    Column("events", "int64", "", "Events of it", 0),
    Column("share_valid", "float64", "", "Share of frames with an estimate of the face", 0, 1),
    Column("share_good", "float64", "", "Share of frames with a good reading of it", 0, 1),
    Column("quality", "float64", "arbitrary", "Mean quality of the face", 0, 1),
)
REMARKS: tuple[Column, ...] = (
    Column("kind", "str", "", "excluded: in no summary; note: kept, deserves a look"),
    Column("participant", "str", "", "Label of the participant"),
    Column("recording", "str", "", "Folder of the recording"),
    Column("reason", "str", "", "What is the matter"),
)

Row = Mapping[str, Any]
_GROUP = 65_536
"""Rows of a Parquet table that wait to be written together."""


def write_csv(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """A table with its sidecar: exact doubles, an empty cell for what is missing."""
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        for row in rows:
            writer.writerow([_cell(row.get(column.name)) for column in columns])
    write_sidecar(path, columns)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float | np.floating) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    if isinstance(value, float | np.floating):
        return repr(float(value))
    return guarded(value) if isinstance(value, str) else str(value)


def write_sidecar(path: Path, columns: Sequence[Column]) -> None:
    """What a table's columns hold, as JSON of the same name."""
    content = {
        column.name: {
            "Description": column.description,
            "DataType": column.dtype,
            **({"Units": column.unit} if column.unit else {}),
            **({"Range": column.range} if column.range else {}),
        }
        for column in columns
    }
    write_json(path.with_suffix(".json"), content)


def write_json(path: Path, content: Any) -> None:
    """A JSON file, made anew."""
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


class ParquetTable(Closing):
    """A Parquet file that grows by a row group at a time, with its sidecar.

    Rows wait until there are enough for a group: what a file remembers of each group would grow
    with the number of segments.
    """

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self._pa = pa
        types = {"str": pa.string(), "bool": pa.bool_(), "int64": pa.int64()}
        types |= {"float64": pa.float64(), "float32": pa.float32()}
        self._schema = pa.schema(
            [
                pa.field(c.name, types[c.dtype], metadata={"description": c.description})
                for c in columns
            ]
        )
        write_sidecar(path, columns)
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[Any] = []
        self._count = 0

    def append(self, columns: Mapping[str, Any], count: int) -> None:
        """Rows of columns [count]; a single value stands for a whole column, nan is null."""
        if not count:
            return
        pa = self._pa
        arrays = []
        for field in self._schema:
            values = columns[field.name]
            if isinstance(values, np.ndarray):
                arrays.append(pa.array(values, field.type, from_pandas=True))
            else:
                arrays.append(pa.repeat(pa.scalar(values, field.type), count))
        self._waiting.append(pa.Table.from_arrays(arrays, schema=self._schema))
        self._count += count
        if self._count >= _GROUP:
            self._write()

    def _write(self) -> None:
        whole = self._pa.concat_tables(self._waiting)
        self._writer.write_table(whole, row_group_size=self._count)
        self._waiting, self._count = [], 0

    def close(self) -> None:
        if self._waiting:
            self._write()
        self._writer.close()
