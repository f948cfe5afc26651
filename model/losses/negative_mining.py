"""Negative mining: correcting and sharpening an expectation over negatives.

A contrastive loss takes the mean of some g over the negatives of an anchor. Both corrections change
that mean alone, so the three losses share them:

- debiased (Chuang et al., "Debiased Contrastive Learning", NeurIPS 2020, Eq. 7): a share tau_plus
  of what looks like a negative is in truth a positive. Taken out of the mean:
  E-[g] = (E[g] - tau_plus E+[g]) / (1 - tau_plus), not below the least value that g can take.
- hard (Robinson et al., "Contrastive Learning with Hard Negative Samples", ICLR 2021, Eqs. 4-6):
  besides that, negatives close to the anchor count more, E[g] being weighted by
  exp(concentration * similarity), normalised to mean 1. tau_plus = 0 leaves the weighting alone.

Mining re-weights all negatives (`by="weights"`), as both papers do; with a growing concentration
that turns into selecting the closest. As in the second paper's own code the weights take part in
the gradient. The AVCE supplement (Section 6) selects fewer negatives instead (`by="selection"`):
debiased leaves out those most similar to the anchor, hard draws without replacement with chances as
exp(concentration * similarity); the mean of those that are kept is plain.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .choices import Mining


def negative_weights(similarity: Tensor, mining: Mining) -> Tensor:
    """Weights of negatives with `similarity` [..., M] to their anchor: [..., M], mean 1 over M."""
    if mining.kind != "hard":
        return torch.ones_like(similarity)
    return torch.softmax(mining.concentration * similarity, dim=-1) * similarity.shape[-1]


@torch.no_grad()
def selected(similarity: Tensor, mining: Mining) -> Tensor:
    """Which negatives with `similarity` [..., M] to their anchor a selection keeps: indices
    [..., K]. The draw for hard negatives is PyTorch's own (the Gumbel-max trick)."""
    if mining.kind == "debiased":
        score = -similarity
    else:
        gumbel = -torch.log(torch.empty_like(similarity).exponential_())
        score = mining.concentration * similarity + gumbel
    return score.topk(mining.count(similarity.shape[-1]), dim=-1).indices


def negative_mean(
    values: Tensor,
    positive: Tensor,
    similarity: Tensor,
    mining: Mining,
    least: float | Tensor | None = None,
    chosen: Tensor | None = None,
) -> Tensor:
    """Mean of g over the negatives of each anchor, mined.

    Args:
        values: g of every negative, [..., M].
        positive: g of the anchor's positive, [...].
        similarity: of every negative to its anchor, what hard mining weighs by, [..., M].
        mining: how.
        least: the least value that g can take; the debiased mean is not let below it.
        chosen: the selection of negatives [..., K] where several means share one; drawn if None.

    Returns:
        [...].
    """
    if mining.selects:
        chosen = selected(similarity, mining) if chosen is None else chosen
        places = chosen.expand(*values.shape[:-1], chosen.shape[-1])
        return values.gather(-1, places).mean(-1)
    mean = (negative_weights(similarity, mining) * values).mean(-1)
    if mining.kind == "none":
        return mean
    mean = (mean - mining.tau_plus * positive) / (1 - mining.tau_plus)
    if least is None:
        return mean
    return torch.maximum(mean, torch.as_tensor(least, dtype=mean.dtype, device=mean.device))
