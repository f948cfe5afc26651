"""InfoNCE on the views of AVCE (van den Oord et al., 2018).

    L = - mean_i log(e^{p_i} / (e^{p_i} + N E_j e^{n_ij}))
    p_i = s(x_i, y_attentive_i),  n_ij = s(x_i, y_average_j),  s = cosine / temperature

The positive is the image's own attentive view and the N negatives are the average views of the
whole batch, the same pairs as in `avce_loss`. Mining replaces the mean E_j: debiased by Chuang et
al. (NeurIPS 2020), hard by Robinson et al. (ICLR 2021).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..critics import cosine, pairwise
from .checks import require_batch
from .choices import NO_MINING, Mining
from .negative_mining import negative_mean


def infonce_loss(
    x: Tensor,
    y_attentive: Tensor,
    y_average: Tensor,
    temperature: float = 0.5,
    negatives: Mining | None = None,
) -> Tensor:
    """The loss of the module docstring, a scalar to minimise.

    Args:
        x: the regressor's points, [N, D].
        y_attentive: the attentive view's points, [N, D]; row i is the positive of row i of `x`.
        y_average: the average view's points, [N, D]; every row is a negative of every row of `x`.
        temperature: > 0; 0.5 as in both papers on mining.
        negatives: how negatives are mined; its similarity is s.

    It is least, log(1 + N e^{-2/temperature}), where positives point the same way and negatives
    the opposite way. A zero vector has cosine 0 with everything.

    Raises:
        ValueError: the tensors are not of one shape [N, D], N < 2, or temperature <= 0.
    """
    if not temperature > 0:
        raise ValueError(f"infonce_loss: the temperature must be positive, not {temperature}.")
    x, attentive, average = require_batch(
        "infonce_loss",
        "one image has no other images for negatives",
        x=x,
        y_attentive=y_attentive,
        y_average=y_average,
    )
    mining = negatives or NO_MINING
    positive = cosine(x, attentive) / temperature
    negative = pairwise(cosine, x, average) / temperature
    # Shifted by the largest exponent of each row, so that nothing overflows at low temperatures.
    shift = torch.maximum(positive, negative.amax(-1)).detach()
    of_positive = torch.exp(positive - shift)
    mean = negative_mean(
        torch.exp(negative - shift.unsqueeze(-1)),
        of_positive,
        negative,
        mining,
        least=torch.exp(-1 / temperature - shift),
    )
    count = mining.count(len(x))
    return (torch.log(of_positive + count * mean) - (positive - shift)).mean()
