"""Critics: how well two points of valence/arousal space go together.

    paper:     f(x, y) = 1 - theta / pi
    released:  f(x, y) = 1 - 0.25 acos(cos(theta) / 2) / pi  + 0.8 (1 - | |x| - |y| |)
                         - 0.05 [sign(x_valence) != sign(y_valence)]
    toolbox:   f(x, y) = acos(cos(theta) / 2) + | |x| - |y| |

theta in [0, pi] is the angle between x and y seen from the neutral origin. The first is the paper's
(Kim & Song, ECCV 2022), the second what the authors' training code computes, the third that of
their later toolbox: a distance where the others are similarities, so that L_AVCE there parts what
it joins elsewhere. `paper` gives 1 for the same direction, 1/2 for a right angle and 0 for opposite
directions.

Two places need care, because an angle is not smooth there:

- theta = 0 and theta = pi. acos has an infinite slope there, and loses half of the digits. The
  angle is taken as 2 atan2(|u - v|, |u + v|) of the unit vectors instead, which is exact; in the
  tip itself (no direction leads down faster than another) the gradient is 0.
- the origin, which has no direction. A zero vector counts as at a right angle to everything
  (theta = pi/2, also to another zero vector). For vectors shorter than `SHORT` theta goes smoothly
  from the true angle to that, so no gradient of theta is longer than 3 / SHORT, which half
  precision can hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

Critic = Callable[[Tensor, Tensor], Tensor]

SHORT = 1e-4
_TINY = 1e-12


def unit(x: Tensor) -> Tensor:
    """`x` [..., D] scaled to length 1; vectors shorter than SHORT are divided by SHORT instead."""
    return x / torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp_min(SHORT)


def cosine(x: Tensor, y: Tensor) -> Tensor:
    """Cosine of the angle between [..., D] and [..., D], in [-1, 1]; 0 for a zero vector."""
    x, y = _at_least_float32(x), _at_least_float32(y)
    return (unit(x) * unit(y)).sum(-1)


def angle(x: Tensor, y: Tensor) -> Tensor:
    """Angle in [0, pi] between [..., D] and [..., D] (broadcast); pi/2 for a zero vector."""
    x, y = _at_least_float32(x), _at_least_float32(y)
    u, trust_u = _direction(x)
    v, trust_v = _direction(y)
    theta = 2 * torch.atan2(_length(u - v), _length(u + v))
    return theta + (1 - trust_u * trust_v) * (math.pi / 2 - theta)


def angular_critic(x: Tensor, y: Tensor) -> Tensor:
    """The paper's critic 1 - theta/pi of the rows of [N, D] and [N, D]: [N] in [0, 1]."""
    return 1 - angle(x, y) / math.pi


def released_critic(x: Tensor, y: Tensor) -> Tensor:
    """The critic of the authors' training code (module docstring) of the rows: [N].

    The first of the D coordinates is valence. As in their code a valence of exactly 0 has a sign
    of its own. The sign term is a step, so it has no gradient.
    """
    x, y = _at_least_float32(x), _at_least_float32(y)
    # Half of a cosine stays within [-1/2, 1/2], where acos is smooth.
    direction = 1 - 0.25 * torch.acos(0.5 * cosine(x, y)) / math.pi
    gap = torch.linalg.vector_norm(x, dim=-1) - torch.linalg.vector_norm(y, dim=-1)
    sign_differs = torch.sign(x[..., 0]) != torch.sign(y[..., 0])
    return direction + 0.8 * (1 - gap.abs()) - 0.1 * 0.5 * sign_differs.to(direction.dtype)


def toolbox_critic(x: Tensor, y: Tensor) -> Tensor:
    """The critic of the authors' later toolbox (module docstring) of the rows: [N], >= 0."""
    x, y = _at_least_float32(x), _at_least_float32(y)
    gap = torch.linalg.vector_norm(x, dim=-1) - torch.linalg.vector_norm(y, dim=-1)
    return torch.acos(0.5 * cosine(x, y)) + gap.abs()


def pairwise(critic: Critic, x: Tensor, y: Tensor) -> Tensor:
    """`critic` of every row of `x` [N, D] with every row of `y` [M, D]: [N, M]."""
    return critic(x.unsqueeze(1), y.unsqueeze(0))


CRITICS: dict[str, Critic] = {
    "paper": angular_critic,
    "released": released_critic,
    "toolbox": toolbox_critic,
}

# The least value of the critics that have one; the released critic falls with the gap in length.
LEAST_VALUE: dict[Critic, float] = {angular_critic: 0.0, toolbox_critic: 0.0}


def _at_least_float32(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _direction(x: Tensor) -> tuple[Tensor, Tensor]:
    """Unit vectors [..., D] and how far each is to be trusted [...], from 0 at the origin to 1."""
    length = torch.linalg.vector_norm(x, dim=-1)
    share = (length / SHORT).clamp_max(1)
    # Cubic: without a kink at SHORT, and flat at the origin, where the direction turns fastest.
    return x / length.clamp_min(_TINY).unsqueeze(-1), share.square() * (3 - 2 * share)


def _length(x: Tensor) -> Tensor:
    """Length of [..., D]; its gradient is 0 at length 0, whatever comes in from above."""
    squared = x.square().sum(-1)
    positive = squared > 0
    return torch.where(positive, torch.where(positive, squared, 1).sqrt(), 0)
