"""Figures beyond the four metrics: what a model card has to say of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.base import EMOTIONS

NEGATIVE = ("sadness", "anger", "disgust", "fear", "contempt")


def area_under_curve(positive: NDArray[np.floating], negative: NDArray[np.floating]) -> float:
    """Share of (positive, negative) pairs in which the positive one scores higher; ties count half.

    nan where one side is empty (Hanley & McNeil, 1982).
    """
    if not len(positive) or not len(negative):
        return float("nan")
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    ties = np.searchsorted(ordered, positive, side="right") - below
    return float((below + 0.5 * ties).mean() / len(negative))


def by_emotion(
    estimate: NDArray[np.floating], target: NDArray[np.floating], emotion: NDArray[np.integer]
) -> dict[str, dict[str, float]]:
    """For each emotion: how many faces, mean estimate and RMSE on both axes."""
    result = {}
    for index, name in enumerate(EMOTIONS):
        chosen = emotion == index
        if not chosen.any():
            continue
        error = np.sqrt(((estimate[chosen] - target[chosen]) ** 2).mean(axis=0))
        mean = estimate[chosen].mean(axis=0)
        result[name] = {
            "n": int(chosen.sum()),
            "valence": float(mean[0]),
            "arousal": float(mean[1]),
            "rmse_valence": float(error[0]),
            "rmse_arousal": float(error[1]),
        }
    return result


def ranking(estimate: NDArray[np.floating], emotion: NDArray[np.integer]) -> dict[str, float]:
    """How well the axes tell emotions apart, where a data set has one label a face."""

    def of(axis: int, *names: str) -> NDArray[np.floating]:
        return estimate[np.isin(emotion, [EMOTIONS.index(n) for n in names]), axis]

    return {
        "auc_valence_happiness_over_negative": area_under_curve(
            of(0, "happiness"), of(0, *NEGATIVE)
        ),
        "auc_valence_happiness_over_neutral": area_under_curve(
            of(0, "happiness"), of(0, "neutral")
        ),
        "auc_arousal_surprise_over_neutral": area_under_curve(of(1, "surprise"), of(1, "neutral")),
        "mean_valence_of_neutral": float(of(0, "neutral").mean()),
    }


def by_group(
    estimate: NDArray[np.floating], emotion: NDArray[np.integer], groups: list[tuple[str, ...]]
) -> dict[str, dict[str, float]]:
    """For all people and for each group of them: how many faces, and mean estimates.

    Args:
        estimate: valence and arousal [N, 2].
        emotion: indices into `EMOTIONS` [N].
        groups: those of each face [N]; a face may be in several.

    Returns nothing where there are no groups.
    """
    names = sorted({group for own in groups for group in own})
    columns = {
        "valence of happiness": (0, ["happiness"]),
        "valence of neutral": (0, ["neutral"]),
        "valence of negative": (0, list(NEGATIVE)),
        "arousal of surprise": (1, ["surprise"]),
        "arousal of neutral": (1, ["neutral"]),
    }
    result = {}
    for name in ("all", *names) if names else ():
        own = np.array([name == "all" or name in of for of in groups])
        row: dict[str, float] = {"n": int(own.sum())}
        for column, (axis, emotions) in columns.items():
            chosen = own & np.isin(emotion, [EMOTIONS.index(e) for e in emotions])
            row[column] = float(estimate[chosen, axis].mean()) if chosen.any() else float("nan")
        result[name] = row
    return result


def as_plain(values: Any) -> Any:
    """NaN to None all through, as JSON has no NaN."""
    if isinstance(values, dict):
        return {key: as_plain(value) for key, value in values.items()}
    if isinstance(values, list):
        return [as_plain(value) for value in values]
    if isinstance(values, float) and not np.isfinite(values):
        return None
    return values
