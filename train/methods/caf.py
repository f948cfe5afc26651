"""CAF, contrastive adversarial learning (Kim & Song, AAAI 2021).

The supervised part has RMSE in place of MSE. A discriminator D looks at the encoder's features and
learns to tell strong from weak emotion; in the same iteration, and from the same encoder pass, the
encoder learns to raise D's output on weak emotion (`model.losses.caf` has the formulas).

D is 9216 -> 64 -> 32 -> 16 for AlexNet (592,496 parameters) and 512 or 2048 -> 64 -> 32 -> 16 for
the ResNets, on the features pooled as the compressor pools them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ...model.gather import gather_rows
from ...model.losses.caf import (
    adversarial_loss,
    discriminator_loss,
    emotion_groups,
    released_groups,
)
from ...model.losses.supervised import correlation_loss, rmse
from ...model.networks import AVCENet, Output
from ..loader import Batch
from ..method_config import MethodConfig
from .base import Method, Term

WIDTHS = (64, 32, 16)
RHO = 1e-6


def build_discriminator(net: AVCENet, released: bool = False) -> nn.Sequential:
    """D for the encoder of a network: feature maps [N, C, h, w] to [N, 16].

    The released one is linear in its first layer, and drops out a fifth before its one ReLU.
    """
    pool, flatten = net.compressor[0], net.compressor[1]
    inputs = next(part.in_features for part in net.compressor if isinstance(part, nn.Linear))
    # Both have no parameters, so sharing them shares nothing that learns.
    layers: list[nn.Module] = [pool, flatten]
    if released:
        first, second, third = (nn.Linear(a, b) for a, b in pairwise((inputs, *WIDTHS)))
        return nn.Sequential(*layers, first, second, nn.Dropout(0.2), nn.ReLU(), third)
    for before, after in pairwise((inputs, *WIDTHS)):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class CAF(Method):
    """Supervised losses with RMSE, a discriminator, and the encoder's adversarial term."""

    name = "caf"
    least_batch: ClassVar[int] = 4

    multiplier: Tensor
    """Lambda of the constraint on D; a buffer, so that a resumed run goes on with it."""

    def __init__(self, config: MethodConfig, net: AVCENet) -> None:
        super().__init__(config, net)
        self.discriminator = build_discriminator(net, config.caf == "released")
        self.register_buffer("multiplier", torch.zeros(()))
        self._constraint = torch.zeros(())

    def terms(self, net: AVCENet, batch: Batch, output: Output) -> dict[str, Term]:
        terms = super().terms(net, batch, output)
        # D as a constant: this term is the encoder's.
        fixed = {name: p.detach() for name, p in self.discriminator.named_parameters()}
        found = functional_call(self.discriminator, fixed, (output.features,))
        _, weak = self._groups(found, batch)
        terms["adversarial"] = Term(adversarial_loss(weak))
        return terms

    def supervised(self, batch: Batch, output: Output) -> Tensor:
        """RMSE, PCC and CCC parts against the labels."""
        x = output.x.float()
        c = self.config
        return rmse(x, batch.target) + c.correlation * correlation_loss(x, batch.target, c.moments)

    def adversary(self) -> Iterator[nn.Parameter]:
        return self.discriminator.parameters()

    def adversary_losses(self, batch: Batch, output: Output) -> dict[str, Tensor]:
        strong, weak = self._groups(self.discriminator(output.features.detach()), batch)
        total, self._constraint = discriminator_loss(strong, weak, self.multiplier, RHO)
        return {"total": total, "constraint": self._constraint}

    def adversary_stepped(self) -> None:
        """The multiplier's step up the constraint."""
        self.multiplier += RHO * self._constraint

    def _groups(self, found: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """D's outputs [N, 16] on strong and on weak emotion, of all processes' images."""
        (found,) = gather_rows(found.float())
        group = released_groups if self.config.caf == "released" else emotion_groups
        strong, weak = group(batch.target)
        return found[strong], found[weak]
