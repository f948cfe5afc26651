"""The preset `released` against its formulas, worked out anew: loss terms and all gradients."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
import torch
from made_runs import make_batch
from torch import Tensor

from avce.model.networks import AVCENet
from avce.train.config import RunConfig
from avce.train.engine import joined
from avce.train.loader import Batch
from avce.train.methods import Method, build_method
from avce.train.methods.base import total_of
from avce.train.options import fit_parser, run_config


def preset(name: str, *more: str) -> RunConfig:
    arguments = ["--run", "made", "--data", "csv:made", "--preset", name, *more]
    return run_config(fit_parser().parse_args(arguments))


@dataclass
class Case:
    """A network with the release's layout, a batch, and what training computes from them."""

    net: AVCENet
    method: Method
    batch: Batch

    @cached_property
    def ours(self) -> dict[str, Tensor]:
        return found(self)

    @cached_property
    def theirs(self) -> tuple[AVCENet, dict[str, Tensor]]:
        net = deepcopy(self.net).double()
        return net, expected(net, self.batch)


@pytest.fixture(scope="module", params=["alexnet", "resnet18"])
def case(request: pytest.FixtureRequest) -> Case:
    name = "released" if request.param == "alexnet" else "released-r18"
    # Dropout is random, and is no part of the formulas.
    config = preset(name, "--dropout", "0", "--input_size", "64")
    torch.manual_seed(1)
    net = AVCENet(config.network).eval()
    with torch.no_grad():  # a regressor whose points are spread like those of a trained one
        net.regressor[-1].weight.mul_(6)
        last = [layer for layer in net.compressor if isinstance(layer, torch.nn.Linear)][-1]
        last.bias.uniform_(-0.5, 1.0)
    method = build_method(config.method, config.settings, net)
    return Case(net, method, make_batch(12, seed=1))


def sparsemax(z: Tensor) -> Tensor:
    """Row by row: the support grows while its threshold lies below the next value."""
    rows = []
    for row in z:
        order = row.argsort(descending=True).tolist()
        kept = [order[0]]
        for place in order[1:]:
            if row[place] <= (row[kept].sum() - 1) / len(kept):
                break
            kept.append(place)
        tau = (row[kept].sum() - 1) / len(kept)
        rows.append(torch.stack([v - tau if i in kept else v * 0 for i, v in enumerate(row)]))
    return torch.stack(rows)


def two_layers(x: Tensor, head: torch.nn.Sequential) -> Tensor:
    first, last = (layer for layer in head if isinstance(layer, torch.nn.Linear))
    return torch.relu(x @ first.weight.T + first.bias) @ last.weight.T + last.bias


def expected(net: AVCENet, batch: Batch) -> dict[str, Tensor]:
    """The release's terms in float64, from the formulas alone."""
    z = net.encode(batch.faces.double())[1]
    x, label = two_layers(z, net.regressor), batch.target.double()
    attentive, average = sparsemax(z), torch.exp(z) / torch.exp(z).sum(1, keepdim=True)

    squared = ((x - label) ** 2).mean(0).sum()
    n = len(x)
    product = ((x - x.mean(0)) * (label - label.mean(0))).mean(0)
    s_x, s_l = x.std(0), label.std(0)  # of n - 1
    pcc = product / (s_x * s_l)
    ccc = 2 * product / (s_x**2 + s_l**2 + (x.mean(0) - label.mean(0)) ** 2)
    supervised = squared + 0.5 * (1 - pcc.mean()) + 0.5 * (1 - ccc.mean())

    def critic(y: Tensor) -> Tensor:
        length_x, length_y = x.norm(dim=1), y.norm(dim=1)
        half_cosine = (x * y).sum(1) / (2 * (length_x + 1e-8) * (length_y + 1e-8))
        direction = 1 - 0.25 * torch.acos(half_cosine) / math.pi
        penalty = 0.5 * (x[:, 0].sign() != y[:, 0].sign())
        return direction + 0.8 * (1 - (length_y - length_x).abs()) - 0.1 * penalty

    positive = critic(0.5 * torch.tanh(two_layers(attentive, net.projection_head)))
    negative = critic(0.5 * torch.tanh(two_layers(average, net.projection_head)))
    summed = sum(
        p - 0.5 * negative.mean() - 0.0025 * p**2 - 0.25 * (negative**2).mean() for p in positive
    )

    d, d_a, d_n = (
        torch.relu(two_layers(v, net.discriminative_head)) for v in (z, attentive, average)
    )
    u, u_a, u_n = (v / (v.norm(dim=1, keepdim=True) + 1e-6) for v in (d, d_a, d_n))
    hinge = torch.relu(1 - ((d_a - d_n) ** 2).sum(1)).mean()
    held = ((u_a - u).norm(dim=1) - 1).mean() + ((u_n - u).norm(dim=1) - 1).mean()
    return {
        "supervised": supervised,
        "contrast": -summed / n,
        "first": supervised - 1e-4 * summed,
        "second": hinge + 0.01 * held,
    }


def found(case: Case) -> dict[str, Tensor]:
    output, batch = joined(case.net, case.batch.faces.float(), case.batch)
    terms = case.method.terms(case.net, batch, output)
    second = case.method.second_terms(case.net, output)
    return {
        "supervised": terms["supervised"].value,
        "contrast": terms["contrast"].value,
        "first": total_of(terms),
        "second": total_of(second),
    }


def test_the_terms_are_the_releases(case: Case) -> None:
    for name, value in case.theirs[1].items():
        assert case.ours[name].item() == pytest.approx(value.item(), abs=1e-5), name


@pytest.mark.parametrize("step", ["first", "second"])
def test_so_are_the_gradients_of_every_parameter(case: Case, step: str) -> None:
    net, terms = case.theirs
    both = {"allow_unused": True, "materialize_grads": True, "retain_graph": True}
    ours = torch.autograd.grad(case.ours[step], list(case.net.parameters()), **both)
    theirs = torch.autograd.grad(terms[step], list(net.parameters()), **both)
    moved = 0
    for (name, _), a, b in zip(case.net.named_parameters(), ours, theirs, strict=True):
        largest = max(b.abs().max().item(), 1.0)
        assert (a.double() - b).abs().max().item() < 1e-5 * largest, name
        moved += bool(b.abs().sum() > 0)
    assert moved > 10


def test_the_sum_over_the_batch_is_n_times_the_mean(case: Case) -> None:
    output, batch = joined(case.net, case.batch.faces.float(), case.batch)
    term = case.method.terms(case.net, batch, output)["contrast"]
    assert term.weight == pytest.approx(1e-4 * 12)


def test_a_wide_head_starts_with_its_hinge_at_zero() -> None:
    for name, hinge_open in (("wide", False), ("normalised", True)):
        torch.manual_seed(0)
        net = AVCENet(preset("released-r18", "--discriminative", name).network)
        weights = net.discriminative_head[0].weight
        assert (float(weights.detach().std()) > 0.9) == (not hinge_open)
        z = torch.rand(64, 32, generator=torch.Generator().manual_seed(0)) * 3
        attentive, average = sparsemax(z), torch.softmax(z, 1)
        with torch.no_grad():
            d_a, d_n = net.discriminative_head(torch.cat((attentive, average))).chunk(2)
        hinge = torch.relu(1 - (d_a - d_n).square().sum(1)).mean().item()
        assert (hinge > 0.1) == hinge_open


@pytest.mark.parametrize(
    ("name", "backbone", "batch", "imagenet"),
    [
        ("paper", "alexnet", 256, True),
        ("paper-r18", "resnet18", 128, True),
        ("paper-r50", "resnet50", 64, True),
        ("paper-r101", "resnet101", 64, True),
        ("released", "alexnet", 256, True),
        ("released-r18", "resnet18", 128, True),
        ("released-r50", "resnet50", 64, False),
        ("released-r101", "resnet101", 64, False),
    ],
)
def test_presets_are_the_authors_settings(
    name: str, backbone: str, batch: int, imagenet: bool
) -> None:
    arguments = ["--run", "made", "--data", "csv:made", "--preset", name]
    options = fit_parser().parse_args(arguments)
    config = run_config(options)
    assert options.imagenet == imagenet
    assert (config.network.backbone, config.batch_size) == (backbone, batch)
    assert not config.network.luminance
    assert (config.crop_size, config.augment.crop, config.network.centre) == (256, 224, 224 / 256)
    settings = config.settings
    assert (settings.weight, settings.reduction, settings.pairs) == (1e-4, "sum", "matched")
    assert (settings.alpha, settings.beta, settings.gamma) == (0.5, 0.005, 0.5)
    released = name.startswith("released")
    assert settings.critic == ("released" if released else "paper")
    assert config.network.layout == ("released" if released else "supplement")
    assert settings.regulariser_step == ("second" if released else "joint")
    assert settings.regulariser == (1 if released else 0.02)
    changes = ("rotation", "shift", "scale", "brightness", "contrast", "gamma", "noise", "erase")
    assert not any(getattr(config.augment, each) for each in changes)


def test_the_released_layout_drops_out_before_the_last_layer_and_never_on_z() -> None:
    net = AVCENet(preset("released").network)
    kinds = [type(layer).__name__ for layer in net.compressor]
    assert kinds == ["AdaptiveAvgPool2d", "Flatten", "Dropout", "Linear", "ReLU"]
    assert [type(layer).__name__ for layer in net.regressor] == [
        *("Dropout", "Linear", "ReLU", "Linear")
    ]
    kinds = [type(m).__name__ for m in AVCENet(preset("released-r18").network).compressor]
    assert kinds[2:] == ["Linear", "Dropout", "Linear", "ReLU"]


def test_evaluation_looks_at_the_centre_and_training_at_the_whole_of_a_crop() -> None:
    net = AVCENet(preset("paper-r18").network)
    image = torch.zeros(1, 3, 256, 256)
    image[..., 16:240, 16:240] = 255.0
    assert net.eval().preprocess(image).std(dim=(2, 3)).max() < 1e-4
    assert net.train().preprocess(image).std(dim=(2, 3)).max() > 0.1


def test_imagenet_weights_that_cannot_be_had_are_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from avce.model import networks
    from avce.model.errors import InputError
    from avce.train.fit import initial_weights

    def offline(weights: str | None) -> None:
        raise OSError("no connection")

    monkeypatch.setitem(networks._ENCODERS, "alexnet", offline)
    assert initial_weights("alexnet", wanted=False) is None
    with pytest.raises(InputError, match=r"ImageNet weights of alexnet cannot be loaded.*imagenet"):
        initial_weights("alexnet", wanted=True)


def test_the_reference_sparsemax_agrees_with_bisection() -> None:
    """SparseMax by the reference above and NumPy's sort give the same points."""
    z = torch.randn(5, 32, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    for row, projected in zip(z.numpy(), sparsemax(z).numpy(), strict=True):
        low, high = row.min() - 1, row.max()
        for _ in range(100):  # bisection of the threshold
            middle = (low + high) / 2
            low, high = (middle, high) if np.maximum(row - middle, 0).sum() > 1 else (low, middle)
        np.testing.assert_allclose(projected, np.maximum(row - low, 0), atol=1e-9)
