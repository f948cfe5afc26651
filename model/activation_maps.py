"""Activation maps of valence and arousal, in closed form.

Grad-CAM (Selvaraju et al., ICCV 2017) weighs the encoder's last feature maps A_c by the mean of
ds/dA_c; HiResCAM (Draelos & Carin, 2020) multiplies the two cell by cell. Here s = sign(v) v for
valence and sign(a) a for arousal: what pushes the estimate away from neutral, whichever way.

Between the feature maps and the estimate stand only pooling, a few fully connected layers, batch
norm and ReLUs. In evaluation the gradient through them is a product of matrices and 0/1 masks, so
no autograd is needed and the maps can be part of an exported graph.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MapKind = Literal["gradcam", "hirescam"]
MAP_KINDS: tuple[MapKind, ...] = ("gradcam", "hirescam")


def forward_with_gradient(layers: list[nn.Module], x: Tensor) -> tuple[list[Tensor], Tensor]:
    """Run fully connected layers in evaluation mode and differentiate their output.

    Args:
        layers: Linear, BatchNorm1d, ReLU, Dropout and Identity modules.
        x: input [N, F].

    Returns:
        The value after every layer, and d output / d input [N, outputs, F].
    """
    values: list[Tensor] = []
    steps: list[Tensor] = []
    for layer in layers:
        if isinstance(layer, nn.Linear):
            x = F.linear(x, layer.weight, layer.bias)
            steps.append(layer.weight)
        elif isinstance(layer, nn.BatchNorm1d):
            mean, variance = layer.running_mean, layer.running_var
            if mean is None or variance is None:
                raise TypeError("a batch norm without running statistics has no evaluation mode")
            scale = layer.weight / torch.sqrt(variance + layer.eps)
            x = x * scale + (layer.bias - mean * scale)
            steps.append(scale.view(1, 1, -1))
        elif isinstance(layer, nn.ReLU):
            x = torch.relu(x)
            steps.append((x > 0).to(x.dtype).unsqueeze(1))
        elif not isinstance(layer, (nn.Dropout, nn.Identity)):
            raise TypeError(f"no closed-form gradient for a {type(layer).__name__} layer")
        values.append(x)
    outputs = x.shape[1]
    gradient = torch.eye(outputs, dtype=x.dtype, device=x.device).unsqueeze(0)
    gradient = gradient.expand(x.shape[0], -1, -1)
    for step in reversed(steps):
        gradient = gradient @ step if step.ndim == 2 else gradient * step
    return values, gradient


def pooling_matrix(size: int, height: int, width: int) -> Tensor:
    """Adaptive average pooling to size x size as a matrix [size * size, height * width]."""
    basis = torch.eye(height * width).view(height * width, 1, height, width)
    return F.adaptive_avg_pool2d(basis, size).flatten(1).T.contiguous()


def signed_maps(
    features: Tensor, gradient: Tensor, estimate: Tensor, pooling: Tensor, kind: MapKind = "gradcam"
) -> Tensor:
    """Maps of sign(x_k) x_k for every output k, each scaled to a maximum of 1.

    Args:
        features: encoder output [N, C, h, w].
        gradient: d estimate / d pooled features [N, K, C * cells].
        estimate: the estimate [N, K], for its sign.
        pooling: the pooling matrix [cells, h * w].
        kind: "gradcam" or "hirescam".

    Returns:
        [N, K, h, w], at least 0; a map that is zero everywhere stays zero.
    """
    n, channels, height, width = features.shape
    outputs, cells = gradient.shape[1], pooling.shape[0]
    per_cell = gradient.reshape(n, outputs, channels, cells)
    flat = features.reshape(n, 1, channels, height * width)
    if kind == "gradcam":
        # Each pooled cell is an average, so pooling keeps the sum of a gradient over the map.
        weights = per_cell.sum(dim=3) / (height * width)
        raw = torch.matmul(weights.unsqueeze(2), flat).squeeze(2)
    else:
        raw = ((per_cell @ pooling) * flat).sum(dim=2)
    raw = torch.relu(raw * torch.sign(estimate).unsqueeze(2))
    peak = raw.amax(dim=2, keepdim=True)
    scaled = raw / torch.where(peak > 0, peak, torch.ones_like(peak))
    return scaled.view(n, outputs, height, width)
