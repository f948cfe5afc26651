"""Consistency of two estimates of one face: what a random change of the image must not move.

    L = mean over faces of |x_1 - x_2|^2

x_1 and x_2 are the outputs for two copies of a face that were changed independently (the Pi model
of Laine & Aila, ICLR 2017, with both branches learning). A shift of the crop, a mirror or a light
leaves the expression as it is, so the estimate has no reason to differ.
"""

from __future__ import annotations

from torch import Tensor


def consistency_loss(x: Tensor) -> Tensor:
    """Mean squared distance of the rows 2k and 2k + 1 of x [2N, A]; 0 where each pair agrees.

    Raises ValueError where the rows are no pairs.
    """
    if x.dim() != 2 or len(x) == 0 or len(x) % 2:
        raise ValueError(f"consistency: x must be [2N, A] with N >= 1, not {list(x.shape)}.")
    wide = x.float() if x.dtype.itemsize < 4 else x
    return (wide[0::2] - wide[1::2]).square().sum(dim=1).mean()
