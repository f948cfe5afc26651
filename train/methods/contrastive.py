"""What AVCE, InfoNCE and Barlow Twins share: the views, the regulariser and how terms add up.

    total = supervised + w contrast + (weight of the regulariser) regulariser

With `regulariser_step="second"` the last term is minimised by a step of its own after the others'.

Each method names its contrast alone, so that a comparison compares nothing else.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from ...model.losses.triplet import triplet_regulariser
from ...model.networks import AVCENet, Output
from ..loader import Batch
from ..method_config import MethodConfig
from .base import Method, Term
from .views import Views, build_transforms, make_views


class ContrastiveMethod(Method):
    """Supervised losses, two views of the latent, and a contrast between them."""

    mines: ClassVar[bool] = True
    relative_weight: ClassVar[float] = 1.0
    """What w is multiplied by.

    Losses of different formulas differ in how hard they pull. The constants make the mean length
    of the gradient at the estimate x that of L_AVCE for a network that has not been trained
    (measured at N = 128: L_AVCE 0.75 / N, InfoNCE 3.0 / N, Barlow Twins 7.2 / N).
    """

    def __init__(self, config: MethodConfig, net: AVCENet) -> None:
        super().__init__(config, net)
        # A tuple, so that a solver's inner state does not become part of a checkpoint.
        self.transforms = build_transforms(config.transform)

    def terms(self, net: AVCENet, batch: Batch, output: Output) -> dict[str, Term]:
        terms = super().terms(net, batch, output)
        views = make_views(net, output.z, self.transforms)
        weight = self.config.weight * self.relative_weight
        if self.config.reduction == "sum":
            weight *= len(output.x)
        terms["contrast"] = Term(self.contrast(output.x.float(), views), weight)
        if not self.steps_twice:
            terms["regulariser"] = self._regulariser_term(net, output, views)
        return terms

    @property
    def steps_twice(self) -> bool:
        return self.config.regulariser_step == "second" and self.config.regulariser > 0

    def second_terms(self, net: AVCENet, output: Output) -> dict[str, Term]:
        views = make_views(net, output.z, self.transforms)
        return {"regulariser": self._regulariser_term(net, output, views)}

    def _regulariser_term(self, net: AVCENet, output: Output, views: Views) -> Term:
        return Term(self.regulariser(net, output.z.float(), views), self.config.regulariser)

    def contrast(self, x: Tensor, views: Views) -> Tensor:
        """The contrastive term to minimise, from x [N, outputs] and the projected views."""
        raise NotImplementedError

    def regulariser(self, net: AVCENet, z: Tensor, views: Views) -> Tensor:
        """The triplet-based term on the discriminative head's output."""
        with torch.autocast(z.device.type, enabled=False):
            d = net.discriminative_head(torch.cat((views.attentive, views.average, z)))
        d_attentive, d_average, d_z = d.chunk(3)
        return triplet_regulariser(d_attentive, d_average, d_z)
