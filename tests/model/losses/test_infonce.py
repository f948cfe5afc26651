"""InfoNCE against cross-entropy, the mining papers' formulas, its optimum and its edges."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import cosine_similarity, cross_entropy

from avce.model.losses.choices import Mining
from avce.model.losses.infonce import infonce_loss

KINDS = pytest.mark.parametrize("kind", ["none", "debiased", "hard"])


def points(seed: int, n: int = 5, dimension: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, dimension, dtype=torch.float64, generator=generator)


def logits(temperature: float, *views: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Positive [N] and negative [N, N] cosines over the temperature."""
    x, attentive, average = views
    positive = cosine_similarity(x, attentive) / temperature
    negative = cosine_similarity(x.unsqueeze(1), average.unsqueeze(0), dim=-1) / temperature
    return positive, negative


def test_a_hand_worked_batch_of_two():
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    attentive = torch.tensor([[2.0, 0.0], [3.0, 0.0]])  # cosines 1 and 0
    average = torch.tensor([[0.0, 1.0], [0.0, -1.0]])  # cosines 0, 0 and 1, -1
    e = math.e
    expected = (math.log((e + 2) / e) + math.log(1 + e + 1 / e)) / 2
    assert infonce_loss(x, attentive, average, temperature=1.0).item() == pytest.approx(expected)


@pytest.mark.parametrize("temperature", [0.02, 0.5, 2.0])
def test_the_loss_is_cross_entropy_over_the_positive_and_all_negatives(temperature: float):
    views = points(0), points(1), points(2)
    positive, negative = logits(temperature, *views)
    table = torch.cat([positive.unsqueeze(1), negative], dim=1)
    expected = cross_entropy(table, torch.zeros(5, dtype=torch.long))
    torch.testing.assert_close(infonce_loss(*views, temperature=temperature), expected)


@pytest.mark.parametrize(("kind", "concentration"), [("debiased", 0.0), ("hard", 1.5)])
@pytest.mark.parametrize("tau_plus", [0.1, 0.6])
def test_mining_is_as_the_papers_write_it(kind, concentration: float, tau_plus: float):
    # Chuang et al., Eq. 8 and Robinson et al., Eqs. 5-6, in the plain exponentials of the papers.
    views, temperature, n = (points(3), points(4), points(5)), 0.5, 5
    positive, negative = (t.exp() for t in logits(temperature, *views))
    importance = negative**concentration
    reweighted = (importance * negative).sum(-1) / importance.mean(-1)
    others = (-tau_plus * n * positive + reweighted) / (1 - tau_plus)
    others = others.clamp_min(n * math.exp(-1 / temperature))
    expected = -torch.log(positive / (positive + others)).mean()
    mining = Mining(kind, tau_plus, concentration)
    torch.testing.assert_close(infonce_loss(*views, temperature, mining), expected)


@KINDS
def test_gradients_equal_finite_differences(kind):
    inputs = tuple(points(seed).requires_grad_() for seed in (6, 7, 8))
    mining = Mining(kind, tau_plus=0.05)
    assert torch.autograd.gradcheck(lambda *t: infonce_loss(*t, negatives=mining), inputs)


@KINDS
def test_the_least_value_has_positives_aligned_and_negatives_opposite(kind):
    # Mining moves no bound: equal negatives weigh alike, and the debiased mean stops at the least.
    mining = Mining(kind, tau_plus=0.2, concentration=2.0)
    x = torch.tensor([[1.0, 2.0]], dtype=torch.float64).repeat(4, 1)
    best = infonce_loss(x, 3 * x, -x, negatives=mining)
    assert best.item() == pytest.approx(math.log(1 + 4 * math.exp(-4)))
    for seed in range(20):
        others = (points(seed, 4), points(seed + 100, 4), points(seed + 200, 4))
        assert infonce_loss(*others, negatives=mining) > best


@KINDS
def test_descent_aligns_positives_and_turns_negatives_away(kind):
    # A small share: where the debiased mean stops at its bound, negatives feel no pull.
    mining = Mining(kind, tau_plus=1e-3, concentration=2.0)
    x = torch.tensor([[1.0, 0.2], [1.0, -0.2]])
    attentive, average = (points(seed, 2).float().requires_grad_() for seed in (30, 31))
    optimiser = torch.optim.Adam([attentive, average], lr=0.05)
    for _ in range(300):
        optimiser.zero_grad()
        infonce_loss(x, attentive, average, negatives=mining).backward()
        optimiser.step()
    with torch.no_grad():
        assert (cosine_similarity(x, attentive) > 0.99).all()
        # Away from both images at once: between their opposites, 11 degrees from each.
        assert (cosine_similarity(average, -x.mean(0, keepdim=True)) > 0.95).all()


@KINDS
@pytest.mark.parametrize("temperature", [0.001, 0.5])
@pytest.mark.parametrize("fill", [0.0, 0.3])
def test_gradients_are_finite_for_zero_and_identical_rows(kind, temperature: float, fill: float):
    views = [torch.full((4, 2), fill, requires_grad=True) for _ in range(3)]
    loss = infonce_loss(*views, temperature=temperature, negatives=Mining(kind))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(5), rel=1e-4)
    for view in views:
        assert view.grad is not None
        assert view.grad.isfinite().all()


@KINDS
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gradients_are_finite_for_opposite_rows(kind, dtype):
    x = torch.tensor([[0.3, -0.2]], dtype=dtype).repeat(4, 1)
    views = [x.clone().requires_grad_() for _ in range(3)]
    loss = infonce_loss(views[0], -views[1], views[2], negatives=Mining(kind))
    loss.backward()
    assert loss.dtype == torch.float32
    assert loss.isfinite()
    for view in views:
        assert view.grad is not None
        assert view.grad.isfinite().all()


@KINDS
def test_low_temperatures_do_not_overflow(kind):
    views = [points(seed).float().requires_grad_() for seed in (9, 10, 11)]
    loss = infonce_loss(*views, temperature=1e-3, negatives=Mining(kind))
    loss.backward()
    assert loss.isfinite()
    for view in views:
        assert view.grad is not None
        assert view.grad.isfinite().all()


def test_wrong_use_is_refused_with_its_reason():
    with pytest.raises(ValueError, match="no other images for negatives"):
        infonce_loss(points(0, 1), points(1, 1), points(2, 1))
    with pytest.raises(ValueError, match="temperature"):
        infonce_loss(points(0), points(1), points(2), temperature=0.0)
