"""Up to which brightness dark faces should be brightened, and what that gives in how much light.

    python benchmarks/bench_exposure.py MODEL --data ferplus:FOLDER [--limit N]

`MODEL` is a file that evens exposure (`avce-export --exposure`). Its usual brightness is set to
each of several values, 0 for none, and CCC of valence and arousal is measured on the half `tune` of
the validation faces, as they are and with less light and the noise of a small sensor. The shipped
value was chosen by this table. Nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx

from avce.model.errors import InputError, run_command
from avce.model.metrics import ccc
from avce.model.predictor import Predictor
from avce.train.answers import in_colour
from avce.train.crops.degraded import darkened
from avce.train.crops.preparation import Preparation
from avce.train.datasets import parse_data
from avce.train.datasets.splits import take_half, take_subset
from avce.train.evaluate import app_crops
from avce.train.exporting.exposure import MOST
from avce.train.exporting.last_layer import put_tensor

USUAL = (0.0, 50.0, 70.0, 90.0, 110.0)
LIGHT = (1.0, 1 / 2, 1 / 4, 1 / 8, 1 / 16)
_BATCH = 64


def with_usual(file: onnx.ModelProto, level: float, path: Path) -> Predictor:
    """The model with another usual brightness, of 255."""
    # A level of nothing is reached by every crop, and no crop is multiplied.
    usual = np.array(max(level, 1e-3) / 255, np.float32)
    put_tensor(file, "exposure.usual", usual)
    put_tensor(file, "exposure.least", usual / MOST)
    onnx.save(file, str(path))
    return Predictor(path, provider="cpu")


def run(model: Path, data: str, limit: int, preparation: Preparation) -> None:
    """Print the table."""
    file = onnx.load(str(model))
    if not any(tensor.name == "exposure.usual" for tensor in file.graph.initializer):
        raise InputError(f"{model} does not even exposure: use avce-export --exposure first.")
    card = Predictor(model, provider="cpu")
    (source,) = parse_data(data, card.anchors)
    listing = take_subset(take_half(source.read("val"), "tune"), limit)
    prepared = app_crops(listing, preparation, card.card.geometry)
    print(f"{len(prepared)} faces of {source.name}, CCC of valence / arousal")
    print(f"{'usual':>8}" + "".join(f"{f'light {light:.3g}':>18}" for light in LIGHT))
    with tempfile.TemporaryDirectory() as folder:
        for level in USUAL:
            predictor = with_usual(file, level, Path(folder) / f"{level:g}.onnx")
            cells = []
            for light in LIGHT:
                # The same noise at each level.
                random = np.random.default_rng(0)
                said = []
                for start in range(0, len(prepared), _BATCH):
                    crops = in_colour(np.asarray(prepared.crops[start : start + _BATCH]))
                    if light < 1:
                        crops = np.stack([darkened(crop, light, random) for crop in crops])
                    said.append(predictor.predict(crops).va)
                valence, arousal = np.asarray(ccc(np.concatenate(said), prepared.target))
                cells.append(f"{f'{valence:.4f} / {arousal:.4f}':>18}")
            print(f"{level or 'none':>8}" + "".join(cells), flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", required=True, help="as avce-train names it")
    parser.add_argument("--limit", type=int, default=0, help="faces, 0 for all")
    parser.add_argument("--crops", type=Path, default=None, help="cache of prepared crops")
    o = parser.parse_args(arguments)
    return run_command(
        lambda: run(o.model, o.data, o.limit, Preparation(crops=o.crops)),
        name="bench_exposure",
        debug=False,
    )


if __name__ == "__main__":
    sys.exit(main())
