"""What a training method is: the losses of a batch, on top of the one network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import ClassVar, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...model.errors import InputError
from ...model.losses.consistency import consistency_loss
from ...model.losses.negative_mining import Mining, MiningKind
from ...model.losses.supervised import supervised_loss
from ...model.metrics import evaluate_all
from ...model.networks import AVCENet, Output
from ..loader import Batch
from .views import TransformName

CriticName = Literal["paper", "released"]


@dataclass(frozen=True)
class MethodConfig:
    """Settings of the methods; each method uses its own part.

    Args:
        weight: w of L_AVCE (1e-4 in the main release, 1e-3 later). Of a loss in its place, w is
            multiplied by a constant of that loss that makes it pull the estimate as hard as L_AVCE
            does at the start of a training: InfoNCE 0.25, Barlow Twins 0.1.
        critic: "paper" (angle alone) or "released" (with the intensity and sign terms).
        alpha, beta, gamma: of L_AVCE, as published.
        transform: how SparseMax and SoftMax are solved.
        mining: "none", "debiased" or "hard" negatives, for the contrastive methods.
        tau_plus: class prior of the debiased criterion.
        concentration: hardness of the hard criterion.
        temperature: of InfoNCE.
        redundancy: off-diagonal weight of Barlow Twins.
        regulariser: weight of the triplet-based regularisation.
        votes: weight of the auxiliary vote-distribution cross-entropy; 0 leaves it out.
        consistency: weight of the squared distance between the estimates for two copies of each
            face, changed at random one by one; makes an estimate steady under small moves of the
            crop. An iteration then costs twice as much; 0 has one copy. To the contrastive losses
            the other copy is a row like any other.

    Raises:
        InputError: a value does not exist or is out of its range.
    """

    weight: float = 1e-3
    critic: CriticName = "paper"
    alpha: float = 0.5
    beta: float = 0.005
    gamma: float = 0.5
    transform: TransformName = "closed-form"
    mining: MiningKind = "none"
    tau_plus: float = 0.1
    concentration: float = 1.0
    temperature: float = 0.5
    redundancy: float = 0.005
    regulariser: float = 1.0
    votes: float = 0.0
    consistency: float = 0.0

    def __post_init__(self) -> None:
        choices = {"critic": CriticName, "transform": TransformName, "mining": MiningKind}
        for name, allowed in choices.items():
            value = getattr(self, name)
            if value not in get_args(allowed):
                raise InputError(
                    f"There is no {name} '{value}': choose one of {', '.join(get_args(allowed))}."
                )
        weights = ("weight", "alpha", "beta", "gamma", "redundancy")
        weights += ("regulariser", "votes", "consistency")
        for name in weights:
            if not (isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise InputError(f"--{name} must be 0 or more, not {getattr(self, name)}.")
        if not (isfinite(self.temperature) and self.temperature > 0):
            raise InputError(f"--temperature must be more than 0, not {self.temperature}.")
        try:
            _ = self.negatives
        except ValueError as error:
            raise InputError(str(error)) from error

    @property
    def negatives(self) -> Mining:
        """How negatives are mined."""
        return Mining(self.mining, self.tau_plus, self.concentration)


class Method(nn.Module):
    """A way to train the network; subclasses add their terms to the supervised part.

    `losses` returns named scalars; "total" is what the main optimiser minimises. Learnable parts
    that belong to the method alone (CAF's discriminator) are its own submodules, listed by
    `adversary` and trained by `adversary_losses`.

    With several processes, `batch` and `output` hold the rows of all of them (`engine.joined`),
    but for `batch.faces` and `output.features`, which are this process's own. With a weight for
    consistency, rows 2k and 2k + 1 are two copies of one face (`Batch.doubled`).

    Raises:
        InputError: the network or a setting does not suit the method.
    """

    name: ClassVar[str] = ""
    monitor: ClassVar[str] = "val/ccc"
    """The validation figure, higher is better, that the best checkpoint is chosen by."""
    outputs: ClassVar[tuple[int, ...]] = (2,)
    """How many outputs the network may have."""
    least_batch: ClassVar[int] = 2
    """The smallest batch, over all processes, that the losses are defined for."""
    mines: ClassVar[bool] = False
    """Whether there are negatives that can be mined."""

    def __init__(self, config: MethodConfig, net: AVCENet) -> None:
        super().__init__()
        self.config = config
        if net.config.outputs not in self.outputs:
            allowed = " or ".join(map(str, self.outputs))
            raise InputError(
                f"The method {self.name} needs --outputs {allowed}, not {net.config.outputs}."
            )
        if config.mining != "none" and not self.mines:
            raise InputError(f"The method {self.name} has no negatives: leave --mining at none.")

    def losses(self, net: AVCENet, batch: Batch, output: Output) -> dict[str, Tensor]:
        """Named losses of a batch, given the network's one forward pass on it."""
        supervised = self.supervised(batch, output)
        losses = {"supervised": supervised, "total": supervised}
        if self.config.votes > 0 and output.votes is not None:
            losses["votes"] = vote_loss(output.votes.float(), batch.votes)
            losses["total"] = losses["total"] + self.config.votes * losses["votes"]
        if self.config.consistency > 0:
            losses["consistency"] = consistency_loss(self.compared(output.x.float()))
            losses["total"] = losses["total"] + self.config.consistency * losses["consistency"]
        return losses

    def compared(self, x: Tensor) -> Tensor:
        """What the two copies of a face are compared by, [2N, ...], from the outputs [2N, ...]."""
        return x

    def supervised(self, batch: Batch, output: Output) -> Tensor:
        """MSE, PCC and CCC parts against the labels (AVCE.md, Section 2)."""
        return supervised_loss(output.x.float(), batch.target)

    def adversary(self) -> Iterator[nn.Parameter]:
        """Parameters trained against the network; none by default."""
        return iter(())

    def adversary_losses(self, batch: Batch, output: Output) -> dict[str, Tensor]:
        """Named losses of the adversary, on detached features; "total" is minimised."""
        raise InputError(f"The method {self.name} has no adversary.")

    def adversary_stepped(self) -> None:
        """Called after each step of the adversary's optimiser."""

    def predict(self, net: AVCENet, faces: Tensor) -> Tensor:
        """What is validated, [N, ...], for faces [N, 1 or 3, H, W]."""
        return net.estimate(faces)

    def labels(self, batch: Batch) -> Tensor:
        """What predictions are compared with, [N, ...]."""
        return batch.target

    def scores(
        self, prediction: NDArray[np.floating], labels: NDArray[np.generic]
    ) -> dict[str, float]:
        """Named figures of a whole validation set; `monitor` is among them."""
        scores = evaluate_all(prediction, labels)
        values = {
            f"val/{metric}_{axis}": float(scores[axis][metric])
            for axis in ("valence", "arousal")
            for metric in ("rmse", "sagr", "pcc", "ccc")
        }
        values["val/ccc"] = (values["val/ccc_valence"] + values["val/ccc_arousal"]) / 2
        return values


def vote_loss(logits: Tensor, votes: Tensor) -> Tensor:
    """Cross-entropy of predicted emotion shares [N, 8] against votes, over rows that have votes."""
    known = torch.isfinite(votes).all(dim=1)
    if not bool(known.any()):
        return logits.sum() * 0.0
    logs = torch.log_softmax(logits[known], dim=1)
    return -(votes[known] * logs).sum(dim=1).mean()
