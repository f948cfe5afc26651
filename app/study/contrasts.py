"""Conditions compared: means of each with both intervals, and every pair's difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from itertools import combinations
from math import nan
from typing import Any

import numpy as np

from ...model.metrics import AXES
from ..analysis.reading import Column
from .inference import Contrast, Floats, between, independent, paired, within

_WORDS = {
    "design": "paired: the same participants; independent: others",
    "n_first": "Participants in the first condition",
    "n_second": "Participants in the second condition",
    "difference": "Mean of the second condition minus that of the first",
    "low": "Lower end of its 95 % interval",
    "high": "Upper end of its 95 % interval",
    "interval": "bootstrap-t, or t where there are few participants",
    "effect": "Hedges' g: of the differences (paired) or within the groups (independent)",
    "effect_low": "Lower end of its 95 % interval",
    "effect_high": "Upper end of its 95 % interval",
}
_DTYPES: Mapping[str, Any] = {"str": "str", "int": "int64", "float": "float64"}
CONTRASTS: tuple[Column, ...] = (
    Column("window", "str", "", "Name of the window"),
    Column("axis", "str", "", "valence or arousal"),
    Column("first", "str", "", "The condition that is subtracted"),
    Column("second", "str", "", "The other condition"),
    *(Column(f.name, _DTYPES[str(f.type)], "", _WORDS[f.name]) for f in fields(Contrast)),
)
MEANS: tuple[Column, ...] = (
    Column("window", "str", "", "Name of the window"),
    Column("axis", "str", "", "valence or arousal"),
    Column("condition", "str", "", "Experimental condition"),
    Column("participants", "int64", "", "Participants with a usable segment", 0),
    Column("mean", "float64", "arbitrary", "Mean of the participants' means"),
    Column("sd", "float64", "arbitrary", "Sample standard deviation of the participants' means"),
    Column("between", "float64", "arbitrary", "Half of Student's 95 % interval of the mean"),
    Column(
        "within", "float64", "arbitrary", "Half of the Cousineau-Morey 95 % interval, over those "
        "participants who have every condition",
    ),
)  # fmt: skip

Row = Mapping[str, Any]


def participant_means(
    summary: Sequence[Row], window: str, axis: str
) -> tuple[list[str], list[str], Floats]:
    """Conditions [C], participants [N] and their means [N, C] in a window, nan for none."""
    rows = [r for r in summary if r["window"] == window and np.isfinite(r[f"{axis}_mean"])]
    conditions = sorted({row["condition"] for row in rows})
    people = sorted({row["participant"] for row in rows})
    values = np.full((len(people), len(conditions)), nan)
    for row in rows:
        at = people.index(row["participant"]), conditions.index(row["condition"])
        values[at] = row[f"{axis}_mean"]
    return conditions, people, values


def windows_of(summary: Sequence[Row]) -> list[str]:
    """The windows, in the order in which they stand."""
    return list(dict.fromkeys(row["window"] for row in summary))


def condition_means(summary: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows of `MEANS`."""
    found = []
    for window in windows_of(summary):
        for axis in AXES:
            conditions, _, values = participant_means(summary, window, axis)
            outer, inner = between(values), within(values)
            for i, condition in enumerate(conditions):
                own = values[np.isfinite(values[:, i]), i]
                found.append(
                    {
                        "window": window,
                        "axis": axis,
                        "condition": condition,
                        "participants": len(own),
                        "mean": float(own.mean()),
                        "sd": float(own.std(ddof=1)) if len(own) > 1 else nan,
                        "between": float(outer[i]),
                        "within": float(inner[i]),
                    }
                )
    return found


def contrasts(summary: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows of `CONTRASTS`: paired over those who have both conditions, where there are two of
    them; otherwise independent, where each has two participants; otherwise none."""
    found = []
    for window in windows_of(summary):
        for axis in AXES:
            conditions, _, values = participant_means(summary, window, axis)
            for (a, first), (b, second) in combinations(enumerate(conditions), 2):
                contrast = compare(values[:, a], values[:, b])
                if contrast is not None:
                    names = {"window": window, "axis": axis, "first": first, "second": second}
                    found.append(names | asdict(contrast))
    return found


def compare(first: Floats, second: Floats) -> Contrast | None:
    """Two conditions, [N] each with nan for a participant who lacks one."""
    here, there = np.isfinite(first), np.isfinite(second)
    both = here & there
    if both.sum() >= 2:
        return paired(first[both], second[both])
    if min(here.sum(), there.sum()) >= 2 and not both.any():
        return independent(first[here], second[there])
    return None


def differences(summary: Sequence[Row]) -> Iterator[tuple[Row, Floats]]:
    """Each contrast with the participants' own differences [N]; [] for an independent one."""
    for row in contrasts(summary):
        conditions, _, values = participant_means(summary, row["window"], row["axis"])
        a, b = conditions.index(row["first"]), conditions.index(row["second"])
        apart = values[:, b] - values[:, a]
        yield row, apart[np.isfinite(apart)] if row["design"] == "paired" else apart[:0]
