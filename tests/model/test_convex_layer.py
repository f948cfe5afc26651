"""The convex layer: Listing 1.1 word for word, closed forms, other problems, degenerate rows."""

from __future__ import annotations

import cvxpy as cp
import pytest
import torch

from avce.model.convex_layer import ConvexLayer
from avce.model.simplex import softmax, sparsemax

BACKENDS = pytest.mark.parametrize(
    ("backend", "solver", "tolerance"),
    [("kkt", "CLARABEL", 1e-10), ("kkt", "ECOS", 1e-10), ("cvxpylayers", "CLARABEL", 1e-3)],
)


def rows(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def sparsemax_layer(n: int, **settings) -> ConvexLayer:
    z, x = cp.Variable(n), cp.Parameter(n)
    f = lambda z, x: cp.sum_squares(z - x)  # noqa: E731
    return ConvexLayer([z], [x], f, [lambda z, x: -z], [lambda z, x: cp.sum(z) - 1], **settings)


def softmax_layer(n: int, **settings) -> ConvexLayer:
    w, y = cp.Variable(n), cp.Parameter(n)
    f = lambda w, y: -w @ y - cp.sum(cp.entr(w))  # noqa: E731
    return ConvexLayer([w], [y], f, [], [lambda w, y: cp.sum(w) - 1], **settings)


def value_and_gradient(function, x: torch.Tensor, direction: torch.Tensor):
    x = x.clone().requires_grad_()
    value = function(x)
    (gradient,) = torch.autograd.grad(value, x, direction)
    return value.detach(), gradient


# fmt: off
def test_the_papers_listing_works_word_for_word():
    # SparseMax
    z = cp.Variable (32)
    x = cp.Parameter (32)

    f = lambda z,x:cp.sum_squared(z - x)  # noqa: E731
    g = lambda z,x:-z  # noqa: E731
    h = lambda z,x:cp.sum(z) - 1  # noqa: E731
    SP = ConvexLayer ([z],[x],f,[g],[h])

    # SoftMax
    w = cp.Variable (32)
    y = cp.Parameter (32)

    fs = lambda w,y:-w@y -cp.sum(cp.entr(w))  # noqa: E731
    hs = lambda w,y:cp.sum(w) - 1  # noqa: E731
    SM = ConvexLayer ([w],[y],fs ,[],[hs])

    # Forward pass
    feat = rows(3, 32).float()
    sp_feat = SP(feat)
    sm_feat = SM(feat)
    # fmt: on
    torch.testing.assert_close(sp_feat, sparsemax(feat))
    torch.testing.assert_close(sm_feat, softmax(feat))
    assert not hasattr(cp, "sum_squared")


@BACKENDS
@pytest.mark.parametrize(
    ("layer", "closed_form"), [(sparsemax_layer, sparsemax), (softmax_layer, softmax)]
)
def test_values_and_gradients_equal_the_closed_forms(
    layer, closed_form, backend, solver, tolerance: float
):
    x, direction = rows(6, 8), rows(6, 8, seed=1)
    found = value_and_gradient(layer(8, backend=backend, solver=solver), x, direction)
    expected = value_and_gradient(closed_form, x, direction)
    for mine, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, exact, rtol=0, atol=tolerance)


@pytest.mark.parametrize("solver", ["CLARABEL", "ECOS"])
def test_degenerate_rows_have_the_gradient_of_the_smaller_support(solver):
    # A third value exactly on the threshold, all equal, a corner, far apart.
    x = torch.tensor(
        [[0.5, 0.5, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [100, 0, -100, 3], [1, 1, 0, -5]],
        dtype=torch.float64,
    )
    direction = rows(5, 4)
    found = value_and_gradient(sparsemax_layer(4, solver=solver), x, direction)
    expected = value_and_gradient(sparsemax, x, direction)
    for mine, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, exact, rtol=0, atol=1e-9)


def test_repeated_constraints_change_nothing():
    z, x = cp.Variable(4), cp.Parameter(4)
    layer = ConvexLayer(
        [z],
        [x],
        lambda z, x: cp.sum_squares(z - x),
        [lambda z, x: -z, lambda z, x: -2 * z],
        [lambda z, x: cp.sum(z) - 1, lambda z, x: 3 * cp.sum(z) - 3],
    )
    x, direction = rows(5, 4), rows(5, 4, seed=1)
    found = value_and_gradient(layer, x, direction)
    expected = value_and_gradient(sparsemax, x, direction)
    for mine, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, exact, rtol=0, atol=1e-9)


def test_probabilities_that_vanish_have_finite_gradients():
    x = torch.tensor([[100.0, 0.0, -100.0, 3.0], [1e4, 0.0, 0.0, -1e4]], dtype=torch.float64)
    value, gradient = value_and_gradient(softmax_layer(4), x, rows(2, 4))
    torch.testing.assert_close(value, softmax(x), rtol=0, atol=1e-7)
    assert gradient.abs().max() < 1e-7


def box_layer(backend) -> ConvexLayer:
    """min |Q v - q|^2 with |v| <= u: neither transform, with matrix and scalar parameters."""
    v, q_matrix, q, u = cp.Variable(3), cp.Parameter((3, 3)), cp.Parameter(3), cp.Parameter()
    return ConvexLayer(
        [v],
        [q_matrix, q, u],
        lambda v, m, q, u: cp.sum_squares(m @ v - q),
        [lambda v, m, q, u: v - u, lambda v, m, q, u: -v - u],
        backend=backend,
    )


def test_a_box_constrained_problem_equals_cvxpylayers_and_finite_differences():
    inputs = (rows(4, 3, 3, seed=3), rows(4, 3, seed=4), rows(4, seed=5).abs())
    assert torch.autograd.gradcheck(
        box_layer("kkt"), tuple(x.clone().requires_grad_() for x in inputs), atol=1e-5
    )
    results = []
    for backend in ("kkt", "cvxpylayers"):
        leaves = [x.clone().requires_grad_() for x in inputs]
        solution = box_layer(backend)(*leaves)
        assert isinstance(solution, torch.Tensor)
        (solution * rows(4, 3, seed=6)).sum().backward()
        results.append([solution.detach(), *(x.grad for x in leaves)])
    for mine, theirs in zip(*results, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-2, atol=2e-3)


def test_projection_onto_the_ball_has_a_curved_constraint():
    v, q = cp.Variable(3), cp.Parameter(3)
    layer = ConvexLayer(
        [v], [q], lambda v, q: cp.sum_squares(v - q), [lambda v, q: cp.sum_squares(v) - 1]
    )
    x, direction = rows(6, 3), rows(6, 3, seed=1)
    x[0] *= 0.1  # one inside the ball

    def closed_form(x: torch.Tensor) -> torch.Tensor:
        return x / x.norm(dim=1, keepdim=True).clamp_min(1)

    found = value_and_gradient(layer, x, direction)
    expected = value_and_gradient(closed_form, x, direction)
    for mine, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, exact, rtol=0, atol=1e-8)


def test_several_variables_come_back_as_a_tuple_in_order():
    s, t, q = cp.Variable((2, 2)), cp.Variable(), cp.Parameter((2, 2))
    layer = ConvexLayer(
        [s, t],
        [q],
        lambda s, t, q: cp.sum_squares(s - q) + cp.square(t),
        [],
        [lambda s, t, q: cp.sum(s[0]) - t],
    )
    x = rows(5, 2, 2).requires_grad_()
    matrix, total = layer(x)
    # The first row moves to where its sum equals t: least squares with one equation.
    first = x[:, 0].sum(1)
    torch.testing.assert_close(total, first / 3, rtol=0, atol=1e-9)
    torch.testing.assert_close(matrix[:, 1], x[:, 1], rtol=0, atol=1e-9)
    torch.testing.assert_close(matrix[:, 0], x[:, 0] - first.unsqueeze(1) / 3, rtol=0, atol=1e-9)
    (gradient,) = torch.autograd.grad(total.sum(), x)
    expected = torch.zeros(5, 2, 2, dtype=torch.float64)
    expected[:, 0] = 1 / 3
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("backend", ["kkt", "cvxpylayers"])
def test_shape_type_and_batch_follow_the_values(backend):
    layer = sparsemax_layer(4, backend=backend)
    assert layer(torch.zeros(4)).shape == (4,)
    assert layer(torch.zeros(0, 4)).shape == (0, 4)
    result = layer(torch.zeros(2, 4, dtype=torch.bfloat16))
    assert result.shape == (2, 4)
    assert result.dtype == torch.bfloat16


def test_a_value_without_a_batch_serves_every_sample():
    m, q, u = rows(3, 3), rows(4, 3, seed=1), torch.tensor(0.5, dtype=torch.float64)
    m.requires_grad_()
    shared = box_layer("kkt")(m, q, u)
    each = box_layer("kkt")(m.detach().expand(4, 3, 3), q, u.expand(4))
    torch.testing.assert_close(shared, each)
    assert isinstance(shared, torch.Tensor)
    shared.sum().backward()
    assert m.grad is not None
    assert m.grad.shape == (3, 3)


def test_wrong_values_are_refused_with_their_reason():
    layer = sparsemax_layer(4)
    with pytest.raises(ValueError, match="NaN or an infinity"):
        layer(torch.tensor([[0.0, float("nan"), 0, 0]]))
    with pytest.raises(ValueError, match=r"must be \[4\]"):
        layer(torch.zeros(2, 5))
    with pytest.raises(ValueError, match="takes 1 value"):
        layer(torch.zeros(4), torch.zeros(4))
    with pytest.raises(ValueError, match="different batch sizes"):
        box_layer("kkt")(torch.zeros(2, 3, 3), torch.zeros(3, 3), torch.zeros(2))


def test_problems_that_the_layer_cannot_take_are_refused_with_their_reason():
    v, q = cp.Variable(3), cp.Parameter(3)
    with pytest.raises(ValueError, match="not convex"):
        ConvexLayer([v], [q], lambda v, q: -cp.sum_squares(v - q))
    with pytest.raises(ValueError, match="scalar"):
        ConvexLayer([v], [q], lambda v, q: v - q)
    with pytest.raises(ValueError, match="norm1"):
        ConvexLayer([v], [q], lambda v, q: cp.norm1(v - q))
    with pytest.raises(ValueError, match="at least one variable"):
        ConvexLayer([v], [], lambda v: cp.sum_squares(v))
    with pytest.raises(ValueError, match="cvxpy expression"):
        ConvexLayer([v], [q], lambda v, q: 0.0)
    with pytest.raises(ValueError, match="DPP"):
        ConvexLayer(
            [v], [q], lambda v, q: cp.sum(cp.exp(cp.multiply(cp.square(q), v))), [lambda v, q: -v],
            backend="cvxpylayers",
        )  # fmt: skip
    with pytest.raises(ValueError, match="backend"):
        sparsemax_layer(3, backend="magic")
    with pytest.raises(ValueError, match="solver"):
        sparsemax_layer(3, solver="SIMPLEX")


def test_a_row_without_a_solution_is_named():
    v, q = cp.Variable(2), cp.Parameter(2)
    layer = ConvexLayer(
        [v], [q], lambda v, q: cp.sum_squares(v), [lambda v, q: v - q, lambda v, q: 1 - v]
    )
    with pytest.raises(RuntimeError, match="row 1 is infeasible"):
        layer(torch.tensor([[2.0, 2.0], [0.0, 0.0]]))


def test_problems_with_kinks_go_through_cvxpylayers():
    v, q = cp.Variable(3), cp.Parameter(3)
    layer = ConvexLayer(
        [v], [q], lambda v, q: 0.5 * cp.sum_squares(v - q) + cp.norm1(v),
        backend="cvxpylayers", solver="CLARABEL",
    )  # fmt: skip
    x = torch.tensor([[2.0, 0.2, -3.0]], dtype=torch.float64)
    torch.testing.assert_close(layer(x), torch.nn.functional.softshrink(x, 1), rtol=0, atol=1e-4)
