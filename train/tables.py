"""Figures in a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

METRICS = ("rmse", "sagr", "pcc", "ccc")


def print_metrics(result: dict[str, Any], console: Console | None = None) -> None:
    """Print the figures of `evaluate`: a row an axis, or the confusion of a classifier."""
    if "confusion" in result:
        _print_classes(result, console or Console())
        return
    table = Table(title=f"{result['n']} faces")
    table.add_column("")
    for name in METRICS:
        table.add_column(name.upper(), justify="right")
    for axis in ("valence", "arousal"):
        table.add_row(axis, *(f"{result[axis][name]:.4f}" for name in METRICS))
    (console or Console()).print(table)


def _print_classes(result: dict[str, Any], console: Console) -> None:
    names = result["classes"]
    title = (
        f"{result['n']} faces, accuracy {result['accuracy']:.4f}, "
        f"mean recall {result['mean_recall']:.4f}"
    )
    table = Table(title=title, caption="rows: the label; columns: the answer")
    table.add_column("")
    for name in (*names, "recall"):
        table.add_column(name, justify="right")
    for name, row in zip(names, result["confusion"], strict=True):
        recall = f"{result['recall'][name]:.3f}" if name in result["recall"] else "-"
        table.add_row(name, *map(str, row), recall)
    console.print(table)
    if result["without_class"]:
        console.print(f"{result['without_class']} faces of none of these classes were left out.")
