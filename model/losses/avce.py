"""L_AVCE, the contrastive loss of the paper (Kim & Song, ECCV 2022).

    L_AVCE = E_PXY[f] - alpha E_PXPY[f] - beta/2 E_PXY[f^2] - gamma/2 E_PXPY[f^2]

This is relative predictive coding (Tsai et al., ICLR 2021) with an angular critic. x = R(z),
y_attentive = H(sparsemax(z)), y_average = H(softmax(z)), all points of AV space; f is a critic of
`model.critics`. The joint P_XY is sampled by (x_i, y_attentive_i), the product P_X P_Y by
(x_i, y_average_j).

Which i and j: by default all N x N pairs, the plain estimator of an expectation over independent
draws; every image then has N negatives, which mining chooses among. i = j stays in, since the
paper counts an image's own average view as a negative. `pairs="matched"` takes i = j alone, as the
authors' code does.
"""

from __future__ import annotations

from typing import get_args

from torch import Tensor

from ..critics import LEAST_VALUE, Critic, angular_critic, pairwise
from .checks import require_batch
from .choices import NO_MINING, Mining, Pairs
from .negative_mining import negative_mean, selected


def avce_loss(
    x: Tensor,
    y_attentive: Tensor,
    y_average: Tensor,
    alpha: float = 0.5,
    beta: float = 0.005,
    gamma: float = 0.5,
    critic: Critic = angular_critic,
    negatives: Mining | None = None,
    pairs: Pairs = "product",
) -> Tensor:
    """Minus L_AVCE: a scalar to minimise.

    Args:
        x: the regressor's points, [N, D].
        y_attentive: the attentive view's points, [N, D]; row i belongs to row i of `x`.
        y_average: the average view's points, [N, D].
        alpha, beta, gamma: weights of the three later terms, >= 0.
        critic: f, a function of rows; `critics.CRITICS` holds the presets.
        negatives: mining of the pairs from the product distribution (`negative_mining`); its
            similarity is f. Debiased means are kept from falling below the least value of f (where
            the critic has one) and of f^2 (0).
        pairs: which pairs stand for the product distribution (module docstring).

    With one critic value p for every positive and q for every negative this is
    -(p - alpha q - beta/2 p^2 - gamma/2 q^2); over p and q it is least at p = 1/beta (so, for the
    angular critic in [0, 1], at p = 1) and q = -alpha/gamma (so at q = 0).

    Raises:
        ValueError: the tensors are not of one shape [N, D], N < 2, or `pairs` is unknown.
    """
    x, attentive, average = require_batch(
        "avce_loss",
        "with one image the product distribution equals the joint one and nothing is contrasted",
        x=x,
        y_attentive=y_attentive,
        y_average=y_average,
    )
    if pairs not in get_args(Pairs):
        raise ValueError(f"pairs must be one of {get_args(Pairs)}, not {pairs!r}.")
    matched = pairs == "matched"
    mining = negatives or NO_MINING
    positive = critic(x, attentive)
    # Matched pairs are one set of N negatives: mining then weighs images against each other.
    negative = critic(x, average).unsqueeze(0) if matched else pairwise(critic, x, average)

    chosen = selected(negative, mining) if mining.selects else None

    def over_product(power: int, least: float | None) -> Tensor:
        anchors = positive.pow(power)
        anchors = anchors.mean(0, keepdim=True) if matched else anchors
        return negative_mean(negative.pow(power), anchors, negative, mining, least, chosen).mean()

    return -(
        positive.mean()
        - alpha * over_product(1, LEAST_VALUE.get(critic))
        - beta / 2 * positive.square().mean()
        - gamma / 2 * over_product(2, 0.0)
    )
