"""The critics: values at known angles, exactness, gradients where angles are not smooth."""

from __future__ import annotations

import math

import pytest
import torch

from avce.model.critics import (
    CRITICS,
    SHORT,
    angle,
    angular_critic,
    pairwise,
    released_critic,
    toolbox_critic,
)

BOTH = pytest.mark.parametrize("critic", CRITICS.values(), ids=CRITICS.keys())


def at(degrees: float, length: float = 1.0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    radians = math.radians(degrees)
    return torch.tensor([[length * math.cos(radians), length * math.sin(radians)]], dtype=dtype)


def rows(n: int, dimension: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, dimension, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 120, 179.9, 180])
def test_paper_critic_falls_linearly_with_the_angle(degrees: float):
    value = angular_critic(at(20), at(20 + degrees, length=3.0))
    assert value.item() == pytest.approx(1 - degrees / 180, abs=1e-12)


def test_released_critic_of_worked_examples():
    # Same point: angle acos(1/2) = pi/3, no gap in length, same sign.
    assert released_critic(at(0), at(0)).item() == pytest.approx(1 - 0.25 / 3 + 0.8)
    # Right angle from (1, 0) to (0, 0.5): acos(0) = pi/2, gap 0.5, valence signs 1 and 0 differ.
    x, y = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 0.5]])
    assert released_critic(x, y).item() == pytest.approx(1 - 0.125 + 0.8 * 0.5 - 0.05)
    # Opposite: acos(-1/2) = 2 pi/3, signs differ.
    assert released_critic(x, -x).item() == pytest.approx(1 - 0.25 * 2 / 3 + 0.8 - 0.05)


@pytest.mark.parametrize("dimension", [2, 3, 8])
def test_angle_equals_the_arc_cosine_away_from_the_tips(dimension: int):
    x, y = rows(50, dimension, 0), rows(50, dimension, 1)
    expected = torch.acos((x * y).sum(-1) / (x.norm(dim=-1) * y.norm(dim=-1)))
    torch.testing.assert_close(angle(x, y), expected)


def test_a_tiny_angle_keeps_its_digits_in_float32():
    # acos would give 0: the cosine rounds to 1.
    y = torch.tensor([[1.0, 1e-5]])
    assert angle(torch.tensor([[1.0, 0.0]]), y).item() == pytest.approx(1e-5, rel=1e-3)


@BOTH
def test_gradients_equal_finite_differences(critic):
    inputs = (rows(6, 2, 0).requires_grad_(), rows(6, 2, 1).requires_grad_())
    assert torch.autograd.gradcheck(critic, inputs)


def test_gradients_equal_finite_differences_for_short_vectors():
    x = (rows(6, 3, 0) * SHORT * 0.2).requires_grad_()
    y = rows(6, 3, 1).requires_grad_()
    assert torch.autograd.gradcheck(angular_critic, (x, y), eps=1e-9, atol=1e-3)


@BOTH
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_gradients_are_finite_where_angles_are_not_smooth(critic, dtype: torch.dtype):
    x = torch.tensor(
        [[1, 0], [1, 0], [0, 0], [0, 0], [1, 0], [0.3, 0.4], [1e-7, 0], [0.2, 0.1]], dtype=dtype
    ).requires_grad_()
    y = torch.tensor(
        [[1, 0], [-1, 0], [1, 0], [0, 0], [0, 0], [0.6, 0.8], [0, 1], [0.2, 0.1]], dtype=dtype
    ).requires_grad_()
    value = critic(x, y)
    value.sum().backward()
    assert value.isfinite().all()
    assert x.grad is not None
    assert x.grad.isfinite().all()
    assert y.grad is not None
    assert y.grad.isfinite().all()


def test_a_zero_vector_is_at_a_right_angle_to_everything():
    zero = torch.zeros(1, 2, dtype=torch.float64)
    for other in (at(0), at(77, 5.0), zero):
        assert angular_critic(zero, other).item() == pytest.approx(0.5)


def test_the_value_goes_to_one_half_without_a_jump_at_the_origin():
    lengths = torch.logspace(-8, 0, 200, dtype=torch.float64)
    x = torch.stack([lengths, torch.zeros_like(lengths)], dim=1)
    value = angular_critic(x, at(10).expand_as(x))
    assert value[0].item() == pytest.approx(0.5, abs=1e-3)
    assert value[-1].item() == pytest.approx(1 - 10 / 180)
    assert (value.diff() >= -1e-9).all()
    assert value.diff().max() < 0.1


def test_no_gradient_of_the_angle_is_longer_than_three_over_short():
    generator = torch.Generator().manual_seed(3)
    lengths = torch.logspace(-9, 0, 100, dtype=torch.float64).unsqueeze(1)
    x = (rows(100, 2, 2) * lengths).requires_grad_()
    y = torch.randn(100, 2, dtype=torch.float64, generator=generator)
    angle(x, y).sum().backward()
    assert x.grad is not None
    assert x.grad.norm(dim=-1).max() <= 3 / SHORT


@BOTH
def test_same_direction_is_best_and_the_critic_is_symmetric(critic):
    x = rows(20, 2, 5)
    y = rows(20, 2, 6)
    # The toolbox's is a distance, the others are similarities.
    sign = -1 if critic is toolbox_critic else 1
    assert (sign * critic(x, x) >= sign * critic(x, y) - 1e-12).all()
    torch.testing.assert_close(critic(x, y), critic(y, x))


def test_length_does_not_matter_to_the_paper_critic_but_to_the_released_one():
    x, y = rows(20, 2, 7), rows(20, 2, 8)
    torch.testing.assert_close(angular_critic(x, 3 * y), angular_critic(x, y))
    assert not torch.allclose(released_critic(x, 3 * y), released_critic(x, y))


@BOTH
def test_pairwise_is_the_critic_of_every_pair(critic):
    x, y = rows(4, 2, 9), rows(3, 2, 10)
    table = pairwise(critic, x, y)
    assert table.shape == (4, 3)
    for i in range(4):
        for j in range(3):
            torch.testing.assert_close(table[i, j], critic(x[i : i + 1], y[j : j + 1])[0])


def test_the_toolbox_critic_is_the_raw_angle_of_half_the_cosine_and_the_gap_in_length():
    x = torch.tensor([[1.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    y = torch.tensor([[3.0, 0.0], [0.0, -1.0]], dtype=torch.float64)
    expected = torch.tensor([math.pi / 3 + 2, 2 * math.pi / 3 + 1], dtype=torch.float64)
    torch.testing.assert_close(toolbox_critic(x, y), expected)
