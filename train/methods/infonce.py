"""InfoNCE (van den Oord et al., 2018) on the views of AVCE, in place of L_AVCE (Table 2)."""

from __future__ import annotations

from torch import Tensor

from ...model.losses.infonce import infonce_loss
from .contrastive import ContrastiveMethod
from .views import Views


class InfoNCE(ContrastiveMethod):
    """AVCE's training with the InfoNCE loss."""

    name = "infonce"
    relative_weight = 0.25

    def contrast(self, x: Tensor, views: Views) -> Tensor:
        c = self.config
        return infonce_loss(
            x, views.y_attentive, views.y_average, temperature=c.temperature, negatives=c.negatives
        )
