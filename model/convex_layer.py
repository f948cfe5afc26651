"""Any small convex problem as a differentiable layer (AVCE supplement, Section 2 and Listing 1.1).

    p*(z) = argmin_p f(p, z)   subject to   g(p, z) <= 0,   h(p, z) = 0

The problem is written once, with cvxpy:

    z, x = cp.Variable(32), cp.Parameter(32)
    f = lambda z, x: cp.sum_squares(z - x)
    g = lambda z, x: -z
    h = lambda z, x: cp.sum(z) - 1
    sparsemax_layer = ConvexLayer([z], [x], f, [g], [h])
    views = sparsemax_layer(latent)            # [N, 32] to [N, 32]

Two ways to solve and differentiate it:

- "kkt": each sample by cvxpy with Clarabel or ECOS, sharpened by Newton steps; the backward pass
  solves the KKT system (`kkt`), the derivatives of f, g and h being those of the same expressions
  evaluated on tensors (`convex_expressions`).
- "cvxpylayers": cvxpylayers, which differentiates the cone program. It also takes problems with
  kinks; they have to follow cvxpy's rules for parameters (DPP).

For SparseMax and SoftMax themselves `simplex` has closed forms, more than 1,000 times as fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, get_args

import cvxpy as cp
import numpy as np
import torch
from cvxpy.error import SolverError
from torch import Tensor, nn

from . import kkt
from .convex_expressions import to_torch

LayerBackend = Literal["kkt", "cvxpylayers"]
Solver = Literal["CLARABEL", "ECOS"]
Function = Callable[..., Any]


class ConvexLayer(nn.Module):
    """A batch of parameter values in, the problem's solutions out.

    Args:
        variables: cvxpy variables, in the order in which the functions take them.
        parameters: cvxpy parameters, likewise, after the variables; at least one.
        objective: function of variables and parameters to a scalar, convex in the variables.
        inequalities: functions whose values are to be <= 0, each convex and of any shape.
        equalities: functions whose values are to be 0, each affine and of any shape.
        backend: "kkt" or "cvxpylayers".
        solver: "CLARABEL" or "ECOS"; for cvxpylayers None leaves the choice to it.

    Raises:
        ValueError: the problem is not convex by cvxpy's rules, or not scalar, or uses an atom that
            the backend cannot differentiate, or an argument is unknown.
    """

    def __init__(
        self,
        variables: Sequence[cp.Variable],
        parameters: Sequence[cp.Parameter],
        objective: Function,
        inequalities: Sequence[Function] = (),
        equalities: Sequence[Function] = (),
        backend: LayerBackend = "kkt",
        solver: Solver | None = None,
    ) -> None:
        super().__init__()
        if backend not in get_args(LayerBackend):
            raise ValueError(f"backend must be one of {get_args(LayerBackend)}, not {backend!r}.")
        if solver is not None and solver not in get_args(Solver):
            raise ValueError(f"solver must be one of {get_args(Solver)}, not {solver!r}.")
        if not variables or not parameters:
            raise ValueError("ConvexLayer needs at least one variable and one parameter.")
        self._variables, self._parameters_of_problem = list(variables), list(parameters)
        with _names_of_the_listing():
            expressions = [
                _expression(function, [*variables, *parameters])
                for function in (objective, *inequalities, *equalities)
            ]
        f, g, h = _split(expressions, len(inequalities))
        self._inequalities = [expression <= 0 for expression in g]
        self._equalities = [expression == 0 for expression in h]
        if not f.is_scalar():
            raise ValueError(f"The objective must be a scalar, not of shape {f.shape}.")
        self._problem = cp.Problem(cp.Minimize(f), self._inequalities + self._equalities)
        if not self._problem.is_dcp():
            raise ValueError(f"The problem is not convex by cvxpy's rules: {self._problem}.")
        self._solver = solver or "CLARABEL"
        self._cvxpylayer: nn.Module | None = None
        if backend == "kkt":
            self._program = _program(self._variables, self._parameters_of_problem, f, g, h)
        else:
            self._cvxpylayer = _cvxpylayer(
                self._problem, self._parameters_of_problem, self._variables, solver
            )

    def forward(self, *values: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Solve for each sample.

        Args:
            values: one tensor a parameter, of its shape with or without a batch dimension in front;
                those without serve every sample.

        Returns:
            The solution [N, *shape] ([*shape] if no value has a batch dimension), of the type and
            on the device of the first value; a tuple for several variables.

        Raises:
            ValueError: a value has another shape or is not finite, or batch sizes differ.
            RuntimeError: a sample's problem could not be solved; the message names the row.
        """
        size = _batch_size(self._parameters_of_problem, values)
        batch = tuple(
            value.to("cpu", torch.float64).expand(1 if size is None else size, *parameter.shape)
            for value, parameter in zip(values, self._parameters_of_problem, strict=True)
        )
        if size == 0:
            found = [values[0].new_zeros(0, *variable.shape) for variable in self._variables]
        elif self._cvxpylayer is not None:
            found = self._cvxpylayer(*batch)
        else:
            flat = _Implicit.apply(self, *batch)
            parts = flat.split([variable.size for variable in self._variables], dim=1)
            found = [
                part.reshape(-1, *variable.shape)
                for part, variable in zip(parts, self._variables, strict=True)
            ]
        first = values[0]
        results = tuple(
            (x if size is not None else x.squeeze(0)).to(first.device, first.dtype) for x in found
        )
        return results[0] if len(results) == 1 else results

    def solve(self, batch: tuple[Tensor, ...]) -> kkt.Solution:
        """The solver's answer for each row of float64 [N, ...] parameter values, sharpened."""
        rows = [self._solve_row(i, [value[i] for value in batch]) for i in range(len(batch[0]))]
        p, inequality_dual, equality_dual = (torch.stack(part) for part in zip(*rows, strict=True))
        return kkt.sharpen(self._program, p, inequality_dual, equality_dual, batch)

    def _solve_row(self, row: int, values: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        for parameter, value in zip(self._parameters_of_problem, values, strict=True):
            parameter.value = value.numpy()
        try:
            self._problem.solve(solver=self._solver)
        except SolverError as error:
            raise RuntimeError(f"{self._solver} could not solve row {row}: {error}") from error
        if self._problem.status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
            raise RuntimeError(f"The problem of row {row} is {self._problem.status}.")
        return (
            _flat([variable.value for variable in self._variables]),
            _flat([constraint.dual_value for constraint in self._inequalities]),
            _flat([constraint.dual_value for constraint in self._equalities]),
        )


class _Implicit(torch.autograd.Function):
    """Solutions [N, n] of a layer; backward by the KKT system."""

    @staticmethod
    def forward(ctx: Any, layer: ConvexLayer, *batch: Tensor) -> Tensor:
        solution = layer.solve(tuple(value.detach() for value in batch))
        ctx.program = layer._program
        ctx.save_for_backward(
            solution.p,
            solution.inequality_dual,
            solution.equality_dual,
            solution.active,
            *batch,
        )
        return solution.p.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *grads: Tensor
    ) -> tuple[Tensor | None, ...]:
        p, inequality_dual, equality_dual, active, *batch = ctx.saved_tensors
        solution = kkt.Solution(p, inequality_dual, equality_dual, active)
        return None, *kkt.pull_back(ctx.program, solution, tuple(batch), grads[0])


@contextmanager
def _names_of_the_listing() -> Iterator[None]:
    """Listing 1.1 writes `cp.sum_squared`; cvxpy calls it `sum_squares`. Lent while tracing."""
    if hasattr(cp, "sum_squared"):
        yield
        return
    cp.sum_squared = cp.sum_squares  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        del cp.sum_squared  # pyright: ignore[reportAttributeAccessIssue]


def _expression(function: Function, arguments: list[Any]) -> Any:
    result = function(*arguments)
    if not isinstance(result, cp.Expression):
        raise ValueError(
            "Every function must return a cvxpy expression; one returned a "
            f"{type(result).__name__}."
        )
    return result


def _split(expressions: list[Any], inequalities: int) -> tuple[Any, list[Any], list[Any]]:
    first = 1 + inequalities
    return expressions[0], expressions[1:first], expressions[first:]


def _program(
    variables: list[cp.Variable],
    parameters: list[cp.Parameter],
    f: Any,
    g: list[Any],
    h: list[Any],
) -> kkt.Program:
    """The problem as functions of the joined variables [n] of one sample and its parameters."""
    sizes = [variable.size for variable in variables]

    def values(p: Tensor, t: tuple[Tensor, ...]) -> dict[int, Tensor]:
        parts = p.split(sizes)
        table = {
            variable.id: part.reshape(variable.shape)
            for variable, part in zip(variables, parts, strict=True)
        }
        return table | {parameter.id: x for parameter, x in zip(parameters, t, strict=True)}

    def joined(expressions: list[Any]) -> kkt.Function:
        evaluate = [to_torch(expression) for expression in expressions]

        def function(p: Tensor, t: tuple[Tensor, ...]) -> Tensor:
            table = values(p, t)
            return torch.cat([p.new_zeros(0), *(one(table).reshape(-1) for one in evaluate)])

        return function

    objective = joined([f])
    return kkt.Program(lambda p, t: objective(p, t).squeeze(0), joined(g), joined(h))


def _cvxpylayer(
    problem: cp.Problem,
    parameters: list[cp.Parameter],
    variables: list[cp.Variable],
    solver: Solver | None,
) -> nn.Module:
    from cvxpylayers.torch import CvxpyLayer  # pyright: ignore[reportPrivateImportUsage]

    if not problem.is_dpp():
        raise ValueError(f"cvxpylayers needs a problem that follows cvxpy's DPP rules: {problem}.")
    arguments = {} if solver is None else {"solve_method": solver.replace("CLARABEL", "Clarabel")}
    return CvxpyLayer(problem, parameters, variables, solver_args=arguments)


def _batch_size(parameters: list[cp.Parameter], values: tuple[Tensor, ...]) -> int | None:
    """The common batch size of the values; None where no value has a batch dimension."""
    if len(values) != len(parameters):
        raise ValueError(f"ConvexLayer takes {len(parameters)} value(s), not {len(values)}.")
    sizes: set[int] = set()
    for i, (parameter, value) in enumerate(zip(parameters, values, strict=True)):
        shape = tuple(parameter.shape)
        if tuple(value.shape) != shape:
            if tuple(value.shape[1:]) != shape or value.dim() != len(shape) + 1:
                raise ValueError(
                    f"Value {i} must be {list(shape)} or [N, ...] of it, not {list(value.shape)}."
                )
            sizes.add(len(value))
        if not bool(torch.isfinite(value).all()):
            raise ValueError(f"Value {i} holds a NaN or an infinity.")
    if len(sizes) > 1:
        raise ValueError(f"The values have different batch sizes: {sorted(sizes)}.")
    return sizes.pop() if sizes else None


def _flat(arrays: list[Any]) -> Tensor:
    parts = [np.asarray(array, dtype=np.float64).reshape(-1) for array in arrays]
    return torch.from_numpy(np.concatenate([np.zeros(0), *parts]))
