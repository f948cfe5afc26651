"""How parameters are updated: plain values, without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class OptimConfig:
    """How the parameters are updated.

    Args:
        preset: "modern" is AdamW with warm-up and cosine decay; "paper" is Adam(1e-4, betas 0.5,
            0.9) on encoder, compressor and regressor, SGD(1e-2, momentum 0.9) on the heads, and a
            step decay of 0.8 at 5k, 25k, 45k, 65k and 85k steps.
        learning_rate: peak rate of the modern preset.
        weight_decay: of the modern preset; biases and normalisation layers are not decayed.
        fan_in: inputs up to which a layer of AlexNet learns at the full rate; one with more learns
            slower in proportion (Yang et al., Tensor Programs V, 2022). Without normalisation, a
            step of Adam on 9216 positive inputs would else shift a unit by more than its range.
            A convolution that is normalised learns at the full rate.
        warmup: share of the run over which the modern rate rises from near zero.
        clip: largest gradient norm, 0 for no limit.
        ema: decay of the weights' moving average that is evaluated and exported; 0 for none. It
            rises to this from 2/11, so that a short run does not evaluate its first weights.
        accumulate: batches whose gradients are summed for one step.
    """

    preset: Literal["modern", "paper"] = "modern"
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    fan_in: int = 128
    warmup: float = 0.05
    clip: float = 5.0
    ema: float = 0.998
    accumulate: int = 1
