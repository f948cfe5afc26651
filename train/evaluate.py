"""Figures of a checkpoint or of an exported network on a labelled split."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..model.errors import InputError
from ..model.metrics import evaluate_all
from ..model.predictor import Predictor
from .checkpoint import load_network
from .classes import evaluate_classes
from .crops.preparation import USUAL, Preparation
from .crops.prepare import Prepared, prepare
from .datasets import DataSource, parse_data
from .datasets.base import EMOTIONS, Listing
from .loader import EvaluationLoader
from .released import released_pair

CROP = 224
Estimator = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Crops uint8 [N, 224, 224, 3] to valence and arousal [N, 2], or to class outputs [N, 7 or 8]."""


def onnx_estimator(path: Path, provider: str = "auto") -> Estimator:
    """Estimates by an exported file."""
    predictor = Predictor(path, provider=provider)
    return lambda crops: predictor.predict(crops).va


def checkpoint_estimator(path: Path) -> Estimator:
    """Estimates by a checkpoint, or by a pair of the authors' release, in float32."""
    net, config = load_network(path)
    forward = net.estimate if config.network.outputs == 2 else lambda faces: net(faces).x

    def estimate(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return forward(torch.from_numpy(crops).permute(0, 3, 1, 2).float()).numpy()

    return estimate


def open_estimator(path: Path, provider: str = "auto") -> Estimator:
    """An estimator for either kind of file, told apart by its ending, or for a released pair."""
    if released_pair(path) is None and not path.is_file():
        raise InputError(f"There is no model at {path}: no such file.")
    if path.suffix == ".onnx":
        return onnx_estimator(path, provider)
    return checkpoint_estimator(path)


def estimate_sets(estimator: Estimator, sets: list[Prepared]) -> NDArray[np.float32]:
    """Estimates [N, outputs] of all crops of the sets, in their order."""
    parts = []
    for batch in EvaluationLoader(sets, 64):
        faces = batch.faces.numpy()
        if faces.shape[1] == 1:
            faces = np.repeat(faces, 3, axis=1)
        parts.append(estimator(np.ascontiguousarray(faces.transpose(0, 2, 3, 1))))
    return np.concatenate(parts)


def app_crops(listing: Listing, preparation: Preparation) -> Prepared:
    """Faces as the app would see them: crops of 224 px, in colour where the data set has any."""
    return prepare(
        listing,
        preparation,
        size=CROP,
        # FER+ is grey by nature; one channel holds all there is and takes a third of the space.
        grey=listing.name == "ferplus",
    )


def evaluation_set(
    source: DataSource, split: str, preparation: Preparation
) -> tuple[Listing, Prepared]:
    """A split's listing and its `app_crops`."""
    listing = source.read(split, preparation.max_faulty)
    return listing, app_crops(listing, preparation)


def evaluate(
    model: Path,
    data: str,
    split: str,
    preparation: Preparation = USUAL,
    *,
    provider: str = "auto",
    predictions: Path | None = None,
) -> dict[str, Any]:
    """RMSE, SAGR, PCC and CCC of a model on a split, over the whole of it.

    A network that classifies emotions gets accuracy, recalls and confusion (`evaluate_classes`).

    Colour data are evaluated in colour, as the app would see them. `predictions` names a CSV that
    gets one row a picture.
    """
    estimator = open_estimator(model, provider)
    sets = [evaluation_set(source, split, preparation)[1] for source in parse_data(data)]
    if len({s.crops.ndim for s in sets}) > 1:
        raise InputError(
            "Grey and colour data sets are evaluated apart: name one --data at a time."
        )
    estimate = estimate_sets(estimator, sets)
    if predictions is not None:
        _write_predictions(predictions, sets, estimate)
    if estimate.shape[1] != 2:
        return evaluate_classes(estimate, np.concatenate([s.emotion for s in sets]))
    return evaluate_all(estimate, np.concatenate([s.target for s in sets]))


def _write_predictions(path: Path, sets: list[Prepared], estimate: NDArray[np.float32]) -> None:
    names = [name for s in sets for name in s.names]
    if estimate.shape[1] == 2:
        header = ["name", "valence", "arousal", "valence_label", "arousal_label"]
        labels = np.concatenate([s.target for s in sets]).tolist()
        table = [[*guess, *label] for guess, label in zip(estimate.tolist(), labels, strict=True)]
    else:
        header = ["name", "emotion", "emotion_label"]
        labels = np.concatenate([s.emotion for s in sets]).tolist()
        answers = estimate.argmax(axis=1).tolist()
        table = [
            [EMOTIONS[answer], EMOTIONS[label] if label >= 0 else ""]
            for answer, label in zip(answers, labels, strict=True)
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(header)
        rows.writerows([name, *row] for name, row in zip(names, table, strict=True))


def write_json(result: dict[str, Any], path: Path) -> None:
    """Write figures for other programs to read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
