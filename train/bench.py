"""What a training iteration costs by method, and what an estimate costs: the paper's timing.

The paper's own figures (supplement, Section 8) are of AlexNet at 224 px on its GPU.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from ..model.errors import InputError, option
from ..model.network_config import BackboneName, NetworkConfig
from .config import Networks, RunConfig
from .engine import TrainingModule
from .hardware import hardware, native_bfloat16
from .loader import Batch
from .method_config import MethodConfig, TransformName

PAPER = {"baseline": (213.7, 1.46), "caf": (529.1, 1.10), "avce": (451.6, 1.07)}
"""Milliseconds of an iteration and of an estimate by method, as published."""

_OWN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "baseline": ({"layout": "classifier"}, {"correlation": 0}),
    "caf": ({"layout": "caf"}, {"caf": "released"}),
}
"""Options of network and losses by which AlexNet's methods differ in Table 1."""
WARM_UP = 2
ESTIMATES = 100
_TOTAL = 10_000  # iterations that the rates' schedule spans, far beyond those that are measured


@dataclass(frozen=True, slots=True)
class BenchSettings:
    """What to measure.

    Args:
        backbone: of the networks.
        batch_size: faces of an iteration, for every method.
        input_size: side of the faces in pixels.
        rounds: iterations of each method that count.
        device: "cpu", "cuda" or "auto".
        threads: of the processor, 0 for all.
        transform: how AVCE solves SparseMax and SoftMax; the paper's figures are of solvers.
        networks: "shared" trains AVCE's network by every method, so that a ratio is that of the
            losses; "own" gives each the network of the paper's Table 1: with AlexNet the whole
            classifier under the squared error for Baseline, and CAF's narrow regressor. With
            ResNets there is no difference.
    """

    backbone: BackboneName = "alexnet"
    batch_size: int = 32
    input_size: int = 224
    rounds: int = 12
    device: str = "auto"
    threads: int = 0
    transform: TransformName = "closed-form"
    networks: Networks = "shared"

    def __post_init__(self) -> None:
        # CAF parts a batch into two groups of at least two faces.
        for name, least in (("batch_size", 8), ("input_size", 64), ("rounds", 1), ("threads", 0)):
            if getattr(self, name) < least:
                value = getattr(self, name)
                raise InputError(f"{option(name)} must be at least {least} here, not {value}.")
        if self.device not in ("auto", "cpu", "cuda"):
            raise InputError(f"--device must be auto, cpu or cuda, not '{self.device}'.")
        if self.device == "cuda" and not torch.cuda.is_available():
            raise InputError("--device cuda cannot be had: PyTorch sees no CUDA device here.")

    def run_of(self, method: str) -> RunConfig:
        """The run that a method is measured in."""
        network: dict[str, Any] = {"backbone": self.backbone, "input_size": self.input_size}
        settings: dict[str, Any] = {"transform": self.transform}
        if self.networks == "own" and self.backbone == "alexnet":
            layout, changes = _OWN.get(method, ({}, {}))
            network |= layout
            settings |= changes
        return RunConfig(
            "",
            method=method,
            batch_size=self.batch_size,
            network=NetworkConfig(**network),
            settings=MethodConfig(**settings),
        )

    def where(self) -> torch.device:
        """The device that is measured."""
        automatic = "cuda" if torch.cuda.is_available() else "cpu"
        return torch.device(automatic if self.device == "auto" else self.device)


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians of a method: milliseconds of an `iteration`, its `ratio` to Baseline's, and
    milliseconds of an `estimate` (a mean of 100)."""

    iteration: float
    ratio: float
    estimate: float


@dataclass(frozen=True, slots=True)
class Moment:
    """Milliseconds by the `clock`, and of the time that ratios are taken of (`spent`)."""

    clock: float
    spent: float

    def __sub__(self, other: Moment) -> Moment:
        return Moment(self.clock - other.clock, self.spent - other.spent)


class BareModule(TrainingModule):
    """The training step as it is, without a trainer around it."""

    def __init__(self, config: RunConfig) -> None:
        super().__init__(config, _TOTAL)
        self.prepared = self.configure_optimizers()

    def optimizers(self, use_pl_optimizer: bool = True) -> Any:
        return self.prepared

    def manual_backward(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:
        loss.backward()

    def log(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is logged."""

    def log_dict(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is logged."""


def bench(settings: BenchSettings) -> dict[str, Cost]:
    """Measure Baseline, CAF and AVCE on random faces; Baseline first.

    An iteration is augmentation, forward and backward pass with all terms, optimiser and moving
    average. The methods take turns, so that whatever else the machine does falls on all alike, and
    a ratio is the median over rounds of a method's time by Baseline's in the same round.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    device = settings.where()
    modules = {name: BareModule(settings.run_of(name)) for name in PAPER}
    for module in modules.values():
        module.to(device).train()
        module.on_train_epoch_start()
    batch = random_faces(settings.batch_size, settings.input_size).to(device)
    times = iteration_times(modules, batch, settings.rounds, device)
    estimates = estimate_times(modules, settings.input_size, device)
    return {
        name: Cost(
            statistics.median(one.clock for one in times[name]),
            statistics.median(
                one.spent / base.spent
                for one, base in zip(times[name], times["baseline"], strict=True)
            ),
            statistics.fmean(one.clock for one in estimates[name]),
        )
        for name in modules
    }


def random_faces(count: int, size: int) -> Batch:
    """Faces of noise [count, 1, size, size] with random labels."""
    generator = torch.Generator().manual_seed(0)
    return Batch(
        faces=torch.randint(0, 256, (count, 1, size, size), generator=generator, dtype=torch.uint8),
        target=torch.rand(count, 2, generator=generator) * 2 - 1,
        votes=torch.full((count, 8), torch.nan),
        emotion=torch.arange(count) % 8,
    )


def iteration_times(
    modules: Mapping[str, TrainingModule], batch: Batch, rounds: int, device: torch.device
) -> dict[str, list[Moment]]:
    """What each method's iterations took, in turns, after `WARM_UP` rounds that do not count."""

    fast = native_bfloat16(device.type == "cpu")

    def iterate(name: str, number: int) -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=fast):
            modules[name].training_step(batch, number)

    return _in_turns(list(modules), rounds, iterate, device)


def estimate_times(
    modules: Mapping[str, TrainingModule], size: int, device: torch.device
) -> dict[str, list[Moment]]:
    """What `ESTIMATES` estimates of one face took each method in turns, in float32."""
    nets = {name: module.evaluated.eval() for name, module in modules.items()}
    face = torch.zeros(1, 3, size, size, device=device)
    with torch.inference_mode():
        return _in_turns(list(nets), ESTIMATES, lambda name, _: nets[name].estimate(face), device)


def _in_turns(
    names: Sequence[str], rounds: int, do: Callable[[str, int], object], device: torch.device
) -> dict[str, list[Moment]]:
    times: dict[str, list[Moment]] = {name: [] for name in names}
    for number in range(-WARM_UP, rounds):
        # Another one begins each round: nobody always comes after the same neighbour.
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            start = now(device)
            do(name, number)
            if number >= 0:
                times[name].append(now(device) - start)
    return times


def now(device: torch.device) -> Moment:
    """The present moment. On a CPU ratios are taken of processor time, which other programs on a
    busy machine do not add to."""
    if device.type != "cpu":
        torch.cuda.synchronize()
    clock = 1000 * time.perf_counter()
    return Moment(clock, 1000 * time.process_time() if device.type == "cpu" else clock)


def print_costs(
    costs: Mapping[str, Cost], settings: BenchSettings, console: Console | None = None
) -> None:
    """The paragraph and its table: what was measured on what, beside the paper's figures."""
    console = console or Console()
    device = settings.where()
    arithmetic = "bf16" if native_bfloat16(device.type == "cpu") else "float32"
    console.print(hardware(device), highlight=False, soft_wrap=True)
    console.print(
        f"{settings.backbone}, {settings.input_size} px, batch {settings.batch_size}, "
        f"{arithmetic} on {device.type}; medians of {settings.rounds} rounds in turns, ratios of "
        f"{'processor time' if device.type == 'cpu' else 'time'}; an estimate is of one face, "
        f"float32, the mean of {ESTIMATES}. Views: {settings.transform}; networks: "
        f"{settings.networks}.",
        highlight=False,
        soft_wrap=True,
    )
    table = Table(caption="in brackets the paper's: AlexNet, 224 px, its GPU")
    table.add_column("method")
    for head in ("ms / iteration", "x baseline", "ms / estimate"):
        table.add_column(head, justify="right")
    for name, cost in costs.items():
        iteration, estimate = PAPER[name]
        table.add_row(
            name,
            f"{cost.iteration:.1f} ({iteration:.1f})",
            f"{cost.ratio:.3f} ({iteration / PAPER['baseline'][0]:.3f})",
            f"{cost.estimate:.2f} ({estimate:.2f})",
        )
    console.print(table)
