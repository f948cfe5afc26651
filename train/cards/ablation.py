"""Whether L_AVCE helped: one row's paired differences in the table of `avce-train compare`."""

from __future__ import annotations

import csv
from math import isfinite
from pathlib import Path
from typing import Any

from ...model.errors import InputError

ROW, FIGURES = "avce", ("ccc_valence", "ccc_arousal")


def read_ablation(table: Path) -> dict[str, Any]:
    """What the row `avce` differs by from its reference, from the CSV of `compare`.

    Returns `row`, `reference`, `pairs`, and for each of `FIGURES` the mean `difference` and its
    95 % interval `low` to `high`. Raises `InputError` where the table does not say it.
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
    return {"row": ROW, "reference": reference.pop(), "pairs": pairs.pop(), **found}


def ablation_lines(found: dict[str, Any]) -> list[str]:
    """The card's paragraph about it."""
    said, clear = [], []
    for figure in FIGURES:
        axis, part = figure.removeprefix("ccc_"), found[figure]
        said.append(f"{axis} {part['difference']:+.3f} ({part['low']:+.3f} to {part['high']:+.3f})")
        if part["low"] > 0 or part["high"] < 0:
            clear.append(f"{'higher' if part['low'] > 0 else 'lower'} in {axis}")
    verdict = f"CCC is {' and '.join(clear)}" if clear else "no clear difference on either axis"
    return [
        f"Did L_AVCE help? With the same small budget for both (AlexNet at 64 px, a subset of the "
        f"faces: `docs/results.md`), CCC of `{found['row']}` less that of `{found['reference']}` "
        f"over {found['pairs']} pairs of runs: {'; '.join(said)}; in brackets the 95 % interval of "
        f"a paired t test. So: {verdict}.",
        "",
    ]
