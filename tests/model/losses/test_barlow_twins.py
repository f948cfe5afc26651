"""Barlow Twins against numpy's correlations, the published loss, its optimum and its edges."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from avce.model.losses.barlow_twins import barlow_twins_loss
from avce.model.losses.choices import Mining

KINDS = pytest.mark.parametrize("kind", ["none", "debiased", "hard"])


def points(seed: int, n: int = 12, dimension: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, dimension, dtype=torch.float64, generator=generator)


def correlations(x: torch.Tensor, y: torch.Tensor) -> np.ndarray:
    whole = np.corrcoef(x.numpy(), y.numpy(), rowvar=False)
    return whole[: x.shape[1], x.shape[1] :]


@pytest.mark.parametrize("dimension", [2, 5])
def test_both_terms_equal_numpys_correlations(dimension: int):
    x, attentive, average = (points(seed, dimension=dimension) for seed in (0, 1, 2))
    positive, negative = correlations(x, attentive), correlations(x, average)
    off = negative - np.diag(np.diag(negative))
    expected = ((1 - np.diag(positive)) ** 2).sum() + 0.2 * (off**2).sum()
    value = barlow_twins_loss(x, attentive, average, redundancy=0.2)
    assert value.item() == pytest.approx(expected, rel=1e-6)


def test_with_one_view_for_both_it_is_the_published_loss():
    a, b = points(3, 30, 4), points(4, 30, 4)
    norm = torch.nn.BatchNorm1d(4, affine=False, eps=1e-12).double()
    c = norm(a).T @ norm(b) / 30
    on = (c.diagonal() - 1).pow(2).sum()
    off = c.pow(2).sum() - c.diagonal().pow(2).sum()
    expected = on + 0.0051 * off
    torch.testing.assert_close(barlow_twins_loss(a, b, b, 0.0051), expected, rtol=1e-6, atol=0)


def test_mined_correlations_of_a_loop():
    x, attentive, average = points(5), points(6), points(7)
    mining = Mining("hard", tau_plus=0.2, concentration=1.5)
    cosines = torch.nn.functional.cosine_similarity(x, average)
    weights = torch.exp(1.5 * cosines)
    weights = weights / weights.mean()

    def z(view: torch.Tensor) -> torch.Tensor:
        return (view - view.mean(0)) / view.std(0, correction=0)

    def product(i: int, j: int) -> float:
        all_pairs = (weights * z(x)[:, i] * z(average)[:, j]).mean()
        positives = (z(x)[:, i] * z(attentive)[:, j]).mean()
        return ((all_pairs - 0.2 * positives) / 0.8).item()

    pulled = sum((1 - (z(x)[:, i] * z(attentive)[:, i]).mean().item()) ** 2 for i in range(2))
    expected = pulled + 0.5 * (product(0, 1) ** 2 + product(1, 0) ** 2)
    value = barlow_twins_loss(x, attentive, average, redundancy=0.5, negatives=mining)
    assert value.item() == pytest.approx(expected, rel=1e-6)


@KINDS
def test_gradients_equal_finite_differences(kind):
    inputs = tuple(points(seed, 5).requires_grad_() for seed in (8, 9, 10))
    mining = Mining(kind)
    assert torch.autograd.gradcheck(lambda *t: barlow_twins_loss(*t, negatives=mining), inputs)


@KINDS
def test_it_is_zero_for_proportional_and_uncorrelated_coordinates(kind):
    mining = Mining(kind, tau_plus=0.2, concentration=2.0)
    # Four corners of a square: the coordinates have no correlation.
    x = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]], dtype=torch.float64)
    scale = torch.tensor([0.3, 2.0])
    best = barlow_twins_loss(x, x * scale + 1, x, redundancy=1.0, negatives=mining)
    assert best.item() == pytest.approx(0, abs=1e-12)
    for seed in range(20):
        others = (points(seed, 4), points(seed + 50, 4), points(seed + 90, 4))
        assert barlow_twins_loss(*others, redundancy=1.0, negatives=mining) > best


@KINDS
def test_descent_reaches_zero_from_any_views(kind):
    mining = Mining(kind, tau_plus=0.1, concentration=1.0)
    x = points(14, 8)
    attentive, average = (points(seed, 8).requires_grad_() for seed in (15, 16))
    optimiser = torch.optim.Adam([attentive, average], lr=0.05)
    for _ in range(400):
        optimiser.zero_grad()
        loss = barlow_twins_loss(x, attentive, average, redundancy=1.0, negatives=mining)
        loss.backward()
        optimiser.step()
    assert loss.item() < 1e-3
    for axis in range(2):
        assert correlations(x, attentive.detach())[axis, axis] > 0.97


def test_scale_and_shift_of_a_view_do_not_matter():
    x, attentive, average = points(11), points(12), points(13)
    value = barlow_twins_loss(x, attentive, average)
    moved = barlow_twins_loss(2 * x + 1, 0.5 * attentive - 3, 7 * average)
    torch.testing.assert_close(moved, value, rtol=1e-6, atol=0)


@KINDS
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("fill", [0.0, 0.3])
def test_gradients_are_finite_for_zero_and_identical_rows(kind, dtype, fill: float):
    views = [torch.full((4, 2), fill, dtype=dtype, requires_grad=True) for _ in range(3)]
    loss = barlow_twins_loss(*views, negatives=Mining(kind))
    loss.backward()
    assert loss.item() == pytest.approx(2, abs=1e-4)
    for view in views:
        assert view.grad is not None
        assert view.grad.isfinite().all()


def test_a_batch_of_one_is_refused_with_its_reason():
    with pytest.raises(ValueError, match="correlation over one image"):
        barlow_twins_loss(points(0, 1), points(1, 1), points(2, 1))
