"""Mining: weights and means by hand, against the formulas of the two papers, and its limits."""

from __future__ import annotations

import pytest
import torch

from avce.model.losses.avce import avce_loss
from avce.model.losses.barlow_twins import barlow_twins_loss
from avce.model.losses.choices import Mining
from avce.model.losses.infonce import infonce_loss
from avce.model.losses.negative_mining import negative_mean, negative_weights, selected


def values(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, dtype=torch.float64, generator=generator)


def test_without_mining_the_mean_is_plain():
    g = values(4, 6)
    mean = negative_mean(g, values(4, seed=1), values(4, 6, seed=2), Mining("none", tau_plus=0.5))
    torch.testing.assert_close(mean, g.mean(-1))


def test_hard_weights_of_a_worked_example():
    similarity = torch.tensor([0.0, 0.0, 1.0])
    weights = negative_weights(similarity, Mining("hard", concentration=2.0))
    e = torch.e**2
    torch.testing.assert_close(weights, torch.tensor([1.0, 1.0, e]) * 3 / (2 + e))


def test_debiased_mean_takes_the_share_of_positives_out():
    mining = Mining("debiased", tau_plus=0.25)
    g = torch.tensor([[0.4, 0.8]])
    mean = negative_mean(g, torch.tensor([0.9]), g, mining)
    assert mean.item() == pytest.approx((0.6 - 0.25 * 0.9) / 0.75)
    # A known share of positives is undone exactly: 1 in 4 of the sample is one.
    sample = torch.tensor([[0.9, 0.1, 0.2, 0.3]])
    mean = negative_mean(sample, torch.tensor([0.9]), sample, mining)
    assert mean.item() == pytest.approx(0.2)


def test_the_debiased_mean_does_not_fall_below_the_least_value():
    g = torch.tensor([[0.1, 0.1]])
    mean = negative_mean(g, torch.tensor([1.0]), g, Mining("debiased", tau_plus=0.5), least=0.05)
    assert mean.item() == pytest.approx(0.05)


def test_mining_that_is_turned_down_is_no_mining():
    g, positive, similarity = values(4, 6), values(4, seed=1), values(4, 6, seed=2)
    for mining in (Mining("debiased", tau_plus=0.0), Mining("hard", tau_plus=0.0, concentration=0)):
        torch.testing.assert_close(negative_mean(g, positive, similarity, mining), g.mean(-1))


def test_hardness_without_limit_selects_the_closest_negative():
    g, similarity = values(4, 6), values(4, 6, seed=2)
    mining = Mining("hard", tau_plus=0.0, concentration=1e5)
    mean = negative_mean(g, values(4, seed=1), similarity, mining)
    torch.testing.assert_close(mean, g.gather(1, similarity.argmax(1, keepdim=True)).squeeze(1))


def test_weights_are_finite_and_of_mean_one_at_any_hardness():
    similarity = values(4, 6) * 100
    for concentration in (0.0, 1.0, 1e6):
        weights = negative_weights(similarity, Mining("hard", concentration=concentration))
        torch.testing.assert_close(weights.mean(-1), torch.ones(4, dtype=torch.float64))


def test_gradients_equal_finite_differences():
    inputs = tuple(
        t.requires_grad_() for t in (values(3, 4), values(3, seed=1), values(3, 4, seed=2))
    )
    for kind in ("none", "debiased", "hard"):
        mining = Mining(kind, concentration=2.0)
        assert torch.autograd.gradcheck(lambda *t, m=mining: negative_mean(*t, m), inputs)


@pytest.mark.parametrize("kind", ["none", "debiased", "hard"])
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_gradients_are_finite_for_zeros_and_equal_negatives(kind, fill: float):
    g, positive, similarity = (torch.full(shape, fill) for shape in ((3, 4), (3,), (3, 4)))
    inputs = [t.requires_grad_() for t in (g, positive, similarity)]
    mining = Mining(kind, concentration=1e3)
    mean = negative_mean(*inputs, mining, least=0.0)
    mean.sum().backward()
    torch.testing.assert_close(mean, torch.full((3,), fill))
    found = [tensor.grad for tensor in inputs if tensor.grad is not None]
    # Without mining the mean asks for nothing but the negatives; debiased, for the positives too.
    assert len(found) == {"none": 1, "debiased": 2, "hard": 3}[kind]
    assert all(grad.isfinite().all() for grad in found)


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="mining must be one of"):
        Mining("soft")  # pyright: ignore[reportArgumentType]
    for share in (-0.1, 1.0, float("nan")):
        with pytest.raises(ValueError, match="tau_plus"):
            Mining("debiased", tau_plus=share)
    for concentration in (-1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="concentration"):
            Mining("hard", concentration=concentration)


def test_a_debiased_selection_leaves_out_the_most_similar_negatives():
    similarity = torch.tensor([[0.1, 0.9, 0.5, 0.3, 0.7]])
    g = torch.tensor([[1.0, 2.0, 4.0, 8.0, 16.0]])
    mining = Mining("debiased", by="selection", kept=0.6)
    assert mining.count(5) == 3
    assert negative_mean(g, g[:, 0], similarity, mining).item() == pytest.approx((1 + 8 + 4) / 3)


def test_a_hard_selection_draws_the_similar_ones_more_often_and_none_twice():
    torch.manual_seed(0)
    similarity = torch.tensor([0.0, 1.0, 2.0]).expand(4000, 3)
    chosen = selected(similarity, Mining("hard", by="selection", kept=1 / 3, concentration=1.0))
    found = chosen.flatten().bincount(minlength=3) / 4000
    torch.testing.assert_close(found, torch.softmax(similarity[0], 0), atol=0.03, rtol=0)
    both = selected(similarity, Mining("hard", by="selection", kept=2 / 3))
    assert (both[:, 0] != both[:, 1]).all()


@pytest.mark.parametrize("kind", ["debiased", "hard"])
def test_a_selection_of_all_is_no_mining_in_every_loss(kind: str):
    rows = [values(6, 2, seed=n) - 0.5 for n in range(3)]
    everything = Mining(kind, by="selection", kept=1.0)  # type: ignore[arg-type]
    fewer = Mining(kind, by="selection", kept=0.5)  # type: ignore[arg-type]
    for loss in (avce_loss, infonce_loss, barlow_twins_loss):
        plain = loss(*rows)
        torch.testing.assert_close(loss(*rows, negatives=everything), plain)
        assert loss(*rows, negatives=fewer).item() != pytest.approx(plain.item())
    matched = avce_loss(*rows, negatives=everything, pairs="matched")
    torch.testing.assert_close(matched, avce_loss(*rows, pairs="matched"))
