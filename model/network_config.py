"""What has to be known to build a network again: plain values, without PyTorch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from .errors import InputError

BackboneName = Literal["alexnet", "resnet18", "resnet50", "resnet101", "compact"]
Layout = Literal["supplement", "released", "caf", "classifier"]
DiscriminativeHead = Literal["normalised", "wide"]

LATENT = 32


@dataclass(frozen=True)
class NetworkConfig:
    """What has to be known to build a network again.

    Args:
        backbone: which encoder; "compact" is none of the paper's: four convolutions with batch norm
            that learn 48 px faces on one CPU core in a minute, to compare methods with.
        outputs: 2 for valence and arousal, or the number of emotion classes (AVCE-discrete).
        input_size: side in pixels that the encoder works at; the 224 px crop is scaled down to it.
        luminance: reduce the image to luminance first, so that colour cannot matter.
        dropout: rate in the compressor and the regressor.
        vote_outputs: size of an auxiliary vote-distribution output, 0 for none (training only).
        batch_norm: normalise after each convolution of AlexNet, which has none of its own. It
            trains several times faster from scratch; at inference each is one scale and shift that
            the export folds into its convolution.
        layout: "supplement" normalises regressor and projection head and drops out after each
            layer; "released" is the authors' code: no batch norm there, dropout before the last FC
            of the compressor and on the regressor's z, none on the z that makes the views, and a
            projection head that starts `wide`; "caf" is CAF's (9216 -> 64 -> 8 -> 2, a latent of
            64); "classifier" is the whole AlexNet of AffectNet's Baseline (61 M parameters with
            ImageNet's thousand outputs, 57 M with two).
        discriminative: the head of the views' regulariser. "normalised" has batch norm; "wide" has
            none and starts from N(0, 1) weights with a bias of .01, so that its hinge starts at 0.
        centre: share of the image's side that is looked at in evaluation; in training the random
            crop takes its place. 0.875 is the centre 224 of 256 pixels.
        detail: side in pixels that the crop is averaged down to before anything else, so that a
            sharp photograph and a small face look alike to the encoder; 0 keeps every pixel.
    """

    backbone: BackboneName = "alexnet"
    outputs: int = 2
    input_size: int = 224
    luminance: bool = True
    dropout: float = 0.1
    vote_outputs: int = 0
    batch_norm: bool = False
    layout: Layout = "supplement"
    discriminative: DiscriminativeHead = "wide"
    centre: float = 1.0
    detail: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (("layout", Layout), ("discriminative", DiscriminativeHead)):
            if getattr(self, name) not in get_args(allowed):
                choices = ", ".join(get_args(allowed))
                raise InputError(
                    f"There is no {name} '{getattr(self, name)}': choose one of {choices}."
                )
        if self.layout == "classifier" and self.backbone != "alexnet":
            raise InputError("--layout classifier is AlexNet's: leave --backbone at alexnet.")
        if not 0 < self.centre <= 1:
            raise InputError(f"--centre is a share from above 0 to 1, not {self.centre}.")
        if self.detail < 0 or self.detail == 1:
            raise InputError(
                f"--detail is a side in pixels, at least 2, or 0 to keep all, not {self.detail}."
            )

    @property
    def latent(self) -> int:
        """Width of z."""
        return {"caf": 64, "classifier": 4096}.get(self.layout, LATENT)

    def as_dict(self) -> dict[str, str | int | float | bool]:
        return asdict(self)


def network_config(values: dict[str, Any]) -> NetworkConfig:
    """The inverse of `NetworkConfig.as_dict`, for networks of before there was a choice too."""
    return NetworkConfig(**{"discriminative": "normalised", **values})
