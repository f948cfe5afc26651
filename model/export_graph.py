"""The inference graph: uint8 faces in; valence and arousal, activation maps and the latent out.

This is the module that `avce-export` writes to ONNX. It holds the network's own layers (nothing is
copied) and adds what the file's contract asks: image layout, the range limit and the maps.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .activation_maps import MapKind, forward_with_gradient, pooling_matrix, signed_maps
from .errors import InputError
from .networks import AVCENet

INPUT_SIZE = 224


class InferenceGraph(nn.Module):
    """Faces uint8 [N, 224, 224, 3] RGB to `va` [N, 2], `cam` [N, 2, h, w] and `z` [N, 32].

    Args:
        net: a network with two outputs; it is put into evaluation mode.
        maps: which maps, or None to leave `cam` out.
    """

    pooling: Tensor

    def __init__(self, net: AVCENet, maps: MapKind | None = "gradcam") -> None:
        super().__init__()
        if net.config.outputs != 2:
            raise InputError(
                f"A network with {net.config.outputs} outputs classifies emotions: only one that "
                "estimates valence and arousal can be exported for the live app."
            )
        net.eval()
        self.preprocess = net.preprocess
        self.encoder = net.encoder
        self.pool = net.compressor[0]
        self.compressing = nn.ModuleList(list(net.compressor)[2:])
        self.regressing = nn.ModuleList(list(net.regressor))
        self.maps: MapKind | None = maps
        with torch.no_grad():
            size = net.config.input_size
            probe = net.encoder(torch.zeros(1, 3, size, size))
        self.height, self.width = probe.shape[2:]
        cells = 6 if net.config.backbone == "alexnet" else 1
        self.register_buffer("pooling", pooling_matrix(cells, self.height, self.width))
        self.identity = self.pooling.shape[0] == self.pooling.shape[1]

    def forward(self, face: Tensor) -> tuple[Tensor, ...]:
        features = self.encoder(self.preprocess(face.permute(0, 3, 1, 2)))
        flat = features.flatten(2)
        pooled = flat if self.identity else flat @ self.pooling.T
        layers = [*self.compressing, *self.regressing]
        if self.maps is None:
            x = pooled.flatten(1)
            for layer in self.compressing:
                x = layer(x)
            z = x
            for layer in self.regressing:
                x = layer(x)
            return x.clamp(-1.0, 1.0), z
        values, gradient = forward_with_gradient(layers, pooled.flatten(1))
        z, estimate = values[len(self.compressing) - 1], values[-1]
        cam = signed_maps(features, gradient, estimate, self.pooling, self.maps)
        return estimate.clamp(-1.0, 1.0), cam, z

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs in order."""
        return ["va", "z"] if self.maps is None else ["va", "cam", "z"]
