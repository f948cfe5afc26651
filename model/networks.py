"""The networks of AVCE: encoder, compressor, regressor and the two training heads.

Shapes and parameter counts follow the paper's supplement, Section 1 and Figure 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .errors import InputError
from .network_config import LATENT, Layout, NetworkConfig

DISCRIMINATIVE = 8
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


class Preprocess(nn.Module):
    """uint8 or float [N, 1 or 3, H, W] in 0..255 to normalised float [N, 3, size, size].

    In evaluation only the `centre` share of the side is kept. With `detail` nothing finer than that
    many pixels a side is left.
    """

    mean: Tensor
    std: Tensor
    luma: Tensor

    def __init__(self, size: int, luminance: bool, centre: float = 1.0, detail: int = 0) -> None:
        super().__init__()
        self.size = size
        self.detail = detail
        self.centre = centre
        self.luminance = luminance
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("luma", torch.tensor(LUMA).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        x = image.to(self.mean.dtype) / 255.0
        if self.luminance and x.shape[1] == 3:
            x = (x * self.luma).sum(dim=1, keepdim=True)
        if self.centre < 1 and not self.training:
            side = round(x.shape[-1] * self.centre)
            start = (x.shape[-1] - side) // 2
            x = x[..., start : start + side, start : start + side]
        if 0 < self.detail < x.shape[-1]:
            x = _scaled(x, self.detail)
        x = _scaled(x, self.size)
        if x.shape[1] == 1:
            x = x.expand(-1, 3, -1, -1)
        return (x - self.mean) / self.std


def _scaled(x: Tensor, size: int) -> Tensor:
    """Squares [N, C, H, H] with the side `size`."""
    height = x.shape[-1]
    if height > size and height % size == 0:
        # Whole-number reduction averages every pixel: no aliasing from sharp photographs.
        return F.avg_pool2d(x, height // size)
    if height == size:
        return x
    return F.interpolate(x, (size, size), mode="bilinear", align_corners=False)


def _of_torchvision(name: str, weights: str | None) -> Any:
    """A whole network of torchvision, which takes seconds to import and not every command needs."""
    import torchvision

    return getattr(torchvision.models, name)(weights=weights)


def _alexnet(weights: str | None) -> tuple[nn.Module, int]:
    if weights is not None:
        return _of_torchvision("alexnet", weights).features, 256
    # torchvision would draw its classifier's 59 million numbers too, only to throw them away.
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(inplace=True)]
    layers += [nn.MaxPool2d(3, stride=2)]
    layers += [nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(inplace=True)]
    layers += [nn.MaxPool2d(3, stride=2)]
    for before, after in pairwise((192, 384, 256, 256)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.MaxPool2d(3, stride=2)), 256


def _resnet(name: str) -> Callable[[str | None], tuple[nn.Module, int]]:
    def build(weights: str | None) -> tuple[nn.Module, int]:
        whole = _of_torchvision(name, weights)
        layers = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
        encoder = nn.Sequential()
        for layer in layers:
            encoder.add_module(layer, getattr(whole, layer))
        return encoder, whole.fc.in_features

    return build


def _compact(weights: str | None) -> tuple[nn.Module, int]:
    if weights is not None:
        raise InputError("There are no weights of compact: begin from random ones, or --start.")
    widths = (3, 32, 64, 128, 256)
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)]
        layers += [nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers), widths[-1]


_ENCODERS: dict[str, Callable[[str | None], tuple[nn.Module, int]]] = {
    "alexnet": _alexnet,
    "resnet18": _resnet("resnet18"),
    "resnet50": _resnet("resnet50"),
    "resnet101": _resnet("resnet101"),
    "compact": _compact,
}
BACKBONES: tuple[str, ...] = tuple(_ENCODERS)


def build_encoder(backbone: str, weights: str | None = None) -> tuple[nn.Module, int]:
    """The convolutional part of a backbone and its number of output channels.

    `weights` is a torchvision weights name such as "IMAGENET1K_V1", or None for a random start.
    """
    return _ENCODERS[backbone](weights)


def normalised(encoder: nn.Module) -> nn.Sequential:
    """The same layers with a batch normalisation after each convolution.

    Layers keep their names; the one after convolution `3` is `3_norm`.
    """
    layers = nn.Sequential()
    for name, layer in encoder.named_children():
        layers.add_module(name, layer)
        if isinstance(layer, nn.Conv2d):
            layers.add_module(f"{name}_norm", nn.BatchNorm2d(layer.out_channels))
    return layers


def build_compressor(
    backbone: str, channels: int, dropout: float, layout: Layout = "supplement"
) -> nn.Sequential:
    """Feature maps [N, channels, h, w] to the latent z [N, 32].

    AlexNet: average pooling to 6 x 6 and one FC (294,944 parameters). ResNets: global average
    pooling and two FCs through 1000 (545,032 parameters at 512 channels). ReLU and dropout follow
    each FC (AVCE supplement, Figure 1). In the release dropout comes before the last FC, a ReLU
    only after it. See `NetworkConfig.layout` for the others, whose latents are wider.
    """
    if backbone == "alexnet":
        pool, widths = nn.AdaptiveAvgPool2d(6), (channels * 36, LATENT)
    else:
        pool, widths = nn.AdaptiveAvgPool2d(1), (channels, 1000, LATENT)
    layers: list[nn.Module] = [pool, nn.Flatten()]
    if layout in ("caf", "classifier"):
        widths = (widths[0], 64) if layout == "caf" else (widths[0], 4096, 4096)
        for before, after in pairwise(widths):
            layers += [nn.Dropout(dropout), nn.Linear(before, after), nn.ReLU()]
        return nn.Sequential(*layers)
    if layout == "released":
        layers += [nn.Linear(before, after) for before, after in pairwise(widths[:-1])]
        layers += [nn.Dropout(dropout), nn.Linear(*widths[-2:]), nn.ReLU()]
        return nn.Sequential(*layers)
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers)


class ScaledTanh(nn.Module):
    """0.5 tanh(x): the projection head's last activation, range (-0.5, 0.5)."""

    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * torch.tanh(x)


def _head(
    hidden: int, outputs: int, dropout: float, last: nn.Module | None, latent: int = LATENT
) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Linear(latent, hidden), nn.BatchNorm1d(hidden), nn.ReLU()]
    if dropout > 0:
        layers.append(nn.Dropout(dropout))
    layers.append(nn.Linear(hidden, outputs))
    if last is not None:
        layers.append(last)
    return nn.Sequential(*layers)


def _plain_head(
    hidden: int, outputs: int, last: nn.Module | None, latent: int = LATENT
) -> nn.Sequential:
    """A head of the release: no normalisation."""
    layers: list[nn.Module] = [nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, outputs)]
    return nn.Sequential(*layers, *([] if last is None else [last]))


def _start_wide(module: nn.Module) -> None:
    """The start of the release's heads."""
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight)
        nn.init.constant_(module.bias, 0.01)


@dataclass(frozen=True, slots=True)
class Output:
    """`features` [N, C, h, w], `z` [N, 32], `x` [N, outputs], `votes` logits [N, classes]."""

    features: Tensor
    z: Tensor
    x: Tensor
    votes: Tensor | None


def _start(module: nn.Module) -> None:
    """He initialisation: AlexNet has no normalisation to make up for a start that is too small."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class AVCENet(nn.Module):
    """Encoder, compressor and regressor, with the heads that only training uses.

    `forward` takes faces [N, 1 or 3, H, W] in 0..255 and returns an `Output` whose `x` is
    valence, arousal without a range limit (`estimate` limits it to [-1, 1]).
    """

    def __init__(self, config: NetworkConfig, weights: str | None = None) -> None:
        super().__init__()
        self.config = config
        released = config.layout == "released"
        self.preprocess = Preprocess(
            config.input_size, config.luminance, config.centre, config.detail
        )
        self.encoder, channels = build_encoder(config.backbone, weights)
        self.compressor = build_compressor(config.backbone, channels, config.dropout, config.layout)
        if released and weights is not None and config.backbone != "alexnet":
            # The release keeps ImageNet's own classifier as the first FC.
            classifier = _of_torchvision(config.backbone, weights).fc
            self.compressor[2].load_state_dict(classifier.state_dict())
        if weights is None and config.backbone == "alexnet":
            self.encoder.apply(_start)
            self.compressor.apply(_start)
        if config.batch_norm and config.backbone == "alexnet":
            self.encoder = normalised(self.encoder)
        if weights is None:
            self._wake_latent()
        last = ScaledTanh() if config.outputs == 2 else None
        if released:
            self.regressor = nn.Sequential(
                nn.Dropout(config.dropout), *_plain_head(256, config.outputs, None)
            )
            self.projection_head = _plain_head(256, config.outputs, last).apply(_start_wide)
        else:
            self.regressor = self._regressor()
            self.projection_head = _head(256, config.outputs, 0.0, last, config.latent)
        ends, last = config.latent, nn.ReLU()
        if config.discriminative == "wide":
            self.discriminative_head = _plain_head(64, DISCRIMINATIVE, last, ends).apply(
                _start_wide
            )
        else:
            self.discriminative_head = _head(64, DISCRIMINATIVE, 0.0, last, ends)
        votes = config.vote_outputs
        self.vote_head = nn.Linear(config.latent, votes) if votes else None

    def _regressor(self) -> nn.Sequential:
        """The regressor of a layout that is not `released`."""
        config = self.config
        if config.layout == "caf":
            plain = _plain_head(8, config.outputs, None, config.latent)
            return nn.Sequential(nn.Dropout(config.dropout), *plain)
        if config.layout == "classifier":
            return nn.Sequential(nn.Linear(config.latent, config.outputs))
        return _head(256, config.outputs, config.dropout, None)

    def _wake_latent(self) -> None:
        """Start every unit of z on its ReLU's rising side: from scratch, many would else die."""
        last = [m for m in self.compressor if isinstance(m, nn.Linear)][-1]
        nn.init.constant_(last.bias, 1.0)

    def forward(self, faces: Tensor) -> Output:
        return self.read_out(*self.encode(faces))

    def encode(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Feature maps [N, C, h, w] and latent z [N, 32] of faces."""
        features = self.encoder(self.preprocess(faces))
        return features, self.compressor(features)

    def read_out(self, features: Tensor, z: Tensor) -> Output:
        """The outputs for z [N, 32]; `features` are passed on as they are."""
        votes = self.vote_head(z) if self.vote_head is not None else None
        return Output(features=features, z=z, x=self.regressor(z), votes=votes)

    def estimate(self, faces: Tensor) -> Tensor:
        """Valence and arousal [N, 2], each in [-1, 1]."""
        return self(faces).x.clamp(-1.0, 1.0)


def parameter_count(module: nn.Module) -> int:
    """Number of learnable values."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def inference_parameters(net: AVCENet) -> int:
    """Number of learnable values that an estimate takes: the heads of training left out."""
    return sum(map(parameter_count, (net.encoder, net.compressor, net.regressor)))
