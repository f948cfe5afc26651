"""AVCE without L_AVCE, the ablation of Table 5: w = 0, everything else kept."""

from __future__ import annotations

from torch import Tensor

from .contrastive import ContrastiveMethod
from .views import Views


class AVCEWithoutContrast(ContrastiveMethod):
    """AVCE with w = 0; the views and their regulariser stay."""

    name = "avce-no-contrast"
    mines = False

    def contrast(self, x: Tensor, views: Views) -> Tensor:
        return x.sum() * 0.0
