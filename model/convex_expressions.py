"""A cvxpy expression as a function of PyTorch tensors.

The objective and the constraints of a `ConvexLayer` are written once, with cvxpy. The solver needs
them as cvxpy expressions; implicit differentiation needs them on tensors. So the graph that cvxpy
has recorded is walked and each atom computed by its PyTorch equivalent. All of them work under
`torch.func` (grad, jacrev, vmap).

The smooth atoms of everyday use are covered (`supported_atoms()`). Atoms with kinks where optima
tend to lie (abs, norm1, max, maximum, ...) are left out on purpose: the KKT system differentiates
the objective, which has no derivative there.

Solvers return points that may lie outside the domain of a logarithm by a rounding error. There
a logarithm is taken of `FLOOR`, with the slope that it has there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import cvxpy as cp
import numpy as np
import torch
from torch import Tensor

Evaluate = Callable[[Mapping[int, Tensor]], Tensor]
Rule = Callable[[Any, list[Tensor]], Tensor]

FLOOR = 1e-14


class UnsupportedAtomError(ValueError):
    """An expression uses an atom that has no smooth PyTorch equivalent here."""


def to_torch(expression: Any) -> Evaluate:
    """Compile a cvxpy expression into a function of tensors.

    The function takes the values of the variables and parameters by their cvxpy `id`, each float64
    and of its cvxpy shape, and gives a tensor of the expression's shape.

    Raises:
        UnsupportedAtomError: an atom is not covered; the message names it.
    """
    if isinstance(expression, cp.Variable | cp.Parameter):
        key = expression.id
        return lambda values: values[key]
    if not expression.variables() and not expression.parameters():
        constant = _constant(expression)
        return lambda values: constant
    rule = _rule(expression)
    arguments = [to_torch(argument) for argument in expression.args]
    return lambda values: rule(expression, [argument(values) for argument in arguments])


def supported_atoms() -> list[str]:
    """Names of the cvxpy atoms that `to_torch` knows."""
    return sorted(_RULES)


def _constant(expression: Any) -> Tensor:
    value = expression.value
    dense = value.toarray() if hasattr(value, "toarray") else value
    return torch.as_tensor(np.asarray(dense, dtype=np.float64)).reshape(expression.shape)


def _rule(expression: Any) -> Rule:
    for cls in type(expression).__mro__:
        if cls.__name__ in _RULES:
            return _RULES[cls.__name__]
    raise UnsupportedAtomError(
        f"The atom {type(expression).__name__!r} in {expression} has no smooth PyTorch equivalent "
        "here, so the KKT system cannot be differentiated: write it with smooth atoms and "
        f"inequalities, or use backend='cvxpylayers'. Known are {', '.join(supported_atoms())}."
    )


def _dims(expression: Any, x: Tensor) -> tuple[int, ...]:
    axis = expression.axis
    if axis is None:
        return tuple(range(x.dim()))
    return (axis,) if isinstance(axis, int) else tuple(axis)


def _sum(expression: Any, args: list[Tensor]) -> Tensor:
    (x,) = args
    return x.sum(_dims(expression, x), keepdim=expression.keepdims) if x.dim() else x


def _logsumexp(expression: Any, args: list[Tensor]) -> Tensor:
    (x,) = args
    return torch.logsumexp(x, _dims(expression, x), keepdim=expression.keepdims)


def _quad_over_lin(expression: Any, args: list[Tensor]) -> Tensor:
    x, y = args
    squares = x.square()
    if x.dim():
        squares = squares.sum(_dims(expression, x), keepdim=expression.keepdims)
    return squares / y


def _norm(expression: Any, args: list[Tensor]) -> Tensor:
    (x,) = args
    if not expression.p > 1:
        raise UnsupportedAtomError(f"The norm {expression} is not smooth: p must be above 1.")
    dims, keep = _dims(expression, x), expression.keepdims
    if not x.dim():
        return x.abs()
    return torch.linalg.vector_norm(x, float(expression.p), dims, keep)


def _huber(expression: Any, args: list[Tensor]) -> Tensor:
    (x,) = args
    limit = float(expression.M.value)
    inside = x.clamp(-limit, limit)
    return inside.square() + 2 * limit * (x - inside).abs()


def _quadratic_form(expression: Any, args: list[Tensor]) -> Tensor:
    x, matrix = args
    flat = x.reshape(-1)
    return (flat @ matrix @ flat).reshape(expression.shape)


def _power(expression: Any, args: list[Tensor]) -> Tensor:
    return args[0] ** float(expression.p.value)


def _pick(expression: Any, args: list[Tensor]) -> Tensor:
    # Let numpy apply the key, of whatever kind, to positions; then pick those.
    (x,) = args
    key = expression._orig_key if hasattr(expression, "_orig_key") else expression.key
    positions = np.arange(math.prod(x.shape)).reshape(x.shape)[key]
    return x.reshape(-1)[torch.tensor(positions.ravel().tolist())].reshape(positions.shape)


def _reshape(expression: Any, args: list[Tensor]) -> Tensor:
    (x,) = args
    shape = expression.shape
    if expression.order == "C":
        return x.reshape(shape)
    return _reversed(_reversed(x).reshape(shape[::-1]))


def _reversed(x: Tensor) -> Tensor:
    return x.permute(tuple(reversed(range(x.dim()))))


def _transpose(expression: Any, args: list[Tensor]) -> Tensor:
    (x,) = args
    return _reversed(x) if expression.axes is None else x.permute(tuple(expression.axes))


def _concatenate(expression: Any, args: list[Tensor]) -> Tensor:
    if expression.axis is None:
        return torch.cat([x.reshape(-1) for x in args])
    return torch.cat(args, expression.axis)


def _cumsum(expression: Any, args: list[Tensor]) -> Tensor:
    (x,) = args
    return x.reshape(-1).cumsum(0) if expression.axis is None else x.cumsum(expression.axis)


def _inside(x: Tensor) -> Tensor:
    """`x`, not below FLOOR; the derivative passes through."""
    return x + (x.clamp_min(FLOOR) - x).detach()


def _relative_entropy(args: list[Tensor]) -> Tensor:
    x, y = (_inside(arg) for arg in args)
    return x * (x.log() - y.log())


def _entropy(args: list[Tensor]) -> Tensor:
    x = _inside(args[0])
    return -x * x.log()


def _expand(expression: Any, args: list[Tensor]) -> Tensor:
    return torch.broadcast_to(args[0], expression.shape)


_RULES: dict[str, Rule] = {
    "AddExpression": lambda e, a: sum(a[1:], a[0]),
    "NegExpression": lambda e, a: -a[0],
    "multiply": lambda e, a: a[0] * a[1],
    "MulExpression": lambda e, a: torch.matmul(a[0], a[1]),
    "DivExpression": lambda e, a: a[0] / a[1],
    "Sum": _sum,
    "cumsum": _cumsum,
    "Trace": lambda e, a: a[0].diagonal().sum(),
    "quad_over_lin": _quad_over_lin,
    "QuadForm": _quadratic_form,
    "Power": _power,
    "Pnorm": _norm,
    "huber": _huber,
    "entr": lambda e, a: _entropy(a),
    "kl_div": lambda e, a: _relative_entropy(a) - a[0] + a[1],
    "rel_entr": lambda e, a: _relative_entropy(a),
    "exp": lambda e, a: a[0].exp(),
    "log": lambda e, a: _inside(a[0]).log(),
    "log1p": lambda e, a: a[0].log1p(),
    "logistic": lambda e, a: torch.nn.functional.softplus(a[0]),
    "log_sum_exp": _logsumexp,
    "index": _pick,
    "special_index": _pick,
    "reshape": _reshape,
    "transpose": _transpose,
    "Hstack": lambda e, a: torch.hstack(a),
    "Vstack": lambda e, a: torch.vstack(a),
    "Concatenate": _concatenate,
    "diag_vec": lambda e, a: torch.diag_embed(a[0], offset=e.k),
    "diag_mat": lambda e, a: a[0].diagonal(offset=e.k),
    "Promote": _expand,
    "broadcast_to": _expand,
    "conj": lambda e, a: a[0],
}
