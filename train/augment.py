"""Random changes to a batch of face crops that leave the expression as it is.

Everything is a tensor operation on the whole batch, on whatever device it lies, and every random
number comes from the generator given: the same generator state gives the same images.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from .augment_config import NO_AUGMENTATION, AugmentConfig

_GROUPS = 8
_LOW_SIDES = (32, 48, 64, 96)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(n, generator=generator) * (high - low) + low


def _affine(n: int, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    """Matrices [n, 2, 3] for `affine_grid`."""
    angle = _uniform(n, -config.rotation, config.rotation, generator) * (math.pi / 180)
    size = 1.0 + _uniform(n, -config.scale, config.scale, generator)
    shift = _uniform(2 * n, -2 * config.shift, 2 * config.shift, generator).view(n, 2)
    mirror = torch.ones(n)
    if config.flip:
        mirror = (torch.rand(n, generator=generator) < 0.5).float() * 2 - 1
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    rows = torch.stack((mirror * cos, -sin, shift[:, 0], mirror * sin, cos, shift[:, 1]), dim=1)
    return rows.view(n, 2, 3)


def _cropped(x: Tensor, side: int, generator: torch.Generator) -> Tensor:
    n, _, height, width = x.shape
    draws = torch.rand(n, 2, generator=generator)
    tops = (draws[:, 0] * (height - side + 1)).long().tolist()
    lefts = (draws[:, 1] * (width - side + 1)).long().tolist()
    places = zip(x, tops, lefts, strict=True)
    return torch.stack([one[:, t : t + side, f : f + side] for one, t, f in places])


def _mirrored(x: Tensor, generator: torch.Generator) -> Tensor:
    flipped = torch.rand(len(x), generator=generator) < 0.5
    return torch.where(flipped.to(x.device).view(-1, 1, 1, 1), x.flip(-1), x)


def _light(x: Tensor, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    n, _, height, width = x.shape
    like = {"device": x.device, "dtype": x.dtype}

    def column(low: float, high: float) -> Tensor:
        return _uniform(n, low, high, generator).to(**like).view(n, 1, 1, 1)

    if config.gamma > 0:
        x = (x.clamp_min(0.0) / 255.0).pow(2.0 ** column(-config.gamma, config.gamma)) * 255.0
    if config.shade > 0:
        slope_x, slope_y = (column(-config.shade, config.shade) for _ in range(2))
        ramp_x = torch.linspace(-1, 1, width, **like).view(1, 1, 1, width)
        ramp_y = torch.linspace(-1, 1, height, **like).view(1, 1, height, 1)
        x = x * (1.0 + slope_x * ramp_x + slope_y * ramp_y)
    if config.contrast > 0 or config.brightness > 0:
        mean = x.mean(dim=(1, 2, 3), keepdim=True)
        x = (x - mean) * (1.0 + column(-config.contrast, config.contrast)) + mean
        x = x + 255.0 * column(-config.brightness, config.brightness)
    return x


def _lower_resolution(x: Tensor, share: float, generator: torch.Generator) -> Tensor:
    side = x.shape[-1]
    parts = []
    for part in x.chunk(_GROUPS):
        draw, pick = torch.rand(2, generator=generator).tolist()
        low = _LOW_SIDES[int(pick * len(_LOW_SIDES))]
        if draw < share and low < side:
            small = F.interpolate(part, (low, low), mode="bilinear", antialias=True)
            part = F.interpolate(small, (side, side), mode="bilinear", align_corners=False)
        parts.append(part)
    return torch.cat(parts)


def _erase(x: Tensor, share: float, generator: torch.Generator) -> Tensor:
    n, side = len(x), x.shape[-1]
    draws = torch.rand(n, 6, generator=generator).tolist()
    for i, (chance, width, height, left, top, level) in enumerate(draws):
        if chance < share:
            w, h = (int(side * (0.1 + 0.25 * share_)) for share_ in (width, height))
            a, b = int(left * (side - w)), int(top * (side - h))
            x[i, :, b : b + h, a : a + w] = 255.0 * level
    return x


def augment(faces: Tensor, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    """Change faces uint8 [N, C, S, S] at random; returns float32 [N, C, S, S] in 0..255.

    `generator` is a CPU generator whatever the faces' device.
    """
    x = faces.float()
    if 0 < config.crop < x.shape[-1]:
        x = _cropped(x, config.crop, generator)
    if 0 < config.size < x.shape[-1]:
        x = F.adaptive_avg_pool2d(x, config.size)
    if config == NO_AUGMENTATION:
        return x
    if not (config.rotation or config.shift or config.scale):
        x = _mirrored(x, generator) if config.flip else x
    else:
        matrices = _affine(len(x), config, generator).to(x.device)
        grid = F.affine_grid(matrices, list(x.shape), align_corners=False)
        x = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
    x = _light(x, config, generator)
    if config.low_resolution > 0:
        x = _lower_resolution(x, config.low_resolution, generator)
    if config.noise > 0:
        deviation = _uniform(len(x), 0.0, config.noise, generator).view(-1, 1, 1, 1)
        noise = torch.randn(x.shape, generator=generator) * deviation
        x = x + noise.to(x.device)
    if config.erase > 0:
        x = _erase(x, config.erase, generator)
    return x.clamp(0.0, 255.0)
