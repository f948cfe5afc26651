"""From the readings of one model to those of another: a linear conversion, and its error.

    python benchmarks/convert_readings.py OLD.onnx NEW.onnx --data ferplus:FOLDER

For sessions that were recorded with a model that learned by another rule of anchors and that hold
no vote shares. Both models estimate the same withheld faces, each through its own crop. The
conversion is fitted by least squares on the half `tune` of the split, and its error is told on the
half `report`: its distance from what the new model reads, beside the distance without a conversion,
and the CCC of each with the labels of the new model's rule.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avce.model.errors import InputError, run_command
from avce.model.metrics import evaluate_all
from avce.train.crops.preparation import Preparation
from avce.train.evaluate import evaluate, model_facts

Values = NDArray[np.float64]
AXES = ("valence", "arousal")


def estimates(
    model: Path, data: str, split: str, part: str, rule: str, preparation: Preparation
) -> dict[str, tuple[float, ...]]:
    """By image: the model's valence and arousal, and the label's by that rule of anchors."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "predictions.csv"
        evaluate(model, data, split, preparation, predictions=table, anchors=rule, part=part)
        with table.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    columns = ("valence", "arousal", "valence_label", "arousal_label")
    return {row["name"]: tuple(float(row[column]) for column in columns) for row in rows}


def pairs(
    old: dict[str, tuple[float, ...]], new: dict[str, tuple[float, ...]]
) -> tuple[Values, Values, Values]:
    """Old estimates, new estimates and labels [N, 2] of the faces that both models saw."""
    both = sorted(old.keys() & new.keys())
    if len(both) < 10:
        raise InputError("The models saw fewer than 10 faces in common: name a larger data set.")
    before, after = (np.array([of[image] for image in both]) for of in (old, new))
    return before[:, :2], after[:, :2], after[:, 2:]


def with_constant(values: Values) -> Values:
    """[N, 2] to [N, 3]: 1, valence, arousal."""
    return np.column_stack([np.ones(len(values)), values])


def run(old: Path, new: Path, data: str, split: str, preparation: Preparation) -> None:
    """Fit, measure and print."""
    rule = model_facts(new)[1].name
    parts = {}
    for part in ("tune", "report"):
        found = [estimates(m, data, split, part, rule, preparation) for m in (old, new)]
        parts[part] = pairs(*found)
    before, after, _ = parts["tune"]
    matrix = np.linalg.lstsq(with_constant(before), after, rcond=None)[0]
    print(f"{old.name} to {new.name} (anchors {rule}), fitted on {len(before)} faces:")
    for axis, (constant, valence, arousal) in zip(AXES, matrix.T, strict=True):
        print(f"  {axis} = {constant:+.3f} {valence:+.3f} valence {arousal:+.3f} arousal")
    before, after, label = parts["report"]
    converted = np.clip(with_constant(before) @ matrix, -1.0, 1.0)
    print(f"on {len(before)} other faces:")
    for name, values in (("as it was", before), ("converted", converted)):
        distance = np.sqrt(((values - after) ** 2).mean(axis=0))
        figures = evaluate_all(values, label)
        of_label = ", ".join(f"{figures[axis]['ccc']:.3f}" for axis in AXES)
        print(
            f"  {name}: RMSE to the new model's readings {distance[0]:.3f} (valence), "
            f"{distance[1]:.3f} (arousal); CCC with the labels {of_label}"
        )
    figures = evaluate_all(after, label)
    of_label = ", ".join(f"{figures[axis]['ccc']:.3f}" for axis in AXES)
    print(f"  new model: CCC with the labels {of_label}")


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("old", type=Path, help="the model that sessions were recorded with")
    parser.add_argument("new", type=Path, help="the model whose readings are wanted")
    parser.add_argument("--data", required=True, help="withheld faces, as avce-train names them")
    parser.add_argument("--split", default="val", help="of the data (default: val)")
    parser.add_argument("--crops", type=Path, default=None, help="cache of prepared crops")
    o = parser.parse_args(arguments)
    preparation = Preparation(crops=o.crops)
    return run_command(
        lambda: run(o.old, o.new, o.data, o.split, preparation),
        name="convert_readings",
        debug=False,
    )


if __name__ == "__main__":
    sys.exit(main())
