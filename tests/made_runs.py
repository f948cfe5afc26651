"""Small networks, batches and runs for the tests of training methods."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path

import torch

from avce.model.network_config import BackboneName, NetworkConfig
from avce.model.networks import AVCENet, Output
from avce.train.augment_config import AugmentConfig
from avce.train.config import RunConfig
from avce.train.loader import Batch
from avce.train.methods import METHODS, Method
from avce.train.methods.base import total_of
from avce.train.optim_config import OptimConfig


def make_batch(n: int = 8, seed: int = 0) -> Batch:
    """Faces of noise with random labels; classes 0..6 in turn."""
    generator = torch.Generator().manual_seed(seed)
    return Batch(
        faces=torch.randint(0, 256, (n, 1, 64, 64), generator=generator, dtype=torch.uint8),
        target=torch.rand(n, 2, generator=generator) * 2 - 1,
        votes=torch.full((n, 8), torch.nan),
        emotion=torch.arange(n) % 7,
    )


@cache
def _template(backbone: BackboneName, outputs: int) -> AVCENet:
    torch.manual_seed(0)
    return AVCENet(NetworkConfig(backbone, outputs, input_size=64, dropout=0.0))


def make_net(method: str, backbone: BackboneName = "alexnet") -> AVCENet:
    """The same untrained network each time; a copy costs less than a random start."""
    return deepcopy(_template(backbone, METHODS[method].outputs[0]))


def losses_of(
    method: Method, net: AVCENet, batch: Batch, output: Output
) -> dict[str, torch.Tensor]:
    """The terms of a batch without their weights, and the "total" with them."""
    terms = method.terms(net, batch, output)
    return {name: term.value for name, term in terms.items()} | {"total": total_of(terms)}


def make_run(method: str, **changes: object) -> RunConfig:
    """A run of a few seconds on the CPU."""
    values: dict[str, object] = {
        "data": "csv:made",
        "method": method,
        "epochs": 1,
        "batch_size": 8,
        "precision": "32-true",
        "accelerator": "cpu",
        "network": NetworkConfig("alexnet", METHODS[method].outputs[-1], input_size=64, dropout=0),
        "optim": OptimConfig(ema=0.0),
        "augment": AugmentConfig(0, 0, 0, 0, False, 0, 0, 0, 0, 0, 0, 0),
    }
    return RunConfig(**(values | changes))  # type: ignore[arg-type]


def save_checkpoint(path: Path, *, luminance: bool = True) -> Path:
    """An untrained network that works at 128 px, as `avce-train fit` would save it.

    Its start is one whose estimates of a photographed face lie inside the range.
    """
    network = NetworkConfig("alexnet", input_size=128, luminance=luminance)
    config = RunConfig(data="ferplus:somewhere+csv:elsewhere", network=network)
    torch.manual_seed(1)
    net = AVCENet(config.network)
    state = {f"net.{name}": value for name, value in net.state_dict().items()}
    torch.save({"avce": {"format": 1, "config": config.as_dict()}, "state_dict": state}, path)
    return path
