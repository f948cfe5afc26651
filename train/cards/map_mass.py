"""How much of the activation maps lies inside the outline of the face."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...model.face.face import CROP_SIZE
from ...model.predictor import Predictor
from ..answers import in_colour
from ..crops.prepare import Prepared

FACES = 1000
"""Of so many faces at most: the mean is then good to a percent."""


def share_inside(
    outline: NDArray[np.floating], cam: NDArray[np.float32]
) -> tuple[float, float, float]:
    """Share of the two maps' mass [2, h, w] inside a face's outline [36, 2], in sides of the crop,
    and the outline's own area. A map of zeros gives nan."""
    inside = np.zeros((CROP_SIZE, CROP_SIZE), np.uint8)
    cv2.fillPoly(inside, [np.round(outline * CROP_SIZE).astype(np.int32)], 1)
    shares = []
    for values in cam:
        large = cv2.resize(values, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_LINEAR)
        total = float(large.sum())
        shares.append(float(large[inside == 1].sum()) / total if total > 0 else float("nan"))
    valence, arousal = shares
    return valence, arousal, float(inside.mean())


def map_mass(predictor: Predictor, prepared: Prepared) -> dict[str, Any]:
    """Mean share of the maps' mass inside the face's outline, beside the outline's own area, of
    faces that the finder saw. Maps of zeros do not count; nothing of a network without maps."""
    seen = prepared.seen()
    places = np.flatnonzero(seen.known)
    places = places[:: max(1, len(places) // FACES)]
    rows = []
    for i in places:
        cam = predictor.predict(in_colour(prepared.crops[i : i + 1])).cam[0]
        if cam.size:
            rows.append(share_inside(seen.outline[i], cam))
    shares = np.array(rows).reshape(-1, 3)
    drawn = shares[~np.isnan(shares[:, :2]).all(axis=1)]
    if not len(drawn):
        return {}
    valence, arousal = (
        float(own.mean()) if len(own := axis[~np.isnan(axis)]) else float("nan")
        for axis in drawn[:, :2].T
    )
    return {
        "faces": len(drawn),
        "valence": valence,
        "arousal": arousal,
        "outline_area": float(drawn[:, 2].mean()),
    }
