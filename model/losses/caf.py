"""CAF, contrastive adversarial learning (Kim & Song, AAAI 2021).

Two groups of a batch, strong and weak emotion, are told apart by a discriminator D on encoder
features. D is trained so that pairs within a group are near and pairs across are far:

    f_P = |D(a) - D(b)|^2                          a, b of one group
    f_Q = relu(margin(s, w) - |D(s) - D(w)|^2)     s strong, w weak
    minimise  E f_P + E f_Q  subject to  c = 1 - (E f_P^2 + E f_Q^2) / 2 = 0

margin(s, w) = mutual information of D(s) and D(w), limited to 0..2.5, plus the confidence at
which a nearest-neighbour vote around s becomes decided (Balsubramani et al., "An Adaptive Nearest
Neighbor Rule for Classification", NeurIPS 2019). The encoder then lowers -0.1 mean D(weak).

Where the description leaves a choice: all pairs are taken, in place of one partner each; the
constraint enters as the augmented Lagrangian of a minimisation, lambda c + rho/2 c^2, with
lambda <- lambda + rho c after each step; an image is strong if it is so on either axis.
The supervised part of CAF is `supervised.rmse` + `supervised.correlation_loss`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .checks import require_batch

MARGIN_LIMIT = 2.5
CONFIDENCE = 0.7
NOISE_VARIANCE = 0.2


def emotion_groups(target: Tensor, share: float = 0.5) -> tuple[Tensor, Tensor]:
    """Indices of the images of strong and of weak emotion in a batch.

    On each axis the threshold is where the sorted magnitudes, added up from the smallest, pass
    `share` of their sum. An image above the threshold of any axis is strong, the others are weak.
    The two groups get the same size by leaving out the less marked images of the larger one. Where
    a group has fewer than two images, the half of largest length is strong and the other half weak.

    Args:
        target: valence, arousal, [N, A], N >= 4.
        share: in (0, 1).

    Returns:
        strong [M], from the strongest down, and weak [M], from the weakest up; 2 <= M <= N / 2.

    Raises:
        ValueError: N < 4, or `share` is not in (0, 1).
    """
    if target.dim() != 2 or len(target) < 4:
        raise ValueError(
            "emotion_groups needs [N, A] with N >= 4, two images for each of the two groups, "
            f"not {list(target.shape)}."
        )
    if not 0 < share < 1:
        raise ValueError(f"emotion_groups: share must be in (0, 1), not {share}.")
    magnitude = target.detach().float().abs()
    ordered = magnitude.sort(dim=0).values
    passed = ordered.cumsum(0) >= share * ordered.sum(0)
    threshold = ordered.gather(0, passed.to(torch.uint8).argmax(0, keepdim=True))
    is_strong = (magnitude > threshold).any(1)
    from_weakest = torch.linalg.vector_norm(magnitude, dim=1).argsort(stable=True)
    strong = from_weakest[is_strong[from_weakest]].flip(0)
    weak = from_weakest[~is_strong[from_weakest]]
    size = min(len(strong), len(weak))
    if size < 2:
        size = len(target) // 2
        strong, weak = from_weakest.flip(0), from_weakest
    return strong[:size], weak[:size]


def released_groups(target: Tensor) -> tuple[Tensor, Tensor]:
    """The groups as CAF's released code makes them: strong [M] and weak [M], in the batch's order.

    On each axis a cumulative share is read at the middle between the places of the least and of the
    largest value of the unsorted batch; an image is strong where its squared length exceeds the
    length of both shares by .25, or .65 where that leaves a group empty (then weak is below .3).
    Where a group has fewer than two images, those of `emotion_groups` are taken.
    """
    values = target.detach().float()
    shares = torch.stack([_cumulative_share(column) for column in values.T])
    threshold = torch.linalg.vector_norm(shares) + 0.25
    squared = values.square().sum(1)
    strong, weak = (squared > threshold).nonzero()[:, 0], (squared < threshold).nonzero()[:, 0]
    if not len(strong) or not len(weak):
        strong, weak = (squared > 0.65).nonzero()[:, 0], (squared < 0.3).nonzero()[:, 0]
    size = min(len(strong), len(weak))
    return (strong[:size], weak[:size]) if size >= 2 else emotion_groups(target)


def _cumulative_share(column: Tensor) -> Tensor:
    """Of a column [N] in the batch's order; grows by two images until it is below .95 or above .75
    of the whole, as in the released code (which of the two is met depends on the sum's sign)."""
    whole = column.sum()
    middle = int(column.argmin() + column.argmax()) // 2
    while middle < len(column):
        part = column[: middle + 1].sum()
        if part >= 0.75 * whole or part < 0.95 * whole:
            return part / whole
        middle += 2
    return torch.ones(())


def discriminator_loss(
    strong: Tensor, weak: Tensor, multiplier: float | Tensor = 0.0, rho: float = 1e-6
) -> tuple[Tensor, Tensor]:
    """What D minimises, and the constraint c (detached) for the multiplier's step.

    Args:
        strong: D of the strong group, [M, K].
        weak: D of the weak group, [M, K].
        multiplier: lambda; the caller adds rho * c to it after each step.
        rho: weight of the squared constraint, >= 0.

    With multiplier and rho 0 the loss is least, 0, where each group is one point and the points
    are further apart than the margin.

    Raises:
        ValueError: the groups are not of one shape [M, K], or M < 2.
    """
    strong, weak = require_batch(
        "discriminator_loss",
        "a group of one image has no pair within it",
        strong=strong,
        weak=weak,
    )
    within = torch.cat([_distances_within(strong), _distances_within(weak)])
    margin = mutual_information(strong.unsqueeze(1), weak.unsqueeze(0)).clamp(0.0, MARGIN_LIMIT)
    margin = margin + neighbour_confidence(strong, weak).unsqueeze(1)
    across = torch.relu(margin - _squared_distance(strong.unsqueeze(1), weak.unsqueeze(0)))
    constraint = 1 - 0.5 * (within.square().mean() + across.square().mean())
    lagrangian = multiplier * constraint + rho / 2 * constraint.square()
    return within.mean() + across.mean() + lagrangian, constraint.detach()


def adversarial_loss(weak: Tensor, weight: float = 0.1) -> Tensor:
    """The encoder's term -weight mean D(weak), for D of the weak group [M, K], M >= 1.

    It falls without limit as D(weak) grows, as an adversarial term does; D's own step holds it.
    """
    if weak.dim() != 2 or not len(weak):
        raise ValueError(f"adversarial_loss: weak must be [M, K], M >= 1, not {list(weak.shape)}.")
    return -weight * weak.to(torch.promote_types(weak.dtype, torch.float32)).mean()


def mutual_information(x: Tensor, y: Tensor) -> Tensor:
    """Estimated mutual information in nats of [..., K] and [..., K]: [...], of any sign.

    Mean over K of log p(y | x) - log p(y) for a Gaussian channel of variance 0.2 whose input
    is -1 or +1 with equal chance:
    -(y - x)^2 / 2v - log(e^{-(y+1)^2 / 2v} / 2 + e^{-(y-1)^2 / 2v} / 2).
    """
    scale = 2 * NOISE_VARIANCE
    given = -(y - x).square() / scale
    marginal = torch.logaddexp(-(y + 1).square() / scale, -(y - 1).square() / scale) - math.log(2)
    return (given - marginal).mean(-1)


@torch.no_grad()
def neighbour_confidence(strong: Tensor, weak: Tensor) -> Tensor:
    """Confidence 0.7 / sqrt(k) of each strong point, [M]; no gradient.

    k is the smallest number of nearest neighbours (of both groups, the point itself left out)
    whose vote is decided: one group's share exceeds 1/2 by more than 0.7 / sqrt(k). Where none is,
    k is the number of all neighbours. Clean surroundings give a large margin, mixed ones a small
    one.
    """
    points = torch.cat([strong, weak])
    count = len(points) - 1
    distances = torch.cdist(strong, points)
    itself = torch.eye(len(strong), len(points), dtype=torch.bool, device=points.device)
    nearest = distances.masked_fill(itself, torch.inf).argsort(dim=1, stable=True)[:, :count]
    k = torch.arange(1, count + 1, device=points.device)
    confidence = CONFIDENCE / k.sqrt()
    share = (nearest < len(strong)).cumsum(1) / k
    decided = (share - 0.5).abs() > confidence
    first = torch.where(decided.any(1), decided.to(torch.uint8).argmax(1), count - 1)
    return confidence[first].to(points.dtype)


def _squared_distance(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().sum(-1)


def _distances_within(group: Tensor) -> Tensor:
    """Squared distances of all pairs of [M, K]: [M (M - 1) / 2]."""
    first, second = torch.triu_indices(len(group), len(group), 1, device=group.device)
    return _squared_distance(group[first], group[second])
