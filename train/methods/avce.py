"""AVCE (Kim & Song, ECCV 2022): supervised losses, two views of the latent, and L_AVCE.

The projection head turns the attentive and the average view into points of the V/A plane, which
L_AVCE compares with the regressor's estimate: near to the first, far from the second.
"""

from __future__ import annotations

from torch import Tensor

from ...model.critics import CRITICS
from ...model.losses.avce import avce_loss
from .contrastive import ContrastiveMethod
from .views import Views


class AVCE(ContrastiveMethod):
    """The whole method."""

    name = "avce"

    def contrast(self, x: Tensor, views: Views) -> Tensor:
        c = self.config
        return avce_loss(
            x,
            views.y_attentive,
            views.y_average,
            alpha=c.alpha,
            beta=c.beta,
            gamma=c.gamma,
            critic=CRITICS[c.critic],
            negatives=c.negatives,
            pairs=c.pairs,
        )
