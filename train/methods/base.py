"""What a training method is: the losses of a batch, on top of the one network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...model.errors import InputError
from ...model.losses.supervised import supervised_loss
from ...model.networks import AVCENet, Output
from ..loader import Batch


@dataclass(frozen=True)
class MethodConfig:
    """Settings of the methods; each method uses its own part.

    Args:
        weight: w of the contrastive term (AVCE: 1e-4 in the main release, 1e-3 later).
        critic: "paper" (angle alone) or "released" (with the intensity and sign terms).
        alpha, beta, gamma: of L_AVCE, as published.
        transform: how SparseMax and SoftMax are solved.
        mining: "none", "debiased" or "hard" negatives.
        tau_plus: class prior of the debiased criterion.
        concentration: hardness of the hard criterion.
        temperature: of InfoNCE.
        redundancy: off-diagonal weight of Barlow Twins.
        regulariser: weight of the triplet-based regularisation.
        votes: weight of the auxiliary vote-distribution cross-entropy; 0 leaves it out.
    """

    weight: float = 1e-3
    critic: str = "paper"
    alpha: float = 0.5
    beta: float = 0.005
    gamma: float = 0.5
    transform: str = "closed-form"
    mining: str = "none"
    tau_plus: float = 0.1
    concentration: float = 1.0
    temperature: float = 0.5
    redundancy: float = 0.005
    regulariser: float = 1.0
    votes: float = 0.0


class Method(nn.Module):
    """A way to train the network; subclasses add their terms to the supervised part.

    `losses` returns named scalars; "total" is what the main optimiser minimises. Learnable parts
    that belong to the method alone (CAF's discriminator) are its own submodules, listed by
    `adversary` and trained by `adversary_losses`.
    """

    name = ""

    def __init__(self, config: MethodConfig) -> None:
        super().__init__()
        self.config = config

    def losses(self, net: AVCENet, batch: Batch, output: Output) -> dict[str, Tensor]:
        """Named losses of a batch, given the network's one forward pass on it."""
        supervised = self.supervised(batch, output)
        losses = {"supervised": supervised, "total": supervised}
        if self.config.votes > 0 and output.votes is not None:
            losses["votes"] = vote_loss(output.votes.float(), batch.votes)
            losses["total"] = losses["total"] + self.config.votes * losses["votes"]
        return losses

    def supervised(self, batch: Batch, output: Output) -> Tensor:
        """MSE, PCC and CCC parts against the labels (AVCE.md, Section 2)."""
        return supervised_loss(output.x.float(), batch.target)

    def adversary(self) -> Iterator[nn.Parameter]:
        """Parameters trained against the network; none by default."""
        return iter(())

    def adversary_losses(self, batch: Batch, output: Output) -> dict[str, Tensor]:
        """Named losses of the adversary, on detached features; "total" is minimised."""
        raise InputError(f"The method {self.name} has no adversary.")


def vote_loss(logits: Tensor, votes: Tensor) -> Tensor:
    """Cross-entropy of predicted emotion shares [N, 8] against votes, over rows that have votes."""
    known = torch.isfinite(votes).all(dim=1)
    if not bool(known.any()):
        return logits.sum() * 0.0
    logs = torch.log_softmax(logits[known], dim=1)
    return -(votes[known] * logs).sum(dim=1).mean()
