"""Readings as an Arrow table, each column with its unit and description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..analysis.reading import COLUMN
from .rows import Columns

if TYPE_CHECKING:
    import pyarrow


def arrow_table(columns: Columns, metadata: Mapping[str, str] | None = None) -> pyarrow.Table:
    """Columns [N] by name as a table; missing numbers are null.

    A field's metadata are `unit` and `description` of its column; `metadata` are the table's own.
    """
    import pyarrow as pa

    arrays = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    fields = [pa.field(name, array.type, metadata=_told(name)) for name, array in arrays.items()]
    return pa.table(list(arrays.values()), pa.schema(fields, dict(metadata or {})))


def _told(name: str) -> dict[str, str] | None:
    column = COLUMN.get(name)
    return {"unit": column.unit, "description": column.description} if column else None
