"""avce-train refit: another rule of anchors, or other crops, for a network by its last layer.

The last linear layer of the regressor is solved anew by ridge regression; what comes before stays
as it was trained. Its activation maps follow, since they are computed from the same weights.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from ...model.anchors import RULES
from ...model.errors import InputError
from ...model.face.crop_geometry import UPRIGHT
from ...model.metrics import ccc
from ...model.predictor import Predictor
from ...model.system.whole_file import work_folder
from ..crops.preparation import USUAL, Preparation
from ..crops.prepare import read_origins
from ..datasets import parse_data
from ..datasets.splits import fold_of, take_half
from ..evaluate import app_crops, estimate_sets
from ..exporting.last_layer import find_last_layer, open_values, put_tensor
from ..exporting.onnx_graph import set_metadata
from .head_settings import RefitSettings

Floats = NDArray[np.float64]
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
_FOLDS = 5
_FEWEST = 200


def learns(groups: Sequence[str]) -> NDArray[np.bool_]:
    """Whose faces are learned from, [N]."""
    # Not the parity: that chose the half of the split, and so is the same for all of them.
    return np.array([fold_of(group, 4) >= 2 for group in groups], np.bool_)


def refit(
    network: Path, out: Path, settings: RefitSettings, preparation: Preparation = USUAL
) -> dict[str, Any]:
    """Write a float32 network with its last layer solved anew, fed with upright crops.

    Returns the strength of the ridge, which cross-validation over people chose, the number of
    faces, and the cross-validated CCC of valence and arousal. Raises `InputError` where the file
    has no last layer to be solved, or the faces are too few.
    """
    rule = RULES[settings.anchors]
    card = Predictor(network, provider="cpu").card
    file = onnx.load(str(network), load_external_data=False)
    gemm = _last_layer(file, network)
    features, targets, groups = [], [], []
    with work_folder(out) as folder:
        values = open_values(file, [gemm.input[0]])
        for source in parse_data(settings.data, rule):
            listing = take_half(source.read(settings.split, preparation.max_faulty), settings.part)
            prepared = app_crops(listing, preparation, UPRIGHT)
            people = read_origins(prepared).group
            kept = learns(people)
            features.append(estimate_sets(lambda crops: values(crops)[0], [prepared])[kept])
            targets.append(prepared.target[kept])
            groups += [person for person, keep in zip(people, kept, strict=True) if keep]
        hidden = np.concatenate(features).astype(np.float64)
        target = np.concatenate(targets).astype(np.float64)
        if len(hidden) < _FEWEST:
            raise InputError(
                f"The last layer needs {_FEWEST} faces to learn from; there are {len(hidden)}: "
                "name more --data."
            )
        strength, reached = _choose(hidden, target, groups)
        weight, bias = ridge(hidden, target, strength)
        put_tensor(file, gemm.input[1], weight)
        put_tensor(file, gemm.input[2], bias)
        made = folder / "made.onnx"
        onnx.save(file, str(made))
        entries = {p.key: p.value for p in file.metadata_props}
        entries.pop("avce.interval", None)
        set_metadata(
            made,
            entries
            | {
                "avce.anchors": json.dumps(rule.as_dict()),
                "avce.crop": json.dumps(card.crop | {"geometry": UPRIGHT}),
                "avce.metrics": "{}",
            },
        )
        Predictor(made, provider="cpu")
        os.replace(made, out)
    return {"strength": strength, "n": len(hidden), "ccc": reached}


def ridge(features: Floats, target: Floats, strength: float) -> tuple[Floats, Floats]:
    """Weights [2, D] and bias [2] of the linear map that solves ridge regression on standardised
    features [N, D]; the bias is not shrunk (Hoerl & Kennard, 1970)."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    scaled = (features - mean) / spread
    centre = target.mean(axis=0)
    gram = scaled.T @ scaled + strength * np.eye(scaled.shape[1])
    weight = np.linalg.solve(gram, scaled.T @ (target - centre)).T / spread
    return weight, centre - weight @ mean


def _choose(features: Floats, target: Floats, groups: list[str]) -> tuple[float, list[float]]:
    fold = np.array([fold_of(f"refit {group}", _FOLDS) for group in groups])
    found = []
    for strength in STRENGTHS:
        guess = np.empty_like(target)
        for i in range(_FOLDS):
            weight, bias = ridge(features[fold != i], target[fold != i], strength)
            guess[fold == i] = features[fold == i] @ weight.T + bias
        both = ccc(guess.clip(-1, 1), target)
        found.append([float(value) for value in np.asarray(both)])
    best = int(np.argmax([sum(values) for values in found]))
    return STRENGTHS[best], found[best]


def _last_layer(file: onnx.ModelProto, network: Path) -> onnx.NodeProto:
    node = find_last_layer(file)
    if node is None:
        raise InputError(
            f"{network} has no last layer that can be solved again: give a float32 file of "
            "avce-export without heads."
        )
    return node
