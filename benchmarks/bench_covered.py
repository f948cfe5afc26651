"""Whether a hidden mouth or eye is told by whatever hides it, also by what was never learned from.

    python benchmarks/bench_covered.py DATA [--model FILE] [--faces N]

`DATA` is one or several data sets as `avce-train` names them (`ferplus:FOLDER+webfaces:FOLDER`).
The head of `avce-train covered` is learned on the half `tune` of a split: on all kinds of things
that are drawn over faces, and again without each kind (a hand is left out wherever it lies). On the
half `report`, each kind is then told from untouched faces: by the area under the ROC curve, and by
the share that is told where 2 % of untouched faces are too. The last line says which share of
darkened, blurred and other copies that show the whole face is told by mistake at that mark.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from avce.model.errors import run_command
from avce.model.predictor import Predictor
from avce.train.crops.coverings import COVERINGS, covered_by
from avce.train.crops.preparation import USUAL
from avce.train.heads.covered import faces_of, in_turn, said_of
from avce.train.heads.covered_fit import PARTS, CoveredHead, Maps, cells, fit_covered
from avce.train.heads.covered_graph import values_of
from avce.train.heads.head_settings import CoveredSettings
from avce.weights import find_weights

KINDS = [(part, kind) for part, kinds in COVERINGS.items() for kind in kinds]
FALSE = 0.02

Crop = NDArray[np.uint8]


def copies(crops: Sequence[Crop], part: str, kind: str) -> tuple[list[Crop], list[Any]]:
    """Each crop with that thing over it, and where it is."""
    drawn = [
        covered_by(crop, COVERINGS[part][kind], np.random.default_rng([i, 31]))
        for i, crop in enumerate(crops)
    ]
    return [copy for copy, _ in drawn], [where for _, where in drawn]


def main() -> int:
    """Parse the command line and report."""
    parser = argparse.ArgumentParser(description="What hides a face, and is told.")
    parser.add_argument("data", help="for example ferplus:FOLDER+webfaces:FOLDER")
    parser.add_argument("--split", default="val")
    parser.add_argument("--model", type=Path, default=None, help="the shipped one if not given")
    parser.add_argument("--faces", type=int, default=400, help="to learn from, and to tell")
    given = parser.parse_args()
    path = given.model or find_weights(provider="cpu")
    predictor = Predictor(path, provider="cpu")
    values = values_of(onnx.load(str(path)), path)
    learned, told = (
        faces_of(CoveredSettings(given.data, given.split, half, given.faces), USUAL, predictor)[0]
        for half in ("tune", "report")
    )

    def maps_of(crops: Sequence[Crop]) -> Maps:
        return said_of(values, crops, "read").maps

    plain, others = maps_of(learned), maps_of(in_turn(learned))
    hidden, where = {}, {}
    for part, kind in KINDS:
        made, masks = copies(learned, part, kind)
        hidden[part, kind] = maps_of(made)
        where[part, kind] = cells(masks, plain.shape[-1])
    new, new_poorer = maps_of(told), maps_of(in_turn(told))
    new_hidden = {each: maps_of(copies(told, *each)[0]) for each in KINDS}

    @cache
    def fitted(left_out: str) -> CoveredHead:
        kept = [each for each in KINDS if each[1] != left_out]
        nothing = np.zeros((len(plain) + len(others), *plain.shape[2:]), np.float32)
        maps = [plain, others, *(hidden[each] for each in kept)]
        return fit_covered(
            np.concatenate(maps), np.concatenate([nothing, *(where[each] for each in kept)])
        )

    print(f"{path.name}: {len(learned)} faces learned from, {len(told)} told")
    print(f"{'':22}  learned from: AUC  told   left out: AUC  told")
    whole = fitted("")
    for part, kind in KINDS:
        column = PARTS.index("mouth" if part == "mouth" else "eyes")
        row = []
        for head in (whole, fitted(kind)):
            as_is = head.covered(new)[:, column]
            shares = head.covered(new_hidden[part, kind])[:, column]
            truth = np.repeat([0, 1], [len(as_is), len(shares)])
            auc = roc_auc_score(truth, np.concatenate([as_is, shares]))
            row.append((auc, float(np.mean(shares > np.quantile(as_is, 1 - FALSE)))))
        (auc, share), (auc_without, share_without) = row
        name = f"{part}: {kind}"
        print(f"{name:22}  {auc:17.3f}  {share:.2f}  {auc_without:14.3f}  {share_without:.2f}")
    marks = np.quantile(whole.covered(new), 1 - FALSE, axis=0)
    wrong = (whole.covered(new_poorer) > marks).mean(axis=0)
    print(f"poorer copies told by mistake: eyes {wrong[0]:.2f}, mouth {wrong[1]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, name="bench_covered", debug=False))
