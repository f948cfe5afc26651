"""The KKT system of a convex program: sharpening a solution and differentiating it.

    minimise_p f(p, t)  subject to  g(p, t) <= 0,  h(p, t) = 0

At a solution (p, lambda, nu) the KKT conditions hold (AVCE supplement, Eqs. 4 and 5). Which
inequalities are active decides how the solution moves with t: the active ones hold with equality
and the others do not matter. With a = 1 for active and 0 for the others,

    G(p, lambda, nu) = ( grad_p L,  a g,  h ) = 0,    L = f + (a lambda).g + nu.h

                            | H      (aJg)^T  Jh^T |
    and its Jacobian is K = | aJg    a - 1    0    |,  which is symmetric.
                            | Jh     0        0    |

This is Eq. 4 with the complementarity rows lambda g = 0 replaced by what they say, so K stays well
scaled where lambda or g is tiny. By the implicit function theorem dp/dt = -[I 0 0] K^-1 dG/dt.

Degenerate rows: K is balanced and inverted as a pseudo-inverse. So dependent active constraints,
and constraints that touch without force (lambda = g = 0, taken as active), give finite derivatives:
those of the solution with these constraints held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Parameters = tuple[Tensor, ...]
Function = Callable[[Tensor, Parameters], Tensor]

TOUCHING = 1e-9
CONVERGED = 1e-12
STEPS = 8
HALVINGS = 12
_RANK_TOLERANCE = 1e-11


@dataclass(frozen=True, slots=True)
class Program:
    """f, g and h of one sample: p [n] and its parameters to a scalar, [m] and [q]."""

    objective: Function
    inequalities: Function
    equalities: Function


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A batch of solutions: p [N, n], lambda [N, m] >= 0, nu [N, q]; `active` [N, m] is 0 or 1."""

    p: Tensor
    inequality_dual: Tensor
    equality_dual: Tensor
    active: Tensor


def sharpen(
    program: Program, p: Tensor, inequality_dual: Tensor, equality_dual: Tensor, t: Parameters
) -> Solution:
    """Newton steps from a solver's answer to the last digits, and the active set.

    An interior-point solver leaves g and lambda of the order of its tolerance; the larger of the
    two tells whether a constraint is active. A step is taken only where it lowers |G|, and the
    result only where it is feasible; elsewhere the solver's own answer stays.

    Args:
        p, inequality_dual, equality_dual: the solver's answer, float64 [N, n], [N, m], [N, q].
        t: parameters, float64, batch first.
    """
    slack = -_over_batch(program.inequalities)(p, t)
    active = (inequality_dual > slack).to(p.dtype)
    start = Solution(p, inequality_dual * active, equality_dual, active)
    now, error = start, _residual(program, start, t).norm(dim=1)
    for _ in range(STEPS):
        matrix, residual = _system(program, now, t)
        step = -_solve(matrix, residual)
        now, error, moved = _take(program, now, error, step, t)
        if not moved or bool((error <= CONVERGED).all()):
            break
    tolerance = TOUCHING * (1 + now.p.abs().amax(1, keepdim=True))
    slack = -_over_batch(program.inequalities)(now.p, t)
    feasible = (slack >= -tolerance).all(1) & (now.inequality_dual >= -tolerance).all(1)
    best = _where(feasible, now, start)
    touching = torch.where(feasible.unsqueeze(1), slack <= tolerance, False)
    held = torch.maximum(best.active, touching.to(p.dtype))
    return Solution(best.p, best.inequality_dual, best.equality_dual, held)


def pull_back(program: Program, solution: Solution, t: Parameters, grad: Tensor) -> Parameters:
    """Gradient of a loss with respect to the parameters, given that with respect to p [N, n].

    Raises:
        RuntimeError: the program has no finite second derivative at a solution.
    """
    matrix, _ = _system(program, solution, t)
    bad = (~matrix.isfinite()).flatten(1).any(1)
    if bad.any():
        raise RuntimeError(
            "The convex program has no finite second derivative at the solution of row(s) "
            f"{bad.nonzero().flatten().tolist()}, so it cannot be differentiated there."
        )
    n = solution.p.shape[1]
    right = torch.cat([grad, grad.new_zeros(len(grad), matrix.shape[1] - n)], dim=1)
    adjoint = _solve(matrix, right)
    # -adjoint . dG/dt, by one more pass through grad_p L, a g and h as functions of t.
    with torch.enable_grad():
        t = tuple(x.detach().requires_grad_() for x in t)
        whole = -(adjoint * _residual(program, solution, t)).sum()
        if not whole.requires_grad:
            return tuple(torch.zeros_like(x) for x in t)
        grads = torch.autograd.grad(whole, t, allow_unused=True)
    return tuple(torch.zeros_like(x) if g is None else g for g, x in zip(grads, t, strict=True))


def _over_batch(function: Function) -> Function:
    return torch.func.vmap(function)


def _lagrangian(program: Program, p: Tensor, dual: Tensor, nu: Tensor, t: Parameters) -> Tensor:
    value = program.objective(p, t)
    return value + dual @ program.inequalities(p, t) + nu @ program.equalities(p, t)


def _residual(program: Program, solution: Solution, t: Parameters) -> Tensor:
    """G [N, n + m + q]."""

    def one(p: Tensor, dual: Tensor, nu: Tensor, active: Tensor, t: Parameters) -> Tensor:
        slope = torch.func.grad(_lagrangian, argnums=1)(program, p, dual * active, nu, t)
        return torch.cat([slope, active * program.inequalities(p, t), program.equalities(p, t)])

    s = solution
    return torch.func.vmap(one)(s.p, s.inequality_dual, s.equality_dual, s.active, t)


def _system(program: Program, solution: Solution, t: Parameters) -> tuple[Tensor, Tensor]:
    """K [N, k, k] and G [N, k], k = n + m + q."""

    def one(p: Tensor, dual: Tensor, nu: Tensor, active: Tensor, t: Parameters) -> Tensor:
        slope = torch.func.grad(_lagrangian, argnums=1)
        hessian = torch.func.jacrev(slope, argnums=1)(program, p, dual * active, nu, t)
        rows = torch.cat(
            [
                active.unsqueeze(1) * _jacobian(program.inequalities, p, t, len(active)),
                _jacobian(program.equalities, p, t, len(nu)),
            ]
        )
        corner = torch.diag_embed(torch.cat([active - 1, torch.zeros_like(nu)]))
        above = torch.cat([hessian, rows.T], dim=1)
        return torch.cat([above, torch.cat([rows, corner], dim=1)])

    s = solution
    matrix = torch.func.vmap(one)(s.p, s.inequality_dual, s.equality_dual, s.active, t)
    return matrix, _residual(program, solution, t)


def _jacobian(function: Function, p: Tensor, t: Parameters, count: int) -> Tensor:
    return torch.func.jacrev(function)(p, t) if count else p.new_zeros(0, len(p))


def _solve(matrix: Tensor, right: Tensor) -> Tensor:
    """Least-norm solution of matrix x = right, [N, k, k] symmetric and [N, k].

    Rows and columns are first scaled alike until their largest entries are near 1 (Ruiz, 2001), so
    that what counts as rank-deficient does not depend on units. A sample that is not finite gives
    NaN.
    """
    finite = matrix.isfinite().flatten(1).all(1) & right.isfinite().all(1)
    matrix = torch.where(finite.view(-1, 1, 1), matrix, 0)
    scale = torch.ones_like(right)
    for _ in range(5):
        largest = (scale.unsqueeze(2) * matrix * scale.unsqueeze(1)).abs().amax(2)
        scale = scale / torch.where(largest > 0, largest, 1).sqrt()
    balanced = scale.unsqueeze(2) * matrix * scale.unsqueeze(1)
    inverse = torch.linalg.pinv(balanced, rtol=_RANK_TOLERANCE, hermitian=True)
    x = scale * (inverse @ (scale * right).unsqueeze(2)).squeeze(2)
    return torch.where(finite.unsqueeze(1), x, torch.nan)


def _take(
    program: Program, now: Solution, error: Tensor, step: Tensor, t: Parameters
) -> tuple[Solution, Tensor, bool]:
    """The step of each sample, halved until |G| falls; none where it does not."""
    n, m = now.p.shape[1], now.active.shape[1]
    pending = step.isfinite().all(1)
    moved, length = False, 1.0
    for _ in range(HALVINGS):
        p, dual, nu = (length * step).split([n, m, step.shape[1] - n - m], dim=1)
        there = Solution(
            now.p + p, (now.inequality_dual + dual) * now.active, now.equality_dual + nu, now.active
        )
        error_there = _residual(program, there, t).norm(dim=1)
        better = pending & (error_there < error)
        if better.any():
            now, moved = _where(better, there, now), True
            error = torch.where(better, error_there, error)
        pending = pending & ~better & (error > CONVERGED)
        if not pending.any():
            break
        length /= 2
    return now, error, moved


def _where(mask: Tensor, yes: Solution, no: Solution) -> Solution:
    chosen = mask.unsqueeze(1)
    return Solution(
        torch.where(chosen, yes.p, no.p),
        torch.where(chosen, yes.inequality_dual, no.inequality_dual),
        torch.where(chosen, yes.equality_dual, no.equality_dual),
        torch.where(chosen, yes.active, no.active),
    )
