"""Presets are what they are said to be."""

from __future__ import annotations

import pytest
import torch

from avce.model.network_config import NetworkConfig
from avce.model.networks import AVCENet
from avce.train.optim_config import OptimConfig
from avce.train.optimisation import build_optimisers, moving_average, rate_factor


def test_the_papers_schedule_steps_down_by_a_fifth() -> None:
    config = OptimConfig(preset="paper")
    steps = [0, 4_999, 5_000, 25_000, 45_000, 65_000, 85_000]
    factors = [rate_factor(config, i, 100_000) for i in steps]
    assert factors == pytest.approx([1, 1, 0.8, 0.64, 0.512, 0.4096, 0.32768])


def test_the_papers_schedule_counts_steps_and_not_batches() -> None:
    config = OptimConfig(preset="paper", accumulate=4)
    factors = [rate_factor(config, i, 100_000) for i in (5_000, 19_999, 20_000)]
    assert factors == pytest.approx([1, 1, 0.8])


def test_the_papers_optimisers_hold_every_parameter_once() -> None:
    net = AVCENet(NetworkConfig("alexnet"))
    adam, sgd = build_optimisers(net, [], OptimConfig(preset="paper"))
    assert isinstance(adam, torch.optim.Adam)
    assert adam.defaults["lr"] == 1e-4
    assert adam.defaults["betas"] == (0.5, 0.9)
    assert isinstance(sgd, torch.optim.SGD)
    assert (sgd.defaults["lr"], sgd.defaults["momentum"]) == (1e-2, 0.9)
    held = [id(p) for o in (adam, sgd) for g in o.param_groups for p in g["params"]]
    assert sorted(held) == sorted(id(p) for p in net.parameters())


def test_the_modern_rate_rises_then_falls_to_almost_nothing() -> None:
    config = OptimConfig(warmup=0.1)
    factors = [rate_factor(config, i, 100) for i in range(100)]
    assert factors[0] < 0.2
    assert max(factors) == pytest.approx(1.0, abs=0.02)
    assert factors.index(max(factors)) == 10
    assert factors[-1] < 0.01


def test_wide_layers_of_alexnet_learn_slower_and_biases_are_not_decayed() -> None:
    net = AVCENet(NetworkConfig("alexnet"))
    (adam,) = build_optimisers(net, [], OptimConfig(learning_rate=1e-3, fan_in=128))
    rates = {id(g["params"][0]): g for g in adam.param_groups}
    wide = rates[id(net.compressor[2].weight)]
    assert wide["lr"] == pytest.approx(1e-3 * 128 / 9216)
    assert wide["weight_decay"] > 0
    assert rates[id(net.compressor[2].bias)]["weight_decay"] == 0


def test_an_adversary_gets_an_optimiser_of_its_own() -> None:
    net = AVCENet(NetworkConfig("alexnet"))
    own = [torch.nn.Parameter(torch.zeros(2))]
    assert len(build_optimisers(net, own, OptimConfig())) == 2


def test_the_moving_average_forgets_its_first_weights_early_on() -> None:
    net = AVCENet(NetworkConfig("alexnet", input_size=64))
    average = moving_average(net, decay=0.8)
    bias = net.regressor[0].bias
    held, expected = average.module.get_parameter("regressor.0.bias"), 0.0
    for n in range(60):
        with torch.no_grad():
            bias.fill_(float(n))
        average.update_parameters(net)
        decay = min(0.8, (1 + n) / (10 + n))
        expected = decay * expected + (1 - decay) * n if n else 0.0
        assert held[0].item() == pytest.approx(expected, rel=1e-5)
    # Of a decay that has been reached, the average lags by decay / (1 - decay) updates.
    assert held[0].item() == pytest.approx(59 - 4, abs=0.01)
    assert not held.requires_grad
