"""What a training iteration costs by method, and what an estimate costs: the paper's timing.

    python benchmarks/bench_iteration.py [--batch 32] [--rounds 12] [--backbone alexnet]

Milliseconds of a whole iteration (augmentation, forward and backward pass with all terms, optimiser
and moving average) for Baseline, CAF and AVCE, at 224 px, taken in turns so that whatever else the
machine does falls on all alike; then of one estimate for one face, the mean of 100. The paper
(supplement, Section 8) states 213.7, 529.1 and 451.6 ms and 1.46, 1.10 and 1.07 ms on its GPU.

The ratio is the median over rounds of a method's time by Baseline's in the same round; on a CPU it
is taken of processor time, which other programs on a busy machine do not add to. Exit status 1
where an AVCE iteration costs more than 1.15 x a Baseline iteration.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from avce.model.networks import BACKBONES, NetworkConfig
from avce.train.config import RunConfig
from avce.train.engine import TrainingModule
from avce.train.loader import Batch

METHODS = ("baseline", "caf", "avce")
SIDE = 224
MOST = 1.15
Times = dict[str, list[tuple[float, float]]]
ESTIMATES = 100
TOTAL = 10_000


class Bare(TrainingModule):
    """The training step as it is, without a trainer around it."""

    def __init__(self, config: RunConfig) -> None:
        super().__init__(config, TOTAL)
        self.prepared = self.configure_optimizers()

    def optimizers(self, use_pl_optimizer: bool = True) -> Any:
        return self.prepared

    def manual_backward(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:
        loss.backward()

    def log(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is logged."""

    def log_dict(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is logged."""


def made_batch(n: int) -> Batch:
    """Faces of noise and random labels."""
    generator = torch.Generator().manual_seed(0)
    return Batch(
        faces=torch.randint(0, 256, (n, 1, SIDE, SIDE), generator=generator, dtype=torch.uint8),
        target=torch.rand(n, 2, generator=generator) * 2 - 1,
        votes=torch.full((n, 8), torch.nan),
        emotion=torch.arange(n) % 8,
    )


def iteration_times(
    modules: Mapping[str, Bare], batch: Batch, rounds: int, device: torch.device
) -> Times:
    """Milliseconds of an iteration, by the clock and as it counts, after two rounds to warm up."""
    times: Times = {name: [] for name in modules}
    names = list(modules)
    for number in range(-2, rounds):
        # Another one begins each round: nobody always comes after the same neighbour.
        first = number % len(names)
        for name in names[first:] + names[:first]:
            start = _now(device)
            with torch.autocast(device.type, torch.bfloat16):
                modules[name].training_step(batch, number)
            if number >= 0:
                end = _now(device)
                times[name].append((end[0] - start[0], end[1] - start[1]))
    return times


@torch.inference_mode()
def estimate_time(module: Bare, device: torch.device) -> float:
    """Milliseconds of one estimate for one face, mean of `ESTIMATES`, in float32."""
    net = module.evaluated.eval()
    face = torch.zeros(1, 3, SIDE, SIDE, device=device)
    for _ in range(5):
        net.estimate(face)
    start = _now(device)
    for _ in range(ESTIMATES):
        net.estimate(face)
    return (_now(device)[0] - start[0]) / ESTIMATES


def _now(device: torch.device) -> tuple[float, float]:
    """Milliseconds by the clock, and of the time that ratios are taken of."""
    if device.type != "cpu":
        torch.cuda.synchronize()
    clock = 1000 * time.perf_counter()
    return clock, clock if device.type != "cpu" else 1000 * time.process_time()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--backbone", choices=BACKBONES, default="alexnet")
    return parser.parse_args()


def main() -> int:
    warnings.filterwarnings("ignore")
    options = _options()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = NetworkConfig(options.backbone, input_size=SIDE)
    modules = {
        name: Bare(RunConfig("", method=name, batch_size=options.batch, network=network))
        for name in METHODS
    }
    for module in modules.values():
        module.to(device).train()
        if module.average is not None:
            module.average.eval()
    times = iteration_times(modules, made_batch(options.batch).to(device), options.rounds, device)
    print(
        f"{options.backbone}, {SIDE} px, batch {options.batch}, bf16, {device.type}, "
        f"{torch.get_num_threads()} thread(s), median of {options.rounds} rounds"
    )
    print(f"{'method':<12}{'ms / iteration':>16}{'x baseline':>12}{'ms / estimate':>16}")
    ratios = {}
    for name in METHODS:
        pairs = zip(times[name], times["baseline"], strict=True)
        ratios[name] = statistics.median(one / base for (_, one), (_, base) in pairs)
        middle = statistics.median(clock for clock, _ in times[name])
        estimate = estimate_time(modules[name], device)
        print(f"{name:<12}{middle:>16.1f}{ratios[name]:>12.3f}{estimate:>16.2f}")
    if ratios["avce"] > MOST:
        print(f"An AVCE iteration costs more than {MOST} x a Baseline one.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
