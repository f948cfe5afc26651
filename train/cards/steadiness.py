"""How far an estimate moves where the expression does not: through codecs, crops and colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...model.face.crop_geometry import UPRIGHT, Geometry
from ...model.face.face import Face, Pixels, Square
from ...model.face.finder import FaceFinder
from ...model.predictor import Predictor
from ..crops.cropping import read_image
from ..crops.degraded import encoded
from ..crops.labelled_face import find_in_still

QUALITIES = (95, 90, 85, 80, 75, 70, 65, 60, 55, 50)
"""JPEG qualities, from a photograph's to a poor stream's."""
JITTER = 0.02
"""How far a crop is shifted and scaled, as a share of its side: more than landmarks tremble."""
_SHIFTS = tuple(
    (x * JITTER, y * JITTER, 1.0 + s * JITTER)
    for x, y, s in ((0, 0, 0), *((a, b, c) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)))
)


@dataclass(frozen=True, slots=True)
class Steadiness:
    """Of one face: the estimate (valence, arousal), its standard deviation on each axis over
    re-encoded copies and over jittered crops, and its largest change when the crop is made grey."""

    estimate: tuple[float, float]
    encoded: tuple[float, float]
    jittered: tuple[float, float]
    colour: float


def _pair(values: NDArray[np.floating]) -> tuple[float, float]:
    valence, arousal = map(float, values)
    return valence, arousal


def re_encoded(rgb: Pixels) -> list[Pixels]:
    """The image as JPEG leaves it at each of `QUALITIES`."""
    return [encoded(rgb, quality) for quality in QUALITIES]


def jittered(rgb: Pixels, face: Face, geometry: Geometry = UPRIGHT) -> list[Pixels]:
    """Crops of the face as it was found, and shifted and scaled by `JITTER` every way."""
    crops = []
    square = face.square(geometry)
    for right, down, scale in _SHIFTS:
        x, y = square.x + square.side * right, square.y + square.side * down
        crops.append(Square(x, y, square.side * scale, square.angle).cut(rgb))
    return crops


def steadiness(predictor: Predictor, finder: FaceFinder, rgb: Pixels) -> Steadiness | None:
    """Measure one image uint8 [H, W, 3]; None where no face is found in it.

    Each re-encoded copy goes the whole way: the face is found in it anew.
    """
    face = find_in_still(finder, rgb)
    if face is None:
        return None
    geometry = predictor.card.geometry
    crop = face.crop(rgb, geometry=geometry)
    grey = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    plain, without_colour = predictor.predict([crop, np.asarray(grey, np.uint8)]).va
    copies = [(copy, find_in_still(finder, copy)) for copy in re_encoded(rgb)]
    encoded = [seen.crop(copy, geometry=geometry) for copy, seen in copies if seen is not None]
    return Steadiness(
        estimate=_pair(plain),
        encoded=_pair(predictor.predict(np.stack(encoded or [crop])).va.std(axis=0)),
        jittered=_pair(predictor.predict(np.stack(jittered(rgb, face, geometry))).va.std(axis=0)),
        colour=float(np.abs(plain - without_colour).max()),
    )


def measure_steadiness(predictor: Predictor, paths: Sequence[Path]) -> dict[str, Steadiness]:
    """Every image file in which a face is found, by its place in `paths`."""
    result = {}
    with FaceFinder(portraits=True) as finder:
        for path in paths:
            rgb = read_image(path)
            found = None if isinstance(rgb, str) else steadiness(predictor, finder, rgb)
            if found is not None:
                result[str(path)] = found
    return result


def summary(faces: Sequence[Steadiness]) -> dict[str, float]:
    """Median and 95th percentile, over faces, of the valence's deviations; the largest change by
    colour on either axis. Empty where there is no face."""
    if not faces:
        return {}
    encoded = np.array([f.encoded[0] for f in faces])
    moved = np.array([f.jittered[0] for f in faces])
    return {
        "faces": len(faces),
        "encoded_median": float(np.median(encoded)),
        "encoded_p95": float(np.quantile(encoded, 0.95)),
        "jittered_median": float(np.median(moved)),
        "jittered_p95": float(np.quantile(moved, 0.95)),
        "colour_largest": max(f.colour for f in faces),
    }
