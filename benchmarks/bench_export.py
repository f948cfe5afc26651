"""What the maps cost and what fewer bits save: one face on the CPU, all kinds of a file in one run.

    python benchmarks/bench_export.py [FILE.onnx ...] [--rounds 60] [--threads 1]

Each float32 file (the shipped ones if none is named) is timed as it is, without its maps, in fp16
and in int8. A round times every kind once, each as the best of a few runs, beginning with another
kind each time: so what else the machine does touches all alike. A ratio is that of one round; the
median over the rounds is told, with the middle half of them. Exit status 1 where the maps cost
more than a twentieth.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from avce.model.predictor import Predictor
from avce.train.exporting.narrowing import to_half
from avce.train.exporting.onnx_graph import set_metadata
from avce.train.exporting.parity import sample_images
from avce.train.exporting.quantise import quantise
from avce.weights import available_weights

MOST_FOR_MAPS = 1.05
RUNS = 5


def kinds(source: Path, folder: Path) -> dict[str, Path]:
    """The file itself and the others made of it, by name."""
    files = {name: folder / f"{name}.onnx" for name in ("without maps", "fp16", "int8")}
    whole = onnx.load(str(source))
    kept = [output.name for output in whole.graph.output if output.name != "cam"]
    without = onnx.utils.Extractor(whole).extract_model(["face"], kept)
    onnx.save(without, str(files["without maps"]))
    to_half(source, files["fp16"])
    # Which faces the ranges come from does not change how long a run takes.
    quantise(source, files["int8"], sample_images(32))
    entries = {p.key: p.value for p in onnx.load(str(source)).metadata_props}
    for file in files.values():
        set_metadata(file, entries)
    return {"fp32 with maps": source, **files}


def best_of(predictor: Predictor, face: NDArray[np.uint8]) -> float:
    """The shortest of some runs in milliseconds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        predictor.predict(face)
        times.append(time.perf_counter() - start)
    return min(times) * 1000.0


def measure(files: dict[str, Path], rounds: int, threads: int) -> NDArray[np.float64]:
    """Milliseconds [rounds, kinds] of one face."""
    opened = [Predictor(path, provider="cpu", threads=threads) for path in files.values()]
    face = sample_images(6)[5:]
    for predictor in opened:
        best_of(predictor, face)
    found = np.zeros((rounds, len(opened)))
    for i in range(rounds):
        for j in np.roll(np.arange(len(opened)), i):
            found[i, j] = best_of(opened[j], face)
    return found


def quartiles(ratios: NDArray[np.float64]) -> str:
    low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75))
    return f"{middle:.3f} ({low:.3f} to {high:.3f})"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="*", help="float32 files of avce-export")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    shipped = [
        p for p in available_weights() if Predictor(p, provider="cpu").card.precision == "fp32"
    ]
    status = 0
    for source in options.files or shipped:
        with tempfile.TemporaryDirectory() as folder:
            files = kinds(source, Path(folder))
            sizes = {name: path.stat().st_size / 1e6 for name, path in files.items()}
            times = measure(files, options.rounds, options.threads)
        print(f"{source.name}, {options.threads} thread(s), {options.rounds} rounds")
        for j, name in enumerate(files):
            ratio = (
                ""
                if j == 0
                else f"  fp32 with maps : this = {quartiles(times[:, 0] / times[:, j])}"
            )
            print(f"  {name:<15}{np.median(times[:, j]):7.2f} ms {sizes[name]:6.1f} MB{ratio}")
        cost = float(np.median(times[:, 0] / times[:, 1]))
        met = cost <= MOST_FOR_MAPS
        print(f"  maps cost {cost:.3f} x (<= {MOST_FOR_MAPS}): {'met' if met else 'NOT MET'}")
        status = status or int(not met)
    return status


if __name__ == "__main__":
    sys.exit(main())
