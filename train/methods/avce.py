"""AVCE (Kim & Song, ECCV 2022): supervised losses, two views of the latent, and L_AVCE.

The views are SparseMax(z), which keeps the few strongest features (attentive), and SoftMax(z),
which keeps them all (average). The projection head turns both into points of the V/A plane, which
the contrastive term compares with the regressor's estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...model.critics import CRITICS
from ...model.losses.avce import avce_loss
from ...model.losses.triplet import triplet_regulariser
from ...model.networks import AVCENet, Output
from ...model.simplex import softmax, sparsemax
from ..loader import Batch
from .base import Method


@dataclass(frozen=True, slots=True)
class Views:
    """`attentive` and `average` views on the simplex [N, 32] and their projections [N, outputs]."""

    attentive: Tensor
    average: Tensor
    y_attentive: Tensor
    y_average: Tensor


def make_views(net: AVCENet, z: Tensor) -> Views:
    """The two views of z [N, 32] and their projections, in float32."""
    with torch.autocast(z.device.type, enabled=False):
        attentive, average = sparsemax(z.float()), softmax(z.float())
        # One pass of the shared head over both views gives batch norm the same statistics.
        both = net.projection_head(torch.cat((attentive, average)))
    y_attentive, y_average = both.chunk(2)
    return Views(attentive, average, y_attentive, y_average)


class AVCE(Method):
    """The whole method; its `weight` set to 0 is the ablation of Table 5."""

    name = "avce"

    def losses(self, net: AVCENet, batch: Batch, output: Output) -> dict[str, Tensor]:
        losses = super().losses(net, batch, output)
        views = make_views(net, output.z)
        losses["contrast"] = self.contrast(output.x.float(), views)
        losses["regulariser"] = self.regulariser(net, output.z.float(), views)
        losses["total"] = (
            losses["total"]
            + self.config.weight * losses["contrast"]
            + self.config.regulariser * losses["regulariser"]
        )
        return losses

    def contrast(self, x: Tensor, views: Views) -> Tensor:
        """The contrastive term to minimise, from x [N, 2] and the projected views."""
        c = self.config
        return avce_loss(
            x,
            views.y_attentive,
            views.y_average,
            alpha=c.alpha,
            beta=c.beta,
            gamma=c.gamma,
            critic=CRITICS[c.critic],
        )

    def regulariser(self, net: AVCENet, z: Tensor, views: Views) -> Tensor:
        """The triplet-based term on the discriminative head's output."""
        with torch.autocast(z.device.type, enabled=False):
            d = net.discriminative_head(torch.cat((views.attentive, views.average, z)))
        d_attentive, d_average, d_z = d.chunk(3)
        return triplet_regulariser(d_attentive, d_average, d_z)


class AVCEWithoutContrast(AVCE):
    """AVCE with w = 0, everything else kept (Table 5)."""

    name = "avce-no-contrast"

    def contrast(self, x: Tensor, views: Views) -> Tensor:
        return x.sum() * 0.0
