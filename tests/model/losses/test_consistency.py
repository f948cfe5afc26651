"""The consistency of two copies against hand-worked values, its optimum, gradient and edges."""

from __future__ import annotations

import pytest
import torch

from avce.model.losses.consistency import consistency_loss


def _rows(seed: int, n: int = 6) -> torch.Tensor:
    return torch.randn(n, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_a_hand_worked_batch() -> None:
    x = torch.tensor([[0.5, 0.0], [0.2, 0.4], [1.0, 1.0], [1.0, 0.0]])
    assert consistency_loss(x).item() == pytest.approx((0.09 + 0.16 + 1.0) / 2)


def test_it_is_least_where_copies_agree_whatever_the_faces_are() -> None:
    faces = _rows(0).repeat_interleave(2, dim=0)
    assert consistency_loss(faces) == 0
    assert consistency_loss(faces + 0.1 * _rows(1, len(faces))) > 0


def test_neither_the_order_of_faces_nor_of_copies_matters() -> None:
    x = _rows(2)
    other = x.view(3, 2, 2)[[2, 0, 1]].flip(1).reshape(6, 2)
    torch.testing.assert_close(consistency_loss(other), consistency_loss(x))


def test_its_gradient_is_that_of_finite_differences() -> None:
    assert torch.autograd.gradcheck(consistency_loss, _rows(3).requires_grad_())


def test_the_gradient_is_finite_where_copies_agree() -> None:
    x = torch.zeros(4, 2, requires_grad=True)
    consistency_loss(x).backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.zeros(4, 2))


def test_descent_brings_copies_together_at_their_mean() -> None:
    x = _rows(4).requires_grad_()
    mean = x.detach().view(3, 2, 2).mean(dim=1)
    optimiser = torch.optim.SGD([x], lr=0.5)
    for _ in range(40):
        optimiser.zero_grad()
        consistency_loss(x).backward()
        optimiser.step()
    torch.testing.assert_close(x.detach(), mean.repeat_interleave(2, dim=0), atol=1e-4, rtol=0)


@pytest.mark.parametrize("shape", [(3, 2), (0, 2), (4,)])
def test_rows_that_are_no_pairs_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="consistency: x must be"):
        consistency_loss(torch.zeros(shape))


def test_half_precision_is_summed_in_single() -> None:
    x = torch.tensor([[100.0, 0.0], [0.0, 0.0]], dtype=torch.float16) * 4
    assert consistency_loss(x).dtype == torch.float32
    assert consistency_loss(x).item() == 160_000
