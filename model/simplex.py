"""The two views of a latent vector: SparseMax and SoftMax, projections onto the simplex.

Both solve a small convex problem over the probability simplex {p >= 0, sum p = 1} (AVCE
supplement, Eqs. 1 and 2) and both have an exact closed form:

    sparsemax(z) = argmin_p |p - z|^2            = max(z - tau, 0)          (sparse)
    softmax(z)   = argmin_p -<z, p> - H(p)       = exp(z) / sum exp(z)      (dense)

The threshold tau comes from one sort (Martins & Astudillo, "From Softmax to Sparsemax", ICML 2016,
Algorithm 1). With s the indicator of the support of p, the Jacobian is Diag(s) - s s^T / |s|: a
backward pass is a mean over the support, without any matrix (their Eq. 14).

`convex_layer.ConvexLayer` solves the same problems, and others, by a general solver.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_LOW_PRECISION = (torch.float16, torch.bfloat16)


def sparsemax(x: Tensor, dim: int = -1) -> Tensor:
    """Euclidean projection of `x` along `dim` onto the probability simplex.

    Args:
        x: floating-point tensor of any shape. Low-precision input is computed in float32.
        dim: the dimension whose values end up non-negative with sum 1.

    Returns:
        A tensor of the shape and type of `x`; like `torch.softmax`, float32 under autocast. A NaN,
        a plus infinity or nothing but minus infinities in a row makes that row NaN.

    Where a value lies exactly on the threshold the map has a kink; the gradient there is that of
    the smaller support.

    Raises:
        TypeError: `x` is not a floating-point tensor.
        ValueError: there is no value along `dim`.
    """
    if not x.is_floating_point():
        raise TypeError(f"sparsemax needs a floating-point tensor, not {x.dtype}.")
    if x.dim() == 0:
        return sparsemax(x.unsqueeze(0), 0).squeeze(0)
    if x.shape[dim] == 0:
        raise ValueError(f"sparsemax needs at least one value along dimension {dim}.")
    if x.dtype in _LOW_PRECISION:
        result = _Sparsemax.apply(x.float(), dim)
        return result if torch.is_autocast_enabled(x.device.type) else result.to(x.dtype)
    return _Sparsemax.apply(x, dim)


def softmax(x: Tensor, dim: int = -1) -> Tensor:
    """Entropy-regularised projection of `x` along `dim` onto the simplex: `torch.softmax`.

    Low-precision input is computed in float32; the result has the type of `x` (float32 under
    autocast). Raises TypeError where `x` is not a floating-point tensor.
    """
    if not x.is_floating_point():
        raise TypeError(f"softmax needs a floating-point tensor, not {x.dtype}.")
    if x.dtype in _LOW_PRECISION:
        result = torch.softmax(x, dim, dtype=torch.float32)
        return result if torch.is_autocast_enabled(x.device.type) else result.to(x.dtype)
    return torch.softmax(x, dim)


def _project(x: Tensor, dim: int) -> Tensor:
    # The projection does not change when a constant is added, so the largest value becomes 0:
    # the running sums then keep their digits however large the input is.
    x = x - x.amax(dim, keepdim=True)
    ordered = x.sort(dim=dim, descending=True).values
    shape = [1] * x.dim()
    shape[dim] = -1
    rank = torch.arange(1, x.shape[dim] + 1, dtype=x.dtype, device=x.device).view(shape)
    running = ordered.cumsum(dim) - 1
    # At least one value is always in the support; the bound matters for rows of NaN only.
    size = (rank * ordered > running).sum(dim, keepdim=True).clamp_min(1)
    tau = running.gather(dim, size - 1) / size.to(x.dtype)
    return (x - tau).clamp_min(0)


def _multiply_by_jacobian(vector: Tensor, support: Tensor, dim: int) -> Tensor:
    kept = torch.where(support, vector, 0)
    mean = kept.sum(dim, keepdim=True) / support.sum(dim, keepdim=True).clamp_min(1)
    return torch.where(support, kept - mean, 0)


class _Sparsemax(torch.autograd.Function):
    """Forward by sorting; backward and forward-mode by the (symmetric) sparse Jacobian."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, dim: int) -> Tensor:
        return _project(x, dim)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, int], output: Tensor) -> None:
        ctx.dim = inputs[1]
        ctx.save_for_backward(output)
        ctx.save_for_forward(output)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:  # differentiable once more
        (output,) = ctx.saved_tensors
        return _multiply_by_jacobian(grads[0], output > 0, ctx.dim), None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Tensor:
        (output,) = ctx.saved_tensors
        return _multiply_by_jacobian(tangents[0], output > 0, ctx.dim)
