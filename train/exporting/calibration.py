"""Labelled faces for an int8 export: some to measure ranges on, others to see what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.anchors import AnchorRule
from ...model.errors import InputError
from ...model.face.crop_geometry import UPRIGHT, Geometry
from ...model.metrics import evaluate_all
from ..crops.preparation import Preparation
from ..crops.prepare import Prepared
from ..datasets import parse_data
from ..datasets.splits import take_subset
from ..evaluate import app_crops, estimate_sets, evaluation_set, onnx_estimator

FACES = 300
"""How many training faces of each data set the ranges are measured on."""

MOST_LOST = 0.01
"""The largest fall of CCC, of an axis and in the mean, at which a file is still written."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """`faces` uint8 [N, 224, 224, 3] of training splits, and the validation splits."""

    faces: NDArray[np.uint8]
    validation: list[Prepared]


def read_calibration(
    data: str, preparation: Preparation, rule: AnchorRule, geometry: Geometry = UPRIGHT
) -> Calibration:
    """Prepare what `NAME:PATH`, joined by `+`, names.

    The training faces are always the same ones, chosen by a checksum of their names. Raises
    `InputError` where a data set has no training or no validation part.
    """
    faces, validation = [], []
    for source in parse_data(data, rule):
        listing = take_subset(source.read("train", preparation.max_faulty), FACES)
        crops = np.asarray(app_crops(listing, preparation, geometry).crops)
        faces.append(np.repeat(crops[..., None], 3, axis=3) if crops.ndim == 3 else crops)
        validation.append(evaluation_set(source, "val", preparation, geometry)[1])
    return Calibration(np.concatenate(faces), validation)


def figures(path: Path, sets: list[Prepared]) -> dict[str, Any]:
    """What `evaluate` says of an exported file on the CPU over all faces of the sets."""
    estimator = onnx_estimator(path, "cpu")
    # Set by set, for some are grey and some in colour.
    estimate = np.concatenate([estimate_sets(estimator, [each]) for each in sets])
    return evaluate_all(estimate, np.concatenate([each.target for each in sets]))


def losses(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, float, float]]:
    """CCC of valence, arousal and their mean, each before and after."""
    rows = [(axis, before[axis]["ccc"], after[axis]["ccc"]) for axis in ("valence", "arousal")]
    mean = np.mean([row[1:] for row in rows], axis=0)
    return [*rows, ("mean", float(mean[0]), float(mean[1]))]


def check_losses(rows: list[tuple[str, float, float]], out: Path) -> None:
    """`InputError` where a CCC falls by more than `MOST_LOST`, or cannot be told."""
    if any(not before - after <= MOST_LOST for _, before, after in rows):
        falls = ", ".join(f"{name} {before:.4f} to {after:.4f}" for name, before, after in rows)
        raise InputError(
            f"{out} was not written: in int8 CCC on the validation faces goes from {falls}, and "
            f"none of them may fall by more than {MOST_LOST:g}: calibrate on more fitting faces, "
            "or use --fp16."
        )
