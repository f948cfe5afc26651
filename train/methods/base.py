"""What a training method is: the losses of a batch, on top of the one network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...model.errors import InputError
from ...model.losses.consistency import consistency_loss
from ...model.losses.supervised import correlation_loss, mse
from ...model.metrics import AXES, METRICS, evaluate_all
from ...model.networks import AVCENet, Output
from ..loader import Batch
from ..method_config import MethodConfig


@dataclass(frozen=True, slots=True)
class Term:
    """One scalar of what is minimised, and what it is multiplied by."""

    value: Tensor
    weight: float = 1.0

    @property
    def weighted(self) -> Tensor:
        """What is added to the total."""
        return self.value if self.weight == 1.0 else self.weight * self.value


def total_of(terms: dict[str, Term]) -> Tensor:
    """The sum of all terms, each with its weight."""
    first, *others = (term.weighted for term in terms.values())
    return sum(others, first)


class Method(nn.Module):
    """A way to train the network; subclasses add their terms to the supervised part.

    `terms` returns named scalars with their weights, whose sum is minimised. Learnable parts
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

    def terms(self, net: AVCENet, batch: Batch, output: Output) -> dict[str, Term]:
        """What a batch is minimised by, given the network's one forward pass on it."""
        terms = {"supervised": Term(self.supervised(batch, output))}
        if self.config.votes > 0 and output.votes is not None:
            terms["votes"] = Term(vote_loss(output.votes.float(), batch.votes), self.config.votes)
        if self.config.consistency > 0:
            compared = consistency_loss(self.compared(output.x.float()))
            terms["consistency"] = Term(compared, self.config.consistency)
        return terms

    @property
    def steps_twice(self) -> bool:
        """Whether `second_terms` get a forward pass and a step of their own."""
        return False

    def second_terms(self, net: AVCENet, output: Output) -> dict[str, Term]:
        """What is minimised by a second step, given a forward pass on the same faces after the
        first."""
        raise InputError(f"The method {self.name} has no second step.")

    def compared(self, x: Tensor) -> Tensor:
        """What the two copies of a face are compared by, [2N, ...], from the outputs [2N, ...]."""
        return x

    def supervised(self, batch: Batch, output: Output) -> Tensor:
        """MSE, PCC and CCC parts against the labels (`model.losses.supervised`)."""
        x, c = output.x.float(), self.config
        return mse(x, batch.target) + c.correlation * correlation_loss(x, batch.target, c.moments)

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
            f"val/{metric.name}_{axis}": float(scores[axis][metric.name])
            for axis in AXES
            for metric in METRICS
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
