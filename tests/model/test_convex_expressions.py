"""cvxpy expressions on tensors give what cvxpy itself computes, and differentiate twice."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest
import torch

from avce.model.convex_expressions import UnsupportedAtomError, to_torch

RANDOM = np.random.default_rng(0)
Z, X, M = cp.Variable(4), cp.Parameter(4), cp.Variable((3, 4))
for leaf in (Z, X, M):
    leaf.value = RANDOM.uniform(0.1, 2, leaf.shape)
A = RANDOM.normal(size=(3, 4))
S = np.eye(4) + 0.1

EXPRESSIONS = {
    "subtraction": Z - X,
    "negation": 5 - Z,
    "product": cp.multiply(Z, X),
    "scaling": 2 * Z,
    "broadcast sum": M + Z,
    "broadcast_to": cp.broadcast_to(Z, (3, 4)),
    "promotion": Z + 1,
    "division": Z / 2,
    "square": cp.square(Z),
    "cube": Z**3,
    "root": cp.sqrt(Z),
    "inverse": cp.inv_pos(Z),
    "exp": cp.exp(Z),
    "log": cp.log(Z),
    "log1p": cp.log1p(Z),
    "logistic": cp.logistic(Z),
    "entropy": cp.entr(Z),
    "kl": cp.kl_div(Z, X),
    "relative entropy": cp.rel_entr(Z, X),
    "huber": cp.huber(Z - 1, 0.4),
    "log_sum_exp": cp.log_sum_exp(Z),
    "log_sum_exp of rows": cp.log_sum_exp(M, axis=1, keepdims=True),
    "norm": cp.norm(Z),
    "p-norm": cp.pnorm(Z, 3),
    "Frobenius norm": cp.norm(M, "fro"),
    "norm of columns": cp.norm(M, axis=0),
    "quadratic form": cp.quad_form(Z, S),
    "sum of squares": cp.sum_squares(Z),
    "sum of squares of columns": cp.sum_squares(M, axis=0),
    "quad_over_lin": cp.quad_over_lin(Z, 2),
    "variance": cp.var(Z),
    "mean": cp.mean(M, axis=0),
    "sum": cp.sum(M, axis=1, keepdims=True),
    "cumulative sum": cp.cumsum(M, axis=1),
    "matrix times vector": A @ Z,
    "vector times matrix": Z @ A.T,
    "parameter times variable": -Z @ X,
    "outer product": cp.outer(Z, np.ones(3)),
    "dot product": cp.vdot(Z, X),
    "index": Z[0],
    "slice": M[1:, 2],
    "backwards": Z[::-1],
    "list index": Z[np.array([0, 2])],
    "mask": M[A > 0],
    "reshape by columns": cp.reshape(M, (4, 3), order="F"),
    "reshape by rows": cp.reshape(M, (4, 3), order="C"),
    "vec": cp.vec(M, order="F"),
    "transpose": M.T,
    "permutation": cp.permute_dims(M, (1, 0)),
    "hstack": cp.hstack([Z, X]),
    "hstack of matrices": cp.hstack([M, M]),
    "hstack of scalars": cp.hstack([Z[0], Z[1]]),
    "vstack": cp.vstack([Z, X]),
    "concatenation": cp.concatenate([Z, X]),
    "stack": cp.stack([Z, X]),
    "difference": cp.diff(Z),
    "trace": cp.trace(M[:, :3]),
    "diagonal matrix": cp.diag(Z, k=1),
    "diagonal": cp.diag(M[:, :3]),
    "constant": cp.Constant([1.0, 2.0]),
}


def values() -> dict[int, torch.Tensor]:
    return {leaf.id: torch.as_tensor(leaf.value) for leaf in (Z, X, M)}


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS.keys())
def test_the_value_and_shape_are_cvxpys(expression):
    result = to_torch(expression)(values())
    assert tuple(result.shape) == tuple(expression.shape)
    np.testing.assert_allclose(result.numpy(), expression.value, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("atom", [cp.entr, cp.exp, cp.log, cp.logistic, cp.square, cp.inv_pos])
def test_second_derivatives_in_a_batch_equal_finite_differences(atom):
    evaluate = to_torch(cp.sum(atom(Z)))

    def function(z: torch.Tensor) -> torch.Tensor:
        return evaluate({Z.id: z})

    points = torch.rand(3, 4, dtype=torch.float64) + 0.2
    hessian = torch.func.vmap(torch.func.jacrev(torch.func.grad(function)))(points)
    slope, step = torch.func.vmap(torch.func.grad(function)), 1e-6
    for i in range(4):
        shift = step * torch.eye(4, dtype=torch.float64)[i]
        expected = (slope(points + shift) - slope(points - shift)) / (2 * step)
        torch.testing.assert_close(hessian[:, i], expected, rtol=1e-6, atol=1e-6)


def test_a_logarithm_just_outside_its_domain_stays_finite():
    evaluate = to_torch(cp.sum(cp.entr(Z)))
    z = torch.tensor([-1e-12, 0.0, 1e-12, 0.5], dtype=torch.float64, requires_grad=True)
    value = evaluate({Z.id: z})
    (slope,) = torch.autograd.grad(value, z, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), z)
    assert slope.isfinite().all()
    assert curvature.isfinite().all()


@pytest.mark.parametrize("expression", [cp.norm1(Z), cp.max(Z), cp.abs(Z), cp.maximum(Z, 0)])
def test_an_atom_with_kinks_is_refused_by_name(expression):
    with pytest.raises(UnsupportedAtomError, match=type(expression).__name__):
        to_torch(expression)
