"""CAF: the emotion groups, D's objective and its parts by hand, the adversarial term."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from avce.model.losses.caf import (
    adversarial_loss,
    discriminator_loss,
    emotion_groups,
    mutual_information,
    neighbour_confidence,
    released_groups,
)


def outputs(seed: int, n: int = 4, dimension: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, dimension, dtype=torch.float64, generator=generator)


def test_groups_of_a_worked_example():
    # Valence magnitudes .1 .2 .3 .4 add up to 1; the running sum passes .5 at .3, so .4 is strong.
    # Arousal magnitudes 0 .1 .1 .8: it passes .5 at .8, so nothing is above.
    # One strong image is too few: the longer half is strong.
    target = torch.tensor([[0.1, 0.8], [-0.2, 0.1], [0.3, 0.0], [-0.4, -0.1]])
    strong, weak = emotion_groups(target)
    assert strong.tolist() == [0, 3]
    assert weak.tolist() == [1, 2]
    # With more images the thresholds decide: .9 and -.9 on one axis each stand out.
    target = torch.tensor([[0.0, -0.9], [0.1, 0.1], [0.9, 0], [0.1, 0], [0, 0.8], [0.8, 0], [0, 0]])
    strong, weak = emotion_groups(target)
    assert set(strong.tolist()) == {0, 2}
    assert set(weak.tolist()) <= {1, 3, 6}
    assert len(weak) == 2


def test_groups_are_of_one_size_disjoint_and_ordered_by_strength():
    target = outputs(0, 101, 2)
    strong, weak = emotion_groups(target)
    assert len(strong) == len(weak) >= 2
    assert not set(strong.tolist()) & set(weak.tolist())
    length = target.norm(dim=1)
    assert (length[strong].diff() <= 0).all()
    assert (length[weak].diff() >= 0).all()
    assert length[strong].mean() > length[weak].mean()


def test_labels_without_any_difference_still_give_two_groups():
    strong, weak = emotion_groups(torch.zeros(5, 2))
    assert len(strong) == len(weak) == 2
    assert not set(strong.tolist()) & set(weak.tolist())


def test_mutual_information_of_worked_values():
    one = torch.ones(1, dtype=torch.float64)
    # The input +1 received as +1: p(y|x) = 1, p(y) = (1 + e^-10) / 2.
    expected = -math.log((1 + math.exp(-10)) / 2)
    assert mutual_information(one, one).item() == pytest.approx(expected)
    # An output half-way tells nothing: p(y|x) = e^-2.5 = p(y).
    assert mutual_information(one, 0 * one).item() == pytest.approx(0)
    # Far outside nothing overflows: -(y-x)^2 + (y-1)^2, over 0.4, + log 2, with y = 100, x = 0.
    far = mutual_information(0 * one, 100 * one).item()
    assert far == pytest.approx((-(100**2) + 99**2) / 0.4 + math.log(2))


def test_confidence_is_large_where_neighbours_agree_and_small_where_they_do_not():
    # Two clusters: the first two neighbours agree, 1/2 > 0.7 / sqrt(2).
    strong, weak = torch.tensor([[0.0], [0.1], [0.2]]), torch.tensor([[9.0], [9.1], [9.2]])
    torch.testing.assert_close(neighbour_confidence(strong, weak), torch.full((3,), 0.7 / 2**0.5))
    # Alternating points. Around 0 no vote is decided, so all five neighbours count; around 2 and 4
    # the first two neighbours agree, if on the other group.
    strong, weak = torch.tensor([[0.0], [2.0], [4.0]]), torch.tensor([[1.0], [3.0], [5.0]])
    expected = 0.7 / torch.tensor([5.0, 2.0, 2.0]).sqrt()
    torch.testing.assert_close(neighbour_confidence(strong, weak), expected)


def test_the_objective_equals_a_loop_over_all_pairs():
    strong, weak = outputs(1) * 0.5, outputs(2) * 0.5
    confidence = neighbour_confidence(strong, weak)
    within = [
        ((a - b) ** 2).sum().item()
        for group in (strong, weak)
        for a, b in itertools.combinations(group, 2)
    ]
    across = []
    for (i, s), w in itertools.product(enumerate(strong), weak):
        information = min(max(mutual_information(s, w).item(), 0.0), 2.5)
        across.append(max(0.0, information + confidence[i].item() - ((s - w) ** 2).sum().item()))
    squares = [sum(v * v for v in f) / len(f) for f in (within, across)]
    constraint = 1 - sum(squares) / 2
    expected = sum(within) / len(within) + sum(across) / len(across)
    loss, c = discriminator_loss(strong, weak, multiplier=0.3, rho=0.1)
    assert c.item() == pytest.approx(constraint)
    assert not c.requires_grad
    assert loss.item() == pytest.approx(expected + 0.3 * constraint + 0.05 * constraint**2)


def test_gradients_equal_finite_differences():
    inputs = ((outputs(3) * 0.5).requires_grad_(), (outputs(4) * 0.5).requires_grad_())
    assert torch.autograd.gradcheck(lambda s, w: discriminator_loss(s, w, 0.3, 0.1)[0], inputs)
    assert torch.autograd.gradcheck(adversarial_loss, inputs[1:])


def test_the_least_objective_has_two_distant_points():
    strong = torch.full((4, 3), 3.0)
    loss, _ = discriminator_loss(strong, -strong, rho=0.0)
    assert loss.item() == 0
    for seed in range(10):
        assert discriminator_loss(outputs(seed), outputs(seed + 50), rho=0.0)[0] > 0


def test_descent_pulls_groups_together_and_apart_from_each_other():
    strong, weak = outputs(5).requires_grad_(), outputs(6).requires_grad_()
    optimiser = torch.optim.Adam([strong, weak], lr=0.05)
    for _ in range(120):
        optimiser.zero_grad()
        discriminator_loss(strong, weak)[0].backward()
        optimiser.step()
    with torch.no_grad():
        assert strong.var(0).sum() < 0.05
        assert weak.var(0).sum() < 0.05
        assert (strong.mean(0) - weak.mean(0)).norm() > 0.5


def test_the_adversarial_term_lowers_with_the_output_on_weak_images():
    weak = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    assert adversarial_loss(weak).item() == pytest.approx(-0.3)
    assert adversarial_loss(weak + 1) < adversarial_loss(weak)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("fill", [0.0, 0.5, 100.0])
def test_gradients_are_finite_for_zero_and_identical_rows(fill: float, dtype: torch.dtype):
    strong = torch.full((4, 3), fill, dtype=dtype, requires_grad=True)
    weak = torch.full((4, 3), fill, dtype=dtype, requires_grad=True)
    (discriminator_loss(strong, weak, 0.5)[0] + adversarial_loss(weak)).backward()
    for group in (strong, weak):
        assert group.grad is not None
        assert group.grad.isfinite().all()


def test_wrong_use_is_refused_with_its_reason():
    with pytest.raises(ValueError, match="no pair within it"):
        discriminator_loss(outputs(0, 1), outputs(1, 1))
    with pytest.raises(ValueError, match="two images for each"):
        emotion_groups(torch.zeros(3, 2))
    with pytest.raises(ValueError, match="share"):
        emotion_groups(torch.zeros(4, 2), share=1.0)
    with pytest.raises(ValueError, match="M >= 1"):
        adversarial_loss(torch.zeros(0, 3))


def test_the_released_groups_follow_one_threshold_on_the_squared_length():
    target = torch.tensor(
        [[-0.1, -0.1], [0.9, 0.9], [0.1, 0.0], [0.9, 0.8], [0.0, 0.2], [0.2, 0.1]]
    )
    # Least values lie at place 0, largest at 1: the share of the first place alone is read.
    shares = [-0.1 / 2.0, -0.1 / 1.9]
    threshold = sum(s * s for s in shares) ** 0.5 + 0.25
    squared = target.square().sum(1)
    assert (squared > threshold).tolist() == [False, True, False, True, False, False]
    strong, weak = released_groups(target)
    assert (strong.tolist(), weak.tolist()) == ([1, 3], [0, 2])


def test_released_groups_of_a_batch_that_has_none_are_the_described_ones():
    target = torch.zeros(6, 2)
    strong, weak = released_groups(target)
    assert len(strong) == len(weak) >= 2
