"""Figures in a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

METRICS = ("rmse", "sagr", "pcc", "ccc")


def print_metrics(result: dict[str, Any], console: Console | None = None) -> None:
    """Print the figures of `evaluate`: a row an axis."""
    table = Table(title=f"{result['n']} faces")
    table.add_column("")
    for name in METRICS:
        table.add_column(name.upper(), justify="right")
    for axis in ("valence", "arousal"):
        table.add_row(axis, *(f"{result[axis][name]:.4f}" for name in METRICS))
    (console or Console()).print(table)
