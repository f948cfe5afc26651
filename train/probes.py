"""Figures beyond the four metrics: what a model card has to say of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..model.face import CROP_SIZE, Face, FaceFinder
from ..model.predictor import Predictor
from .cropping import find_in_still
from .datasets.base import EMOTIONS, Sample

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


def _map_share(face: Face, cam: NDArray[np.float32]) -> NDArray[np.float64]:
    """Share of each map's mass inside the face outline [2]; nan for a map of zeros."""
    scale = CROP_SIZE / face.width
    outline = (face.outline - [face.x, face.y]) * scale
    inside = np.zeros((CROP_SIZE, CROP_SIZE), np.uint8)
    cv2.fillPoly(inside, [np.round(outline).astype(np.int32)], 1)
    shares = []
    for values in cam:
        large = cv2.resize(values, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_LINEAR)
        total = float(large.sum())
        shares.append(float(large[inside == 1].sum()) / total if total > 0 else float("nan"))
    return np.array([*shares, float(inside.mean())])


def map_mass(predictor: Predictor, samples: Sequence[Sample]) -> dict[str, float]:
    """Mean share of the maps' mass inside the face outline, beside the outline's own area.

    Pictures without a face, or whose map is zero, do not count.
    """
    rows = []
    with FaceFinder() as finder:
        for sample in samples:
            picture = cv2.imread(str(sample.path), cv2.IMREAD_COLOR)
            if picture is None:
                continue
            rgb = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
            face = find_in_still(finder, rgb)
            if face is not None:
                cam = predictor.predict(face.crop(rgb)[None]).cam[0]
                rows.append(_map_share(face, cam))
    if not rows:
        return {}
    valence, arousal, area = np.nanmean(rows, axis=0)
    return {
        "faces": len(rows),
        "valence": float(valence),
        "arousal": float(arousal),
        "outline_area": float(area),
    }


def colour_gap(predictor: Predictor, crops: NDArray[np.uint8]) -> float:
    """Largest change of an estimate when colour crops [N, S, S, 3] are made grey."""
    grey = np.stack([cv2.cvtColor(c, cv2.COLOR_RGB2GRAY) for c in crops])
    copies = np.repeat(grey[..., None], 3, axis=3)
    return float(np.abs(predictor.predict(crops).va - predictor.predict(copies).va).max())


def as_plain(values: Any) -> Any:
    """NaN to None all through, as JSON has no NaN."""
    if isinstance(values, dict):
        return {key: as_plain(value) for key, value in values.items()}
    if isinstance(values, float) and not np.isfinite(values):
        return None
    return values
