"""L_AVCE against hand-worked values, a plain double loop, its optimum and its edge cases."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from avce.model.critics import CRITICS, angular_critic, pairwise
from avce.model.losses.avce import avce_loss
from avce.model.losses.choices import Mining

BOTH = pytest.mark.parametrize("critic", CRITICS.values(), ids=CRITICS.keys())
KINDS = pytest.mark.parametrize("kind", ["none", "debiased", "hard"])
PAIRS = pytest.mark.parametrize("pairs", ["product", "matched"])


def points(seed: int, n: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, 2, dtype=torch.float64, generator=generator)


def directions(*degrees: float) -> torch.Tensor:
    radians = [math.radians(d) for d in degrees]
    return torch.tensor([[math.cos(r), math.sin(r)] for r in radians], dtype=torch.float64)


def test_a_hand_worked_batch_of_two():
    x = directions(0, 90)
    attentive = directions(0, 180)  # f = 1 and 1/2
    average = directions(180, 90)  # f of all pairs: 0, 1/2 (first image), 1/2, 1 (second)
    joint, joint_squared = 3 / 4, 5 / 8
    product, product_squared = 1 / 2, (1 / 4 + 1 / 4 + 1) / 4
    expected = joint - 0.5 * product - 0.0025 * joint_squared - 0.25 * product_squared
    assert avce_loss(x, attentive, average).item() == pytest.approx(-expected)
    # Matched pairs alone: 0 and 1.
    expected = joint - 0.5 * 0.5 - 0.0025 * joint_squared - 0.25 * 0.5
    assert avce_loss(x, attentive, average, pairs="matched").item() == pytest.approx(-expected)


@BOTH
def test_the_loss_equals_a_loop_over_all_pairs(critic):
    x, attentive, average = points(0), points(1), points(2)
    alpha, beta, gamma = 0.7, 0.02, 0.3

    def f(a: torch.Tensor, b: torch.Tensor) -> float:
        return critic(a.unsqueeze(0), b.unsqueeze(0)).item()

    joint = [f(a, b) for a, b in zip(x, attentive, strict=True)]
    product = [f(a, b) for a, b in itertools.product(x, average)]
    expected = (
        sum(joint) / 5
        - alpha * sum(product) / 25
        - beta / 2 * sum(v * v for v in joint) / 5
        - gamma / 2 * sum(v * v for v in product) / 25
    )
    value = avce_loss(x, attentive, average, alpha, beta, gamma, critic)
    assert value.item() == pytest.approx(-expected)


@pytest.mark.parametrize(("name", "tau_plus"), [("paper", 0.05), ("paper", 0.7), ("released", 0.3)])
def test_mined_expectations_equal_a_loop_over_the_anchors(name: str, tau_plus: float):
    critic, mining = CRITICS[name], Mining("hard", tau_plus, concentration=3.0)
    x, attentive, average = points(6), points(7), points(8)
    positive = critic(x, attentive)
    product = product_squared = 0.0
    for i in range(5):
        f = critic(x[i].expand(5, 2), average)
        weights = torch.exp(3.0 * f)
        weights = weights / weights.sum()
        mean = ((weights * f).sum() - tau_plus * positive[i]) / (1 - tau_plus)
        squared = ((weights * f * f).sum() - tau_plus * positive[i] ** 2) / (1 - tau_plus)
        # The paper's critic is never negative; the released one can be.
        product += (max(mean.item(), 0.0) if name == "paper" else mean.item()) / 5
        product_squared += max(squared.item(), 0.0) / 5
    joint, joint_squared = positive.mean().item(), positive.square().mean().item()
    expected = joint - 0.5 * product - 0.0025 * joint_squared - 0.25 * product_squared
    value = avce_loss(x, attentive, average, critic=critic, negatives=mining)
    assert value.item() == pytest.approx(-expected)


@BOTH
@KINDS
@PAIRS
def test_gradients_equal_finite_differences(critic, kind, pairs):
    inputs = tuple(points(seed).requires_grad_() for seed in (3, 4, 5))
    mining = Mining(kind, concentration=2.0)

    def loss(*tensors: torch.Tensor) -> torch.Tensor:
        return avce_loss(*tensors, critic=critic, negatives=mining, pairs=pairs)

    assert torch.autograd.gradcheck(loss, inputs)


@KINDS
@PAIRS
def test_the_least_value_is_attentive_along_x_and_average_opposite(kind, pairs):
    # The bound of the docstring, p = 1 and q = 0, which mining does not move: equal negatives weigh
    # alike, and the debiased means stop at the critic's least value.
    mining = Mining(kind, tau_plus=0.2, concentration=2.0)
    x = directions(40, 40, 40)
    best = avce_loss(x, 2 * x, -x, negatives=mining, pairs=pairs)
    assert best.item() == pytest.approx(-(1 - 0.0025))
    for seed in range(20):
        others = (points(seed, 3), points(seed + 100, 3), points(seed + 200, 3))
        assert avce_loss(*others, negatives=mining, pairs=pairs) > best


def test_descent_turns_the_attentive_view_towards_x_and_the_average_view_away():
    x = directions(10, 80)
    # The average views start outside the arc between the images: inside it the mean angle is level.
    attentive = directions(100, 170).requires_grad_()
    average = directions(-30, 130).requires_grad_()
    optimiser = torch.optim.Adam([attentive, average], lr=0.05)
    for _ in range(150):
        optimiser.zero_grad()
        avce_loss(x, attentive, average).backward()
        optimiser.step()
    with torch.no_grad():
        assert (angular_critic(x, attentive) > 0.99).all()
        # Anywhere between 190 and 260 degrees the mean angle is largest, 145 degrees.
        assert pairwise(angular_critic, x, average).mean() == pytest.approx(1 - 145 / 180, abs=1e-2)


@BOTH
@KINDS
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("case", ["zeros", "identical", "opposite"])
def test_gradients_are_finite_at_the_edges(critic, kind, dtype, case):
    x = torch.zeros(4, 2) if case == "zeros" else torch.tensor([[0.3, -0.2]]).repeat(4, 1)
    tensors = [x.to(dtype).requires_grad_() for _ in range(3)]
    sign = -1 if case == "opposite" else 1
    loss = avce_loss(
        tensors[0], sign * tensors[1], tensors[2], critic=critic, negatives=Mining(kind)
    )
    loss.backward()
    assert loss.dtype == torch.float32
    assert loss.isfinite()
    for tensor in tensors:
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()


def test_wrong_use_is_refused_with_its_reason():
    one, two = torch.ones(1, 2), torch.ones(2, 2)
    with pytest.raises(ValueError, match="nothing is contrasted"):
        avce_loss(one, one, one)
    with pytest.raises(ValueError, match="y_average is"):
        avce_loss(two, two, one)
    with pytest.raises(ValueError, match="x must be"):
        avce_loss(torch.ones(2), two, two)
    with pytest.raises(ValueError, match="pairs must be"):
        avce_loss(two, two, two, pairs="all")  # pyright: ignore[reportArgumentType]
