"""The "triplet-based" regulariser on the discriminative head, as in the authors' training code.

    mean relu(m - |d(z_a) - d(z_n)|^2)
    + 0.01 mean(|u(z_a) - u(z)| - 1) + 0.01 mean(|u(z_n) - u(z)| - 1)

d is the head's output and u is d at unit length: the two views are pushed apart to a squared
distance of m, while both are held near z.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..critics import unit
from .checks import require_batch


def triplet_regulariser(
    attentive: Tensor,
    average: Tensor,
    latent: Tensor,
    margin: float = 1.0,
    holding: float = 0.01,
) -> Tensor:
    """The regulariser (module docstring), a scalar to minimise.

    Args:
        attentive: d(z_a), [N, D].
        average: d(z_n), [N, D].
        latent: d(z), [N, D].
        margin: m, the squared distance from which on a pair is no longer pushed.
        holding: weight of the two terms that hold the views near z.

    With the defaults its least value is -0.02, where both views point the way of z and lie far
    enough apart. An output that is all zero counts as at length 0 (`critics.unit`).

    Raises:
        ValueError: the tensors are not of one shape [N, D], or N < 2.
    """
    attentive, average, latent = require_batch(
        "triplet_regulariser",
        "the head's batch normalisation is undefined for a single image",
        attentive=attentive,
        average=average,
        latent=latent,
    )
    pushed = torch.relu(margin - (attentive - average).square().sum(-1)).mean()
    anchor = unit(latent)
    held = sum((_length(unit(view) - anchor) - 1).mean() for view in (attentive, average))
    return pushed + holding * held


def _length(x: Tensor) -> Tensor:
    return torch.linalg.vector_norm(x, dim=-1)
