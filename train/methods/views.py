"""The two views of the latent that the contrastive methods compare, and how they are solved.

SparseMax(z) keeps the few strongest features (attentive), SoftMax(z) keeps them all (average). Both
have a closed form; the general convex layers of the paper's Listing 1.1 give the same views and
gradients, more than a thousand times slower, and are there to be compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ...model.errors import MissingExtraError
from ...model.network_config import LATENT
from ...model.networks import AVCENet
from ...model.simplex import softmax, sparsemax
from ..method_config import TransformName

Transform = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Views:
    """`attentive` and `average` views on the simplex [N, 32] and their projections [N, outputs]."""

    attentive: Tensor
    average: Tensor
    y_attentive: Tensor
    y_average: Tensor


def build_transforms(name: TransformName) -> tuple[Transform, Transform]:
    """SparseMax and SoftMax of [N, 32], solved in the way named.

    Raises `MissingExtraError` where the solver's packages are not installed.
    """
    if name == "closed-form":
        return sparsemax, softmax
    try:
        return _convex_layers(name)
    except ImportError as error:
        raise MissingExtraError(f"--transform {name}", "train") from error


def _convex_layers(backend: Literal["cvxpylayers", "kkt"]) -> tuple[Transform, Transform]:
    """Listing 1.1 of the AVCE supplement."""
    import cvxpy as cp

    from ...model.convex_layer import ConvexLayer

    p, z = cp.Variable(LATENT), cp.Parameter(LATENT)

    def on_simplex(p, z):
        return cp.sum(p) - 1

    sparse = ConvexLayer(
        [p], [z], lambda p, z: cp.sum_squares(p - z), [lambda p, z: -p], [on_simplex], backend
    )
    dense = ConvexLayer(
        [p], [z], lambda p, z: -p @ z - cp.sum(cp.entr(p)), [], [on_simplex], backend
    )
    return sparse, dense


def make_views(net: AVCENet, z: Tensor, transforms: tuple[Transform, Transform]) -> Views:
    """The two views of z [N, 32] and their projections, in float32."""
    to_attentive, to_average = transforms
    with torch.autocast(z.device.type, enabled=False):
        attentive, average = to_attentive(z.float()), to_average(z.float())
        # One pass of the shared head over both views gives batch norm the same statistics.
        both = net.projection_head(torch.cat((attentive, average)))
    y_attentive, y_average = both.chunk(2)
    return Views(attentive, average, y_attentive, y_average)
