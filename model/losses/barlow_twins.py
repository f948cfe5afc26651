"""Barlow Twins on the views of AVCE (Zbontar et al., ICML 2021).

    L = sum_i (1 - C+_ii)^2 + redundancy sum_{i != j} (C-_ij)^2

C+ is the correlation matrix [D, D] over the batch between the coordinates of x and of y_attentive,
the positive pairs; C- is that between x and y_average, the negative pairs. So the term that pulls
together acts on positives and the term that keeps coordinates apart acts on negatives; where both
views are the same this is the published loss.

Mining needs negatives, which the published loss has not. Here they are the N pairs
(x_k, y_average_k): C- is the mined mean over k of the product of standardised coordinates. Hard
mining weighs the pairs by their cosine, debiased mining takes the positive pairs' share out of C-.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..critics import cosine
from .checks import require_batch
from .choices import NO_MINING, Mining
from .negative_mining import negative_mean

EPSILON = 1e-8


def barlow_twins_loss(
    x: Tensor,
    y_attentive: Tensor,
    y_average: Tensor,
    redundancy: float = 0.005,
    negatives: Mining | None = None,
) -> Tensor:
    """The loss of the module docstring, a scalar >= 0 to minimise.

    Args:
        x: the regressor's points, [N, D].
        y_attentive: the attentive view's points, [N, D]; row i belongs to row i of `x`.
        y_average: the average view's points, [N, D].
        redundancy: weight of the second term, 0.005 as published.
        negatives: how negative pairs are mined.

    It is 0 where each coordinate of the attentive view rises linearly with the same one of x, and
    no coordinate of the average view goes with another one of x. A coordinate that is constant
    over the batch has correlation 0.

    Raises:
        ValueError: the tensors are not of one shape [N, D], or N < 2.
    """
    x, attentive, average = require_batch(
        "barlow_twins_loss",
        "a correlation over one image is undefined",
        x=x,
        y_attentive=y_attentive,
        y_average=y_average,
    )
    similarity = cosine(x, average)
    x, attentive, average = (_standardised(view) for view in (x, attentive, average))
    positive = x.T @ attentive / len(x)
    products = torch.einsum("ki,kj->ijk", x, average)
    negative = negative_mean(products, positive, similarity, negatives or NO_MINING)
    others = ~torch.eye(x.shape[1], dtype=torch.bool, device=x.device)
    pulled = (1 - positive.diagonal()).square().sum()
    return pulled + redundancy * negative[others].square().sum()


def _standardised(x: Tensor) -> Tensor:
    centred = x - x.mean(0)
    return centred / (centred.square().mean(0) + EPSILON).sqrt()
