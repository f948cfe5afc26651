"""Figures of a checkpoint or of an exported network on a labelled split."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..model.anchors import RULES, AnchorRule
from ..model.errors import InputError
from ..model.face.crop_geometry import UPRIGHT, Geometry
from ..model.metrics import evaluate_all
from ..model.predictor import Predictor
from ..model.system.whole_file import write_whole
from .answers import answers_of, by_copy
from .authors_checkpoint import released_pair
from .checkpoint import load_network
from .classes import evaluate_classes
from .conditions import by_condition, taken_of
from .crops.preparation import USUAL, Preparation
from .crops.prepare import Prepared, prepare
from .datasets import DATASETS, DataSource, parse_data
from .datasets.base import EMOTIONS, Listing
from .datasets.splits import take_half
from .emotions import emotion_figures
from .intervals import interval_figures
from .loader import EvaluationLoader

CROP = 224
Estimate = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Crops uint8 [N, 224, 224, 3] to valence and arousal [N, 2], or to class outputs [N, 7 or 8]."""


def onnx_estimator(path: Path, provider: str = "auto") -> Estimate:
    """Estimates by an exported file."""
    predictor = Predictor(path, provider=provider)
    return lambda crops: predictor.predict(crops).va


def checkpoint_estimator(path: Path) -> Estimate:
    """Estimates by a checkpoint, or by a pair of the authors' release, in float32."""
    net, config = load_network(path)
    forward = net.estimate if config.network.outputs == 2 else lambda faces: net(faces).x

    def estimate(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return forward(torch.from_numpy(crops).permute(0, 3, 1, 2).float()).numpy()

    return estimate


def open_estimator(path: Path, provider: str = "auto") -> Estimate:
    """An estimator for either kind of file, told apart by its ending, or for a released pair."""
    if released_pair(path) is None and not path.is_file():
        raise InputError(f"There is no model at {path}: no such file.")
    if path.suffix == ".onnx":
        return onnx_estimator(path, provider)
    return checkpoint_estimator(path)


def model_facts(path: Path) -> tuple[Geometry, AnchorRule]:
    """Of either kind of file, or a released pair: the geometry of the crops that it is fed with,
    and the rule of anchors that it learned by."""
    if path.suffix == ".onnx":
        card = Predictor(path, provider="cpu").card
        return card.geometry, card.anchors
    config = load_network(path)[1]
    return config.geometry, config.rule


def estimate_sets(estimator: Estimate, sets: list[Prepared]) -> NDArray[np.float32]:
    """Estimates [N, outputs] of all crops of the sets, in their order."""
    parts = []
    for batch in EvaluationLoader(sets, 64):
        faces = batch.faces.numpy()
        if faces.shape[1] == 1:
            faces = np.repeat(faces, 3, axis=1)
        parts.append(estimator(np.ascontiguousarray(faces.transpose(0, 2, 3, 1))))
    return np.concatenate(parts)


def app_crops(listing: Listing, preparation: Preparation, geometry: Geometry = UPRIGHT) -> Prepared:
    """Faces as the app shows them to a network that names this geometry: crops of 224 px, in colour
    where the data set has any."""
    # Of images that are grey by nature one channel holds all there is, in a third of the space.
    grey = DATASETS[listing.name].grey
    return prepare(listing, preparation, size=CROP, grey=grey, geometry=geometry)


def evaluation_set(
    source: DataSource, split: str, preparation: Preparation, geometry: Geometry = UPRIGHT
) -> tuple[Listing, Prepared]:
    """A split's listing and its `app_crops`."""
    listing = source.read(split, preparation.max_faulty)
    return listing, app_crops(listing, preparation, geometry)


def evaluate(
    model: Path,
    data: str,
    split: str,
    preparation: Preparation = USUAL,
    *,
    provider: str = "auto",
    predictions: Path | None = None,
    anchors: str | None = None,
    part: str = "all",
    copies: int = 0,
) -> dict[str, Any]:
    """RMSE, SAGR, PCC and CCC of a model on a split, over the whole of it.

    A network that classifies emotions gets accuracy, recalls and confusion (`evaluate_classes`).

    Faces that nobody rated are labelled by the rule that the model learned by, or by the one that
    `anchors` names; the result's "anchors" tell which. Colour data are evaluated in colour, as the
    app would see them. `predictions` names a CSV that gets one row an image. `part` is "all" of
    the split or one of its halves, "tune" and "report" (`splits.take_half`). A model that gives
    intervals has the figures of `intervals.interval_figures` with each axis, as "interval"; one
    that gives vote shares has those of `emotions.emotion_figures`, as "emotions".

    "conditions" has the figures by how the faces were taken (`conditions.by_condition`), and
    "copies" those of copies of so many faces in poorer conditions (`answers.by_copy`; exported
    networks alone). "left_out" is there where data cannot be used, and says which and why
    (`Listing.left_out`).
    """
    estimator = open_estimator(model, provider)
    geometry, rule = model_facts(model)
    rule = RULES[anchors] if anchors else rule
    sources = parse_data(data, rule)
    listings = [take_half(s.read(split, preparation.max_faulty), part) for s in sources]
    left_out = [words for each in listings for words in each.left_out()]
    told = {"left_out": left_out} if left_out else {}
    sets = [app_crops(each, preparation, geometry) for each in listings]
    if len({s.crops.ndim for s in sets}) > 1:
        raise InputError(
            "Grey and colour data sets are evaluated apart: name one --data at a time."
        )
    predictor = Predictor(model, provider=provider) if model.suffix == ".onnx" else None
    said = answers_of(predictor, sets) if predictor else None
    estimate = said.va if said else estimate_sets(estimator, sets)
    if predictions is not None:
        _write_predictions(predictions, sets, estimate)
    if estimate.shape[1] != 2:
        return evaluate_classes(estimate, np.concatenate([s.emotion for s in sets])) | told
    target = np.concatenate([s.target for s in sets])
    result = evaluate_all(estimate, target)
    halfwidth = said.halfwidth if said else None
    if predictor and predictor.card.interval and halfwidth is not None:
        level = predictor.card.interval["level"]
        for axis, figures in interval_figures(estimate, halfwidth, target, level).items():
            result[axis]["interval"] = figures
    if said and said.votes is not None:
        votes = np.concatenate([s.votes for s in sets])
        result["emotions"] = emotion_figures(said.votes, votes)
    result["conditions"] = by_condition(taken_of(sets), estimate, target, halfwidth)
    if predictor and copies:
        result["copies"] = by_copy(predictor, sets, copies)
    proxy = any(source.data_set.proxy for source in sources)
    return result | told | ({"anchors": rule.name} if proxy else {})


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
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(header)
    rows.writerows([name, *row] for name, row in zip(names, table, strict=True))
    write_whole(path, text.getvalue())


def write_json(result: dict[str, Any], path: Path) -> None:
    """Write figures for other programs to read."""
    write_whole(path, json.dumps(result, indent=1) + "\n")
