"""The discriminative head's regulariser: worked values, optimum, edges."""

from __future__ import annotations

import pytest
import torch

from avce.model.losses.triplet import triplet_regulariser


def rows(seed: int, n: int = 5, dimension: int = 8) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, dimension, dtype=torch.float64, generator=generator)


def test_a_hand_worked_batch():
    attentive = torch.tensor([[1.0, 0.0], [0.0, 0.5]])
    average = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    latent = torch.tensor([[3.0, 0.0], [2.0, 0.0]])
    # Squared distances 2 and 0.25, so hinges 0 and 0.75. Unit vectors lie sqrt(2) or 0 apart:
    # attentive 0 and sqrt(2), average sqrt(2) twice.
    root = 2**0.5
    expected = 0.375 + 0.01 * (root / 2 - 1) + 0.01 * (root - 1)
    assert triplet_regulariser(attentive, average, latent).item() == pytest.approx(expected)


def test_margin_and_weight_are_settings():
    attentive, average, latent = (torch.tensor([v, v]) for v in ([1.0, 0], [0.0, 1], [1.0, 0]))
    value = triplet_regulariser(attentive, average, latent, margin=5.0, holding=0.5)
    assert value.item() == pytest.approx(3 + 0.5 * (0 - 1) + 0.5 * (2**0.5 - 1))


def test_gradients_equal_finite_differences():
    inputs = tuple(rows(seed).requires_grad_() for seed in range(3))
    assert torch.autograd.gradcheck(triplet_regulariser, inputs)


def test_the_least_value_has_both_views_along_z_and_far_apart():
    latent = rows(4)
    best = triplet_regulariser(5 * latent, 0.1 * latent, latent)
    assert best.item() == pytest.approx(-0.02)
    for seed in range(10):
        assert triplet_regulariser(rows(seed + 10), rows(seed + 30), latent) > best


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("fill", [0.0, 0.7])
def test_gradients_are_finite_for_zero_and_identical_rows(fill: float, dtype: torch.dtype):
    inputs = [torch.full((4, 8), fill, dtype=dtype, requires_grad=True) for _ in range(3)]
    loss = triplet_regulariser(*inputs)
    loss.backward()
    assert loss.item() == pytest.approx(0.98, abs=1e-5)
    for tensor in inputs:
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()


def test_wrong_batches_are_refused_with_their_reason():
    with pytest.raises(ValueError, match="batch normalisation is undefined"):
        triplet_regulariser(rows(0, 1), rows(1, 1), rows(2, 1))
    with pytest.raises(ValueError, match="latent is"):
        triplet_regulariser(rows(0), rows(1), rows(2, 4))
