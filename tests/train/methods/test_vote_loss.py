"""The loss of the vote shares against hand-worked values, its optimum and its edges."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import kl_div

from avce.train.methods.base import vote_loss


def shares(seed: int, n: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.softmax(torch.randn(n, 8, dtype=torch.float64, generator=generator), dim=1)


def test_a_hand_worked_batch():
    # Level logits give every emotion 1/8; twice the odds on the first give it 2/9, the others 1/9.
    logits = torch.zeros(2, 8)
    logits[1, 0] = math.log(2)
    votes = torch.zeros(2, 8)
    votes[0, 3] = 1
    votes[1, 0], votes[1, 1] = 0.75, 0.25
    expected = (math.log(8) - 0.75 * math.log(2 / 9) - 0.25 * math.log(1 / 9)) / 2
    assert vote_loss(logits, votes).item() == pytest.approx(expected)


def test_it_is_the_divergence_from_the_votes_plus_their_entropy():
    logits, votes = shares(0).log() * 3, shares(1)
    entropy = -(votes * votes.log()).sum(dim=1).mean()
    expected = kl_div(logits.log_softmax(dim=1), votes, reduction="batchmean") + entropy
    torch.testing.assert_close(vote_loss(logits, votes), expected)


def test_rows_without_votes_do_not_count():
    logits, votes = shares(2).log(), shares(3)
    votes[[1, 4]] = torch.nan
    known = [0, 2, 3]
    torch.testing.assert_close(vote_loss(logits, votes), vote_loss(logits[known], votes[known]))


def test_gradients_equal_finite_differences():
    votes = shares(4)
    votes[2] = torch.nan
    logits = (2 * shares(5)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: vote_loss(x, votes), (logits,))


def test_it_is_least_where_the_shares_are_the_votes():
    votes = shares(6)
    at_votes = votes.log().requires_grad_()
    best = vote_loss(at_votes, votes)
    best.backward()
    assert at_votes.grad is not None
    assert at_votes.grad.abs().max() < 1e-12
    for seed in range(10):
        assert vote_loss(votes.log() + shares(seed + 20), votes) > best


@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize("case", ["one-hot", "none known", "identical"])
def test_gradients_are_finite_at_the_edges(case: str, rows: int):
    votes = torch.full((rows, 8), 1 / 8)
    if case == "one-hot":
        votes = torch.eye(8)[:1].repeat(rows, 1)
    elif case == "none known":
        votes = torch.full((rows, 8), torch.nan)
    logits = torch.full((rows, 8), 1e4) if case == "identical" else torch.arange(8.0) * 1e3
    logits = logits.expand(rows, 8).clone().requires_grad_()
    loss = vote_loss(logits, votes)
    loss.backward()
    assert loss.isfinite()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    if case == "none known":
        assert loss.item() == 0
        assert (logits.grad == 0).all()
