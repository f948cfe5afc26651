"""Whether L_AVCE helped: one row's paired differences in the table of `avce-train compare`."""

from __future__ import annotations

import csv
from math import isfinite
from pathlib import Path
from typing import Any

from ...model.errors import InputError
from ..comparison.budget import COLUMNS, Budget, read_budget

ROW, FIGURES = "avce", ("ccc_valence", "ccc_arousal")
WITHOUT = "avce-no-contrast"
"""The row that differs from `avce` by L_AVCE alone."""


def read_ablation(table: Path) -> dict[str, Any]:
    """What the row `avce` differs by from its reference, from the CSV of `compare`.

    Returns `table`, `row`, `reference`, `pairs`, the `budget` of both rows, and for each of
    `FIGURES` the mean `difference` and its 95 % interval `low` to `high`. Raises `InputError` where
    the table does not say it, or gave the two rows different budgets.
    """
    try:
        with table.open(newline="", encoding="utf-8") as file:
            rows = {(row["row"], row["figure"]): row for row in csv.DictReader(file)}
        chosen = {figure: rows[ROW, figure] for figure in FIGURES}
        found: dict[str, Any] = {
            figure: {name: float(row[name]) for name in ("difference", "low", "high")}
            for figure, row in chosen.items()
        }
        pairs = {int(row["pairs"]) for row in chosen.values()}
        reference = {row["reference"] for row in chosen.values()}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{table} does not say how the row '{ROW}' differs from another: give the CSV of "
            "avce-train compare, with two seeds or more."
        ) from error
    if not all(isfinite(value) for part in found.values() for value in part.values()):
        raise InputError(f"{table} holds numbers that are not finite.")
    other = reference.pop()
    budget = _shared_budget(table, [chosen[FIGURES[0]], rows.get((other, FIGURES[0]), {})])
    known = {"table": table.name, "row": ROW, "reference": other, "pairs": pairs.pop()}
    return {**known, "budget": str(budget), **found}


def _shared_budget(table: Path, rows: list[dict[str, str]]) -> Budget:
    try:
        first, second = map(read_budget, rows)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{table} does not say what its rows were trained with (columns "
            f"{', '.join(COLUMNS)}): write it again with avce-train compare, which trains no "
            "finished run anew."
        ) from error
    if first != second:
        raise InputError(
            f"{table} cannot say whether L_AVCE helped, for its rows had different budgets: "
            f"{first}; {second}."
        )
    return first


def ablation_lines(found: dict[str, Any]) -> list[str]:
    """The card's paragraph about it."""
    said, clear = [], []
    for figure in FIGURES:
        axis, part = figure.removeprefix("ccc_"), found[figure]
        said.append(f"{axis} {part['difference']:+.3f} ({part['low']:+.3f} to {part['high']:+.3f})")
        if part["low"] > 0 or part["high"] < 0:
            clear.append(f"{'higher' if part['low'] > 0 else 'lower'} in {axis}")
    verdict = f"CCC is {' and '.join(clear)}" if clear else "no clear difference on either axis"
    # Against any other row the views and their regulariser count too.
    question = "L_AVCE" if found["reference"] == WITHOUT else "AVCE as a whole, L_AVCE or not,"
    return [
        f"Did {question} help? With the same budget for both ({found['budget']}: "
        f"`{found['table']}`), CCC of `{found['row']}` less that of `{found['reference']}` "
        f"over {found['pairs']} pairs of runs: {'; '.join(said)}; in brackets the 95 % interval of "
        f"a paired t test. So: {verdict}.",
        "",
    ]
