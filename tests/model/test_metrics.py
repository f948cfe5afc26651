"""The metrics against torchmetrics, hand-worked cases, their properties and degenerate input."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torchmetrics.functional.regression import (
    concordance_corrcoef,
    mean_squared_error,
    pearson_corrcoef,
)

from avce.model.metrics import METRICS, bootstrap, ccc, evaluate_all, pcc, rmse, sagr

ALL = pytest.mark.parametrize("metric", [rmse, sagr, pcc, ccc])
COLUMN = arrays.arrays(np.float64, 12, elements=st.floats(-1, 1, width=32))


def pair(n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    target = random.uniform(-1, 1, (n, 2))
    return 0.6 * target + 0.1 + 0.3 * random.normal(size=(n, 2)), target


def test_values_of_a_worked_example():
    target = np.array([-0.5, 0.0, 0.5, 1.0])
    prediction = np.array([-0.25, 0.25, 0.25, 0.75])
    # Errors .25, .25, -.25, -.25; signs agree in 3 of 4 (0 against .25 does not); means .25, .25.
    # Population moments: covariance .1875, variances .3125 (target) and .125 (prediction).
    assert rmse(prediction, target) == pytest.approx(0.25)
    assert sagr(prediction, target) == 0.75
    assert pcc(prediction, target) == pytest.approx(0.1875 / np.sqrt(0.3125 * 0.125))
    assert ccc(prediction, target) == pytest.approx(2 * 0.1875 / (0.3125 + 0.125))


def test_rmse_and_pcc_equal_torchmetrics_and_ccc_with_population_moments():
    prediction, target = pair()
    x, y = torch.from_numpy(prediction), torch.from_numpy(target)
    mse = mean_squared_error(x, y, num_outputs=2)
    np.testing.assert_allclose(rmse(prediction, target), mse.sqrt().numpy(), rtol=1e-12)
    np.testing.assert_allclose(pcc(prediction, target), pearson_corrcoef(x, y).numpy(), rtol=1e-9)
    # torchmetrics divides by N - 1; shrinking the gap of the means likewise makes the two agree.
    n = len(target)
    gap = y.mean(0) - x.mean(0)
    shrunk = x + gap - gap * (n / (n - 1)) ** 0.5
    expected = concordance_corrcoef(shrunk, y).numpy()
    np.testing.assert_allclose(ccc(prediction, target), expected, rtol=1e-9)


def test_moments_are_of_the_population():
    # With N - 1 in the denominators it would be 2 / (2 + 2 + 1) = 2/5.
    assert ccc([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]) == pytest.approx(4 / 7)


def test_a_zero_agrees_in_sign_with_a_zero_only():
    assert sagr([0.0, 0.0, -0.0, 0.1, -0.1], [0.0, 0.2, 0.0, 0.0, -0.9]) == pytest.approx(3 / 5)


@ALL
def test_two_columns_give_what_each_column_gives(metric):
    prediction, target = pair()
    both = metric(prediction, target)
    assert both.shape == (2,)
    assert both.dtype == np.float64
    for i in range(2):
        single = metric(prediction[:, i], target[:, i])
        assert isinstance(single, float)
        assert single == pytest.approx(both[i], rel=1e-12)


@given(COLUMN, COLUMN)
def test_bounds_and_order_of_the_metrics(prediction, target):
    correlation, concordance = pcc(prediction, target), ccc(prediction, target)
    assert -1 <= correlation <= 1
    assert abs(concordance) <= abs(correlation) + 1e-12
    assert 0 <= sagr(prediction, target) <= 1
    assert rmse(prediction, target) >= 0
    assert ccc(target, prediction) == pytest.approx(concordance, abs=1e-12)


@given(COLUMN, COLUMN, st.floats(0.5, 3), st.floats(-1, 1))
def test_pcc_ignores_scale_and_shift_and_ccc_a_common_one(prediction, target, scale, shift):
    assume(np.ptp(prediction) > 1e-3 and np.ptp(target) > 1e-3)
    moved = prediction * scale + shift
    assert pcc(moved, target) == pytest.approx(pcc(prediction, target), abs=1e-9)
    expected = ccc(prediction, target)
    assert ccc(moved, target * scale + shift) == pytest.approx(expected, abs=1e-9)


@given(COLUMN)
def test_a_perfect_prediction_gets_the_best_values(target):
    assume(np.ptp(target) > 0)
    assert rmse(target, target) == 0
    assert sagr(target, target) == 1
    assert pcc(target, target) == pytest.approx(1)
    assert ccc(target, target) == pytest.approx(1)


@pytest.mark.parametrize(
    ("prediction", "target"),
    [([0.1] * 7, [0.1 * i for i in range(7)]), ([1, 2, 3], [5, 5, 5]), ([0.1] * 7, [0.1] * 7)],
    ids=["prediction", "target", "both"],
)
def test_a_constant_side_has_no_correlation(prediction, target):
    assert pcc(prediction, target) == 0
    assert ccc(prediction, target) == 0


def test_a_single_sample_has_an_error_and_a_sign_but_no_correlation():
    result = evaluate_all([[0.5, -0.5]], [[0.25, 0.5]])
    assert result == {
        "n": 1,
        "valence": {"rmse": 0.25, "sagr": 1.0, "pcc": 0.0, "ccc": 0.0},
        "arousal": {"rmse": 1.0, "sagr": 0.0, "pcc": 0.0, "ccc": 0.0},
    }


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_extreme_scales_change_nothing(scale: float):
    prediction, target = pair(20)
    for metric in (pcc, ccc):
        expected = metric(prediction, target)
        np.testing.assert_allclose(metric(prediction * scale, target * scale), expected, rtol=1e-9)
    expected = scale * np.asarray(rmse(prediction, target))
    np.testing.assert_allclose(rmse(prediction * scale, target * scale), expected, rtol=1e-9)


@ALL
def test_wrong_input_is_refused_with_its_reason(metric):
    with pytest.raises(ValueError, match="prediction holds 1 value"):
        metric([0.0, float("nan")], [0.0, 1.0])
    with pytest.raises(ValueError, match="target holds 1 value"):
        metric([0.0, 1.0], [0.0, float("inf")])
    with pytest.raises(ValueError, match="empty"):
        metric([], [])
    with pytest.raises(ValueError, match="must be equal"):
        metric([0.0, 1.0], [0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match=r"\[N\] or \[N, A\]"):
        metric(np.zeros((2, 2, 2)), np.zeros((2, 2, 2)))


def test_tensors_of_any_kind_are_taken():
    prediction, target = pair(30)
    x = torch.from_numpy(prediction).requires_grad_()
    np.testing.assert_array_equal(ccc(x, torch.from_numpy(target)), ccc(prediction, target))
    low = torch.from_numpy(prediction).bfloat16()
    np.testing.assert_array_equal(ccc(low, target), ccc(low.double().numpy(), target))


def test_evaluate_all_holds_every_metric_by_axis():
    prediction, target = pair()
    result = evaluate_all(prediction, target)
    assert result["n"] == 200
    for i, axis in enumerate(("valence", "arousal")):
        for metric in (rmse, sagr, pcc, ccc):
            expected = metric(prediction[:, i], target[:, i])
            assert result[axis][metric.__name__] == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match=r"\[N, 2\]"):
        evaluate_all(prediction[:, 0], target[:, 0])


def test_bootstrap_repeats_itself_and_encloses_the_estimate():
    prediction, target = pair()
    intervals = bootstrap(prediction, target, n=200, seed=1)
    assert intervals == bootstrap(prediction, target, n=200, seed=1)
    assert intervals != bootstrap(prediction, target, n=200, seed=2)
    estimate = evaluate_all(prediction, target)
    assert intervals["n"] == 200
    for axis in ("valence", "arousal"):
        assert intervals[axis].keys() == estimate[axis].keys()
        for name, (low, high) in intervals[axis].items():
            assert low < estimate[axis][name] < high


def test_bootstrap_interval_of_pcc_is_as_wide_as_fishers():
    prediction, target = pair(400, seed=5)
    low, high = bootstrap(prediction, target, n=1000)["valence"]["pcc"]
    z = np.arctanh(pcc(prediction, target)[0])
    fisher = np.tanh(z + 1.96 / np.sqrt(397)) - np.tanh(z - 1.96 / np.sqrt(397))
    assert high - low == pytest.approx(fisher, rel=0.2)


def test_resampling_whole_groups_widens_the_interval_of_repeated_frames():
    prediction, target = pair(50)
    videos = np.repeat(np.arange(50), 10)
    frames = prediction.repeat(10, axis=0), target.repeat(10, axis=0)
    narrow = bootstrap(*frames, n=200)["valence"]["ccc"]
    wide = bootstrap(*frames, n=200, groups=videos)["valence"]["ccc"]
    # Ten copies of each sample make frames look ten times as many: sqrt(10) in width.
    ratio = (wide[1] - wide[0]) / (narrow[1] - narrow[0])
    assert ratio == pytest.approx(10**0.5, rel=0.3)


def test_bootstrap_of_one_resample_has_no_width():
    (low, high) = bootstrap(*pair(20), n=1)["valence"]["ccc"]
    assert low == high


def test_bootstrap_refuses_what_it_cannot_use():
    prediction, target = pair(10)
    with pytest.raises(ValueError, match="at least one resample"):
        bootstrap(prediction, target, n=0)
    with pytest.raises(ValueError, match="one label a sample"):
        bootstrap(prediction, target, groups=[1, 2])


def test_the_metrics_load_no_pytorch():
    code = "import sys, avce.model.metrics; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_metric_is_declared_once_with_its_better_side():
    labels = np.array([[0.1, -0.4], [0.5, 0.2], [-0.3, 0.6]])
    perfect, wrong = evaluate_all(labels, labels), evaluate_all(-labels, labels)
    assert list(perfect["valence"]) == [metric.name for metric in METRICS]
    for metric in METRICS:
        gain = perfect["valence"][metric.name] - wrong["valence"][metric.name]
        assert (gain > 0) == (metric.better == "higher") == (metric.arrow == "↑")
