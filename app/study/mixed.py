"""Mixed models over segments, where they are asked for: condition fixed, participant random.

value = condition + participant + participant x condition + rest, by restricted maximum likelihood
(statsmodels). The third term lets conditions act differently on people; without it many segments
of few people would count like many people (Barr et al. 2013). Intervals are t intervals with as
many degrees of freedom as there are people, less those that the conditions take.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from math import isfinite, nan, sqrt
from typing import Any

import numpy as np
from scipy.stats import t as student

from ...model.errors import MissingExtraError
from ...model.metrics import AXES
from ..analysis.reading import Column
from .contrasts import windows_of

Row = Mapping[str, Any]
MIXED: tuple[Column, ...] = (
    Column("window", "str", "", "Name of the window"),
    Column("axis", "str", "", "valence or arousal"),
    Column("reference", "str", "", "The condition that others are compared with"),
    Column("condition", "str", "", "The other condition"),
    Column("participants", "int64", "", "Participants in the model", 0),
    Column("segments", "int64", "", "Segments in the model", 0),
    Column("estimate", "float64", "arbitrary", "Condition minus reference, fixed effect"),
    Column("low", "float64", "arbitrary", "Lower end of its 95 % interval"),
    Column("high", "float64", "arbitrary", "Upper end of its 95 % interval"),
    Column("degrees", "int64", "", "Degrees of freedom of the interval", 1),
    Column("sd_participant", "float64", "arbitrary", "SD of participants", 0),
    Column(
        "sd_participant_condition", "float64", "arbitrary",
        "SD of participants' own effects of conditions; missing where each has one condition", 0,
    ),
    Column("sd_rest", "float64", "arbitrary", "SD of segments within participant and condition", 0),
    Column("note", "str", "", "What a reader must know of the fit"),
)  # fmt: skip
_FEWEST = 3
"""Participants without whom there is no model."""


def mixed_models(segments: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows of `MIXED`: for each window and axis every condition against the first by name.

    A window with one condition or fewer than three participants has no model and no row. Raises
    `MissingExtraError` without statsmodels.
    """
    try:
        import statsmodels.api  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("--mixed", "study") from error
    used = [row for row in segments if row["used"]]
    found = []
    for window in windows_of(used):
        for axis in AXES:
            rows = [r for r in used if r["window"] == window and isfinite(r[f"{axis}_mean"])]
            model = fit_mixed(
                np.array([row[f"{axis}_mean"] for row in rows]),
                [str(row["condition"]) for row in rows],
                [str(row["participant"]) for row in rows],
            )
            found += [{"window": window, "axis": axis, **row} for row in model]
    return found


def fit_mixed(
    values: Any, conditions: Sequence[str], participants: Sequence[str]
) -> list[dict[str, Any]]:
    """One model: values [N], the condition and the participant of each. [] where there is none."""
    import pandas as pd
    from statsmodels.regression.mixed_linear_model import MixedLM

    names, people = sorted(set(conditions)), sorted(set(participants))
    if len(names) < 2 or len(people) < _FEWEST:
        return []
    pairs = set(zip(participants, conditions, strict=True))
    within = len(pairs) > len(people)
    single = len(pairs) == len(values)
    table = pd.DataFrame({"value": values, "condition": conditions, "who": participants})
    # A single segment of each cell: the rest and the third term are one.
    parts = {"condition": "0 + C(condition)"} if within and not single else None
    if not within and len(people) - len(names) < 1:
        return []
    notes = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MixedLM.from_formula(
            "value ~ C(condition)", groups="who", re_formula="1", vc_formula=parts, data=table
        )
        try:
            # Powell's needs no gradient, which breaks down where a random term is near 0.
            fit = model.fit(reml=True, method=["powell", "bfgs"])
        except (np.linalg.LinAlgError, ValueError) as error:
            notes.append(f"no fit ({error})")
            fit = None
    degrees = len(people) - (1 if within else len(names))
    base = {
        "reference": names[0], "participants": len(people), "segments": len(values),
        "degrees": degrees,
    }  # fmt: skip
    if fit is None:
        return [base | _none(name, notes) for name in names[1:]]
    spread = float(sqrt(max(np.asarray(fit.cov_re).ravel()[0], 0.0)))
    own = float(sqrt(max(fit.vcomp[0], 0.0))) if parts else nan
    rest = float(sqrt(fit.scale))
    if not fit.converged:
        notes.append("the fit did not converge: do not trust it")
    if min(spread, own if parts else spread) < 1e-3 * rest:
        notes.append("a random term is at its limit of 0")
    half = float(student.ppf(0.975, degrees))
    errors = np.asarray(fit.bse_fe)
    return [
        base
        | {
            "condition": name,
            "estimate": float(fit.fe_params.iloc[i]),
            "low": float(fit.fe_params.iloc[i] - half * errors[i]),
            "high": float(fit.fe_params.iloc[i] + half * errors[i]),
            "sd_participant": spread,
            "sd_participant_condition": own,
            "sd_rest": rest,
            "note": "; ".join(notes),
        }
        for i, name in enumerate(names[1:], 1)
    ]


def _none(name: str, notes: Sequence[str]) -> dict[str, Any]:
    return {"condition": name, "estimate": nan, "low": nan, "high": nan, "note": "; ".join(notes)}
