"""Closed-form activation maps equal those that autograd gives."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from avce.model.activation_maps import (
    MAP_KINDS,
    MapKind,
    forward_with_gradient,
    pooling_matrix,
    signed_maps,
)
from avce.model.errors import InputError
from avce.model.export_graph import InferenceGraph
from avce.model.network_config import NetworkConfig
from avce.model.networks import AVCENet


def _network(backbone: str, size: int) -> AVCENet:
    torch.manual_seed(3)
    net = AVCENet(NetworkConfig(backbone, input_size=size))  # type: ignore[arg-type]
    for module in net.modules():
        if isinstance(module, nn.BatchNorm1d):
            nn.init.normal_(module.running_mean, std=0.1)  # type: ignore[arg-type]
            nn.init.uniform_(module.running_var, 0.5, 2.0)  # type: ignore[arg-type]
            nn.init.normal_(module.weight)
    return net.eval()


def _autograd_maps(net: AVCENet, faces: torch.Tensor, kind: MapKind) -> torch.Tensor:
    """Grad-CAM and HiResCAM by definition: one backward pass an output and face."""
    maps = []
    for face in faces:
        features = net.encoder(net.preprocess(face[None])).detach().requires_grad_()
        estimate = net.regressor(net.compressor(features))[0]
        rows = []
        for k in range(2):
            target = torch.sign(estimate[k]) * estimate[k]
            (gradient,) = torch.autograd.grad(target, features, retain_graph=True)
            if kind == "gradcam":
                weights = gradient.mean(dim=(2, 3), keepdim=True)
                raw = torch.relu((weights * features).sum(dim=1))[0]
            else:
                raw = torch.relu((gradient * features).sum(dim=1))[0]
            rows.append(raw / raw.max() if raw.max() > 0 else raw)
        maps.append(torch.stack(rows))
    return torch.stack(maps).detach()


@pytest.mark.parametrize("kind", MAP_KINDS)
@pytest.mark.parametrize(
    ("backbone", "size"), [("alexnet", 224), ("alexnet", 160), ("resnet18", 96)]
)
def test_maps_equal_autograds(backbone: str, size: int, kind: MapKind) -> None:
    net = _network(backbone, size)
    faces = torch.randint(0, 256, (2, 3, 224, 224), dtype=torch.uint8)
    graph = InferenceGraph(net, kind).double()  # in doubles, so that nothing hides in rounding
    with torch.no_grad():
        _, cam, _ = graph(faces.permute(0, 2, 3, 1))
    assert torch.allclose(cam, _autograd_maps(net, faces, kind), atol=1e-9)


def test_gradient_of_fully_connected_layers_equals_autograds() -> None:
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Linear(5, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Dropout(0.5)]
    layers.append(nn.Linear(7, 2))
    stack = nn.Sequential(*layers).eval().double()
    x = torch.randn(4, 5, dtype=torch.float64)
    values, gradient = forward_with_gradient(list(stack), x)
    assert torch.allclose(values[-1], stack(x))
    expected = torch.func.vmap(torch.func.jacrev(lambda row: stack(row[None])[0]))(x)
    assert torch.allclose(gradient, expected)


def test_a_layer_without_closed_form_is_refused() -> None:
    with pytest.raises(TypeError, match="Tanh"):
        forward_with_gradient([nn.Tanh()], torch.zeros(1, 2))


def test_a_map_that_is_zero_everywhere_stays_zero() -> None:
    features = torch.ones(1, 3, 2, 2)
    gradient = -torch.ones(1, 2, 3)
    maps = signed_maps(features, gradient, torch.tensor([[0.5, -0.5]]), pooling_matrix(1, 2, 2))
    assert (maps[0, 0] == 0).all()  # every channel pulls valence towards neutral
    assert (maps[0, 1] == 1).all()  # and pushes arousal away from it


def test_maps_depend_on_the_weights() -> None:
    """Adebayo et al., 2018: a map that survives random weights explains nothing."""
    faces = torch.randint(0, 256, (1, 224, 224, 3), dtype=torch.uint8)
    maps = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        with torch.no_grad():
            maps.append(InferenceGraph(AVCENet(NetworkConfig("alexnet")))(faces)[1])
    assert (maps[0] - maps[1]).abs().max() > 0.05


def test_a_classifier_has_no_inference_graph() -> None:
    with pytest.raises(InputError, match="classifies emotions"):
        InferenceGraph(AVCENet(NetworkConfig("alexnet", outputs=7)))
