"""Figures in a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from ..model.metrics import METRICS


def print_metrics(result: dict[str, Any], console: Console | None = None) -> None:
    """Print the figures of `evaluate`: a row an axis, or the confusion of a classifier."""
    if "confusion" in result:
        _print_classes(result, console or Console())
        return
    table = Table(title=f"{result['n']} faces")
    table.add_column("")
    for metric in METRICS:
        table.add_column(metric.title, justify="right")
    for axis in ("valence", "arousal"):
        table.add_row(axis, *(f"{result[axis][metric.name]:.4f}" for metric in METRICS))
    (console or Console()).print(table)
    if "interval" in result["valence"]:
        _print_intervals(result, console or Console())


def _print_intervals(result: dict[str, Any], console: Console) -> None:
    level = result["valence"]["interval"]["level"]
    table = Table(title=f"intervals of {level:.0%}", caption="fifths: by width, narrowest first")
    table.add_column("")
    for name in ("coverage", "in fifths", "mean half width", "constant half width", "rank"):
        table.add_column(name, justify="right")
    for axis in ("valence", "arousal"):
        values = result[axis]["interval"]
        fifths = " ".join(f"{share:.3f}" for share in values["fifths"])
        numbers = (values[n] for n in ("mean_halfwidth", "constant_halfwidth", "rank"))
        cells = (f"{number:.3f}" for number in numbers)
        table.add_row(axis, f"{values['coverage']:.3f}", fifths, *cells)
    console.print(table)


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
