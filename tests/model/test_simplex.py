"""SparseMax and SoftMax against entmax, torch, hand-worked values and the definition."""

from __future__ import annotations

import entmax
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from avce.model.simplex import softmax, sparsemax

ROWS = st.lists(
    st.lists(st.floats(-50, 50, allow_nan=False), min_size=5, max_size=5), min_size=1, max_size=4
)


def random_rows(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def test_sparsemax_of_worked_examples():
    x = torch.tensor([[2.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.6, 0.4, -1.0], [1.0, 1.0, 1.0]])
    # tau = 1; tau = 0; tau = 0; tau = 2/3
    expected = torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0], [0.6, 0.4, 0], [1 / 3, 1 / 3, 1 / 3]])
    torch.testing.assert_close(sparsemax(x), expected)


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_sparsemax_equals_entmax_in_value_and_gradient_along_any_dimension(dim: int):
    x = random_rows(4, 7, 5, dtype=torch.float64).requires_grad_()
    y = x.detach().clone().requires_grad_()
    direction = random_rows(4, 7, 5, seed=1)
    mine, theirs = sparsemax(x, dim), entmax.sparsemax(y, dim)
    torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-14)
    mine.backward(direction)
    theirs.backward(direction)
    torch.testing.assert_close(x.grad, y.grad, rtol=0, atol=1e-14)


@pytest.mark.parametrize("transform", [sparsemax, softmax])
def test_first_and_second_derivatives_equal_finite_differences(transform):
    x = random_rows(3, 6).requires_grad_()
    assert torch.autograd.gradcheck(transform, (x,), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(transform, (x,))


def test_jacobian_of_sparsemax_is_the_centring_matrix_of_the_support():
    x = torch.tensor([0.6, 0.4, -1.0, -2.0], dtype=torch.float64)
    expected = torch.zeros(4, 4, dtype=torch.float64)
    expected[:2, :2] = torch.tensor([[0.5, -0.5], [-0.5, 0.5]])
    jacobian = torch.autograd.functional.jacobian(sparsemax, x)
    torch.testing.assert_close(jacobian, expected)
    torch.testing.assert_close(torch.func.jacfwd(sparsemax)(x), expected)


def test_softmax_is_torch_softmax():
    x = random_rows(4, 7, dtype=torch.float32)
    assert torch.equal(softmax(x, 0), torch.softmax(x, 0))


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_sparsemax_lies_on_the_simplex_and_no_point_of_it_is_nearer(rows: list[list[float]]):
    x = torch.tensor(rows, dtype=torch.float64)
    p = sparsemax(x)
    assert (p >= 0).all()
    torch.testing.assert_close(p.sum(-1), torch.ones(len(rows), dtype=torch.float64))
    # Projection onto a convex set: <x - p, q - p> <= 0 for all its points, so for its corners.
    gain = ((x - p).unsqueeze(1) * (torch.eye(5, dtype=torch.float64) - p.unsqueeze(1))).sum(-1)
    assert (gain <= 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(ROWS, st.floats(-1e6, 1e6))
def test_adding_a_constant_changes_nothing(rows: list[list[float]], constant: float):
    x = torch.tensor(rows, dtype=torch.float64)
    torch.testing.assert_close(sparsemax(x + constant), sparsemax(x), rtol=0, atol=1e-8)


def test_gradients_sum_to_zero_over_a_row():
    x = random_rows(5, 9).requires_grad_()
    sparsemax(x).mul(random_rows(5, 9, seed=2)).sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad.sum(-1), torch.zeros(5, dtype=torch.float64))


@pytest.mark.parametrize("transform", [sparsemax, softmax])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision_is_computed_in_float32_and_given_back(transform, dtype: torch.dtype):
    x = random_rows(8, 32, dtype=torch.float32).to(dtype).requires_grad_()
    exact = transform(x.detach().double())
    result = transform(x)
    assert result.dtype == dtype
    assert torch.equal(result, exact.to(dtype))
    result.square().sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == dtype
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("transform", [sparsemax, softmax])
def test_under_autocast_the_result_is_float32(transform):
    x = random_rows(8, 32, dtype=torch.float32).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        result = transform(x)
        single = transform(x.float())
    assert result.dtype == torch.float32
    torch.testing.assert_close(result, single)
    torch.testing.assert_close(result.sum(-1), torch.ones(8))


def test_huge_and_infinite_values_stay_exact():
    infinity = float("inf")
    x = torch.tensor([[1e30, 0.0, -1e30], [1e8 + 8, 1e8, 0.0], [-infinity, 3.0, -infinity]])
    expected = torch.tensor([[1.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    assert torch.equal(sparsemax(x), expected)


def test_a_row_without_a_meaning_is_nan_as_softmax_has_it():
    infinity = float("inf")
    x = torch.tensor([[float("nan"), 1.0], [infinity, 0.0], [-infinity, -infinity]])
    assert sparsemax(x).isnan().all()
    assert softmax(x).isnan().all()


@pytest.mark.parametrize("transform", [sparsemax, softmax])
def test_shapes_at_the_edges(transform):
    assert torch.equal(transform(torch.tensor(3.0)), torch.tensor(1.0))
    assert torch.equal(transform(torch.tensor([3.0])), torch.tensor([1.0]))
    assert transform(torch.zeros(0, 4)).shape == (0, 4)
    torch.testing.assert_close(transform(torch.zeros(2, 4)), torch.full((2, 4), 0.25))


def test_wrong_input_is_refused_with_its_reason():
    with pytest.raises(TypeError, match="floating-point"):
        sparsemax(torch.tensor([1, 2]))
    with pytest.raises(TypeError, match="floating-point"):
        softmax(torch.tensor([1, 2]))
    with pytest.raises(ValueError, match="at least one value"):
        sparsemax(torch.zeros(4, 0))
