"""Two processes under DistributedDataParallel take the step of one with the joined batch."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

TESTS = Path(__file__).resolve().parents[1]

# Run in each process, and once with a world of one: the gradients at each optimiser's first step.
# BatchNorm is in training mode: the heads see the joined rows, and AlexNet has none of its own.
PROGRAM = """
import sys
from dataclasses import replace
from pathlib import Path
import pytorch_lightning as pl
import torch
from made_data import make_prepared
from made_runs import make_run
from avce.train.engine import TrainingModule
from avce.train.fit import build_trainer
from avce.train.loader import EvaluationLoader, TrainLoader
from avce.train.optim_config import OptimConfig

class Gradients(pl.Callback):
    def __init__(self):
        self.found = []

    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        held = {id(p) for group in optimizer.param_groups for p in group["params"]}
        self.found.append({
            name: p.grad.clone()
            for name, p in pl_module.named_parameters()
            if id(p) in held and p.grad is not None
        })

rank, world, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
sets = [make_prepared(folder, 8)]
results = {}
for method in sys.argv[4:]:
    config = make_run(
        method, batch_size=8 // world, devices=world, optim=OptimConfig(clip=0.0, ema=0.0)
    )
    module = TrainingModule(config, 1)
    trainer = build_trainer(config, folder / f"{method}{world}", 1)
    record = Gradients()
    trainer.callbacks.insert(0, record)
    loader = TrainLoader(
        sets, 8 // world, seed=0, position=lambda: int(module.iteration), rank=rank, world=world
    )
    trainer.fit(module, loader, EvaluationLoader(sets, 4, rank=rank, world=world))
    scores = {k: float(v) for k, v in trainer.callback_metrics.items() if k.startswith("val/")}
    buffers = {
        name: value for name, value in module.named_buffers()
        if name.startswith("method") or "running" in name
    }
    results[method] = [record.found, scores, buffers]
torch.save(results, folder / f"{world}-{rank}.pt")
"""
METHODS = ("avce", "caf", "baseline")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _start(rank: int, world: int, folder: Path, port: int) -> subprocess.Popen[bytes]:
    several = {"LOCAL_RANK": str(rank), "NODE_RANK": "0", "WORLD_SIZE": str(world)}
    environment = os.environ | {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "GLOO_SOCKET_IFNAME": "lo",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(TESTS),
        **(several if world > 1 else {}),
    }
    arguments = [sys.executable, "-c", PROGRAM, str(rank), str(world), str(folder), *METHODS]
    return subprocess.Popen(arguments, env=environment)


@pytest.mark.slow
def test_the_step_of_two_processes_is_the_step_of_one(tmp_path: Path) -> None:
    port = _free_port()
    processes = [_start(0, 1, tmp_path, port), *(_start(r, 2, tmp_path, port) for r in range(2))]
    try:
        assert [process.wait(timeout=600) for process in processes] == [0, 0, 0]
    finally:
        for process in processes:
            process.kill()
    alone = torch.load(tmp_path / "1-0.pt")
    for rank in range(2):
        together = torch.load(tmp_path / f"2-{rank}.pt")
        for method in METHODS:
            (steps, scores, buffers), (found, found_scores, found_buffers) = (
                results[method] for results in (alone, together)
            )
            # CAF steps D first, then the network; each optimiser sees its own parameters alone.
            assert len(found) == len(steps) == (2 if method == "caf" else 1)
            for expected, gradients in zip(steps, found, strict=True):
                assert gradients.keys() == expected.keys()
                for name, grad in gradients.items():
                    # The absolute part is for biases in front of batch norm: theirs is zero, and
                    # what stands there is rounding, of either run.
                    close = {"rtol": 1e-4, "atol": 3e-6 + 1e-5 * float(expected[name].abs().max())}
                    torch.testing.assert_close(grad, expected[name], **close, msg=name)
            torch.testing.assert_close(found_buffers, buffers, rtol=1e-4, atol=1e-6)
            assert found_scores == pytest.approx(scores, rel=1e-2, abs=1e-2)
