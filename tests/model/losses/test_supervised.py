"""The supervised part against torchmetrics, hand-worked values and its optimum."""

from __future__ import annotations

import pytest
import torch
from torchmetrics.functional.regression import (
    concordance_corrcoef,
    mean_squared_error,
    pearson_corrcoef,
)

from avce.model.losses.supervised import correlation_loss, mse, pcc_ccc, rmse, supervised_loss


def batch(seed: int, n: int = 40) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, 2, dtype=torch.float64, generator=generator) * 2 - 1


def test_mse_sums_the_axes_and_averages_the_rows():
    prediction = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    target = torch.tensor([[0.0, 0.0], [0.0, 3.0]])
    assert mse(prediction, target).item() == pytest.approx(1 / 2 + 9 / 2)
    assert rmse(prediction, target).item() == pytest.approx(0.5**0.5 + 4.5**0.5)


def test_correlations_equal_torchmetrics():
    prediction, target = batch(0), batch(1)
    pcc, ccc = pcc_ccc(prediction, target)
    torch.testing.assert_close(pcc, pearson_corrcoef(prediction, target), rtol=1e-6, atol=0)
    # torchmetrics divides by N - 1, so the two differ by the mean's share.
    n = len(target)
    unbiased = concordance_corrcoef(prediction, target)
    gap = (prediction.mean(0) - target.mean(0)).square()
    spread = prediction.var(0) + target.var(0)
    expected = unbiased * (spread + gap) / (spread + gap * n / (n - 1))
    torch.testing.assert_close(ccc, expected, rtol=1e-6, atol=0)


def test_correlations_of_worked_examples():
    target = torch.tensor([[0.0], [1.0], [2.0]])
    # Shifted by 1: 2 * 2/3 / (2/3 + 2/3 + 1) = 4/7. Doubled: 2 * 4/3 / (8/3 + 2/3 + 1) = 8/13.
    shifted, doubled = target + 1, target * 2
    for prediction, expected in ((shifted, 4 / 7), (doubled, 8 / 13)):
        pcc, ccc = pcc_ccc(prediction, target)
        assert pcc.item() == pytest.approx(1)
        assert ccc.item() == pytest.approx(expected)


def test_the_whole_is_the_sum_of_its_parts():
    prediction, target = batch(2), batch(3)
    pcc = pearson_corrcoef(prediction, target).mean()
    ccc = torch.stack(
        [
            2
            * ((p - p.mean()) * (t - t.mean())).mean()
            / (p.var(correction=0) + t.var(correction=0) + (p.mean() - t.mean()) ** 2)
            for p, t in zip(prediction.T, target.T, strict=True)
        ]
    ).mean()
    expected = 2 * mean_squared_error(prediction, target) + 0.5 * (1 - pcc) + 0.5 * (1 - ccc)
    torch.testing.assert_close(supervised_loss(prediction, target), expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("loss", [mse, rmse, correlation_loss, supervised_loss])
def test_gradients_equal_finite_differences(loss):
    assert torch.autograd.gradcheck(loss, (batch(4, 6).requires_grad_(), batch(5, 6)))


@pytest.mark.parametrize("loss", [mse, correlation_loss, supervised_loss])
def test_a_perfect_prediction_is_the_minimum(loss):
    target = batch(6).requires_grad_()
    at_target = loss(target, target.detach())
    at_target.backward()
    assert at_target.item() == pytest.approx(0, abs=1e-6)
    assert target.grad is not None
    assert target.grad.abs().max() < 1e-6
    for seed in range(5):
        assert loss(target + 0.1 * batch(seed), target) > at_target


def test_correlation_loss_is_largest_when_all_is_reversed():
    target = batch(7)
    assert correlation_loss(-(target - target.mean(0)), target - target.mean(0)).item() == (
        pytest.approx(2, abs=1e-6)
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("constant", ["prediction", "target", "both", "equal"])
def test_constants_give_no_correlation_and_finite_gradients(constant: str, dtype: torch.dtype):
    flat, varied = torch.full((8, 2), 0.1, dtype=dtype), batch(8, 8).to(dtype)
    prediction = (varied if constant == "target" else flat).clone().requires_grad_()
    target = {"prediction": varied, "target": flat, "both": flat + 0.5, "equal": flat}[constant]
    loss = supervised_loss(prediction, target)
    loss.backward()
    assert prediction.grad is not None
    assert prediction.grad.isfinite().all()
    assert correlation_loss(prediction, target).item() == pytest.approx(1, abs=1e-3)


def test_zero_error_has_a_finite_gradient_under_the_root():
    prediction = batch(9).requires_grad_()
    rmse(prediction, prediction.detach()).backward()
    assert prediction.grad is not None
    assert (prediction.grad == 0).all()


def test_rmse_is_least_where_prediction_and_target_are_equal():
    target = batch(12)
    best = rmse(target, target)
    assert best.item() == pytest.approx(0, abs=1e-3)  # the root of what keeps the gradient finite
    for seed in range(5):
        assert rmse(target + 0.1 * batch(seed), target) > best


@pytest.mark.parametrize("loss", [mse, rmse])
def test_point_wise_errors_are_defined_for_one_row(loss):
    one = torch.tensor([[0.3, -0.2]], requires_grad=True)
    value = loss(one, torch.zeros(1, 2))
    value.backward()
    expected = 0.3**2 + 0.2**2 if loss is mse else 0.3 + 0.2
    assert value.item() == pytest.approx(expected, abs=1e-6)
    assert one.grad is not None
    assert one.grad.isfinite().all()


def test_bfloat16_is_computed_in_float32():
    prediction, target = batch(10).bfloat16(), batch(11).bfloat16()
    loss = supervised_loss(prediction, target)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, supervised_loss(prediction.float(), target.float()))


def test_wrong_batches_are_refused_with_their_reason():
    one = torch.zeros(1, 2)
    for loss in (correlation_loss, supervised_loss):
        with pytest.raises(ValueError, match="correlation over one sample is undefined"):
            loss(one, one)
        with pytest.raises(ValueError, match=r"same shape|both be"):
            loss(torch.zeros(3, 2), torch.zeros(4, 2))
    with pytest.raises(ValueError, match="N >= 1"):
        mse(torch.zeros(0, 2), torch.zeros(0, 2))
    with pytest.raises(ValueError, match=r"\[N, A\]"):
        rmse(torch.zeros(3), torch.zeros(3))
