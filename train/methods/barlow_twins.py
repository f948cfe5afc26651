"""Barlow Twins (Zbontar et al., ICML 2021) on the views of AVCE, in place of L_AVCE (Table 2)."""

from __future__ import annotations

from torch import Tensor

from ...model.losses.barlow_twins import barlow_twins_loss
from .contrastive import ContrastiveMethod
from .views import Views


class BarlowTwins(ContrastiveMethod):
    """AVCE's training with the Barlow Twins loss."""

    name = "barlow-twins"
    relative_weight = 0.1

    def contrast(self, x: Tensor, views: Views) -> Tensor:
        c = self.config
        return barlow_twins_loss(
            x, views.y_attentive, views.y_average, redundancy=c.redundancy, negatives=c.negatives
        )
