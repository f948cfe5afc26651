"""Optimisers and learning-rate schedules, as named presets."""

from __future__ import annotations

import math

from torch import Tensor, nn, optim
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..model.networks import AVCENet
from .optim_config import OptimConfig

_Tensors = tuple[Tensor, ...] | list[Tensor]
_PAPER_STEPS = (5_000, 25_000, 45_000, 65_000, 85_000)
_PAPER_DECAY = 0.8
_VECTOR_RATE = 0.3


def _groups(net: AVCENet, config: OptimConfig) -> list[dict[str, object]]:
    """One parameter group a tensor, with its own rate and decay."""
    scaled = net.config.backbone == "alexnet"
    normalised = set(net.encoder.parameters()) if net.config.batch_norm else set()
    groups: list[dict[str, object]] = []
    for p in net.parameters():
        rate, decay = config.learning_rate, config.weight_decay if p.ndim > 1 else 0.0
        if scaled and p not in normalised:
            rate *= min(1.0, config.fan_in / p[0].numel()) if p.ndim > 1 else _VECTOR_RATE
        groups.append({"params": [p], "lr": rate, "weight_decay": decay})
    return groups


def build_optimisers(
    net: AVCENet, adversary: list[nn.Parameter], config: OptimConfig
) -> list[optim.Optimizer]:
    """The main optimisers, and last the adversary's where there is one."""
    if config.preset == "paper":
        main = [*net.encoder.parameters(), *net.compressor.parameters()]
        main += [*net.regressor.parameters()]
        if net.vote_head is not None:
            main += [*net.vote_head.parameters()]
        heads = [*net.projection_head.parameters(), *net.discriminative_head.parameters()]
        optimisers: list[optim.Optimizer] = [
            optim.Adam(main, lr=1e-4, betas=(0.5, 0.9)),
            optim.SGD(heads, lr=1e-2, momentum=0.9),
        ]
    else:
        optimisers = [optim.AdamW(_groups(net, config), lr=config.learning_rate)]
    if adversary:
        optimisers.append(optim.Adam(adversary, lr=1e-4, betas=(0.5, 0.9)))
    return optimisers


def moving_average(net: AVCENet, decay: float) -> AveragedModel:
    """The exponential moving average of a network's weights and buffers.

    The decay of update n is (1 + n) / (10 + n) until it reaches `decay` (the warm-up of
    TensorFlow's ExponentialMovingAverage): with 0.998 throughout, the random first weights would
    still be a third of the average after 550 iterations.
    """

    def update(averaged: _Tensors, current: _Tensors, updates: Tensor | int) -> None:
        n = int(updates)
        get_ema_multi_avg_fn(min(decay, (1 + n) / (10 + n)))(averaged, current, updates)

    average = AveragedModel(net, multi_avg_fn=update, use_buffers=True)
    average.requires_grad_(False)
    return average


def rate_factor(config: OptimConfig, iteration: int, total: int) -> float:
    """The factor on every optimiser's first learning rate at an iteration (a batch) of `total`."""
    if config.preset == "paper":
        steps = iteration // config.accumulate
        return _PAPER_DECAY ** sum(steps >= step for step in _PAPER_STEPS)
    rise = max(1.0, config.warmup * total)
    if iteration < rise:
        return (iteration + 1) / (rise + 1)
    progress = min(1.0, (iteration - rise) / max(1.0, total - rise))
    return 0.5 * (1.0 + math.cos(math.pi * progress)) * 0.999 + 0.001
