"""Agreement against published numbers, lags and gold standards against simulated raters."""

from __future__ import annotations

import numpy as np
import pytest

from avce.model.ratings.agreement import agreement, gold_standard, icc, lag

# Shrout & Fleiss (1979), Table 2: six targets, four judges; the coefficients are their Table 4.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)


def test_icc_gives_the_published_coefficients() -> None:
    single, mean, consistent = icc(SHROUT_FLEISS)
    assert (round(single, 2), round(mean, 2), round(consistent, 2)) == (0.29, 0.62, 0.71)


def test_agreement_counts_only_moments_that_all_rated() -> None:
    holes = np.vstack([SHROUT_FLEISS, [1.0, np.nan, 3.0, 9.0]])
    assert agreement(holes) == agreement(SHROUT_FLEISS)
    nothing = agreement(holes[-1:])
    assert nothing.moments == 0
    assert np.isnan(nothing.icc_a1)


def test_raters_of_one_mind_agree_wholly_and_constant_ones_not_at_all() -> None:
    curve = np.sin(np.arange(50) / 5)
    same = agreement(np.stack([curve, curve], axis=1))
    assert (same.icc_a1, same.icc_c1, same.ccc, same.sagr) == pytest.approx((1, 1, 1, 1))
    shifted = agreement(np.stack([curve, curve + 1], axis=1))
    assert shifted.icc_c1 == pytest.approx(1.0)
    assert shifted.icc_a1 < 0.6
    assert agreement(np.zeros((9, 2))).icc_a1 == 0.0


def curve(seed: int, n: int = 3000) -> np.ndarray:
    """Two smooth random axes at ten samples per second."""
    steps = np.random.default_rng(seed).normal(size=(n + 80, 2))
    kernel = np.ones(20) / 20
    return np.stack([np.convolve(v, kernel, "same") for v in steps.T], axis=1)


def test_a_lag_is_found_and_its_interval_holds_it() -> None:
    held = 0
    for seed in range(12):
        whole = curve(seed)
        noise = np.random.default_rng(seed + 100).normal(0, 0.2, (3000, 2))
        ratings = whole[80 - 17 : 3080 - 17] + noise
        found = lag(ratings, whole[80:], 10.0, resamples=200, seed=seed)
        assert found.seconds == pytest.approx(1.7, abs=0.35)
        held += found.low - 1e-9 <= 1.7 <= found.high + 1e-9
    assert held >= 10


def test_missing_stretches_do_not_move_a_lag_and_nothing_rated_has_none() -> None:
    whole = curve(1)
    ratings = whole[80 - 25 : 3080 - 25].copy()
    ratings[400:900] = np.nan
    reference = whole[80:].copy()
    reference[1500:1600] = np.nan
    assert lag(ratings, reference, 10.0, resamples=50).seconds == pytest.approx(2.5)
    assert np.isnan(lag(np.full((100, 2), np.nan), whole[:100], 10.0).seconds)


def test_the_gold_standard_weighs_raters_by_what_they_share_with_the_others() -> None:
    random = np.random.default_rng(0)
    truth = curve(3)[:, 0]
    raters = np.stack(
        [truth + random.normal(0, s, len(truth)) for s in (0.05, 0.1, 0.6)] + [-truth], axis=1
    )
    found = gold_standard(raters)
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.weights[0] > found.weights[2] > 0
    assert found.weights[3] == 0.0
    expected = [np.corrcoef(raters[:, i], np.delete(raters, i, 1).mean(1))[0, 1] for i in range(3)]
    assert found.weights[:3] == pytest.approx(np.array(expected) / sum(expected), abs=1e-12)
    honest = raters[:, :3]
    better = np.mean((gold_standard(honest).values - truth) ** 2)
    assert better < np.mean((honest.mean(axis=1) - truth) ** 2)


def test_a_moment_takes_those_who_rated_it() -> None:
    values = np.array([[0.2, 0.4], [np.nan, 0.5], [0.3, np.nan], [np.nan, np.nan], [0.1, 0.2]])
    found = gold_standard(values)
    assert found.weights == pytest.approx([0.5, 0.5])
    assert found.values[:3] == pytest.approx([0.3, 0.5, 0.3])
    assert np.isnan(found.values[3])
    alone = gold_standard(values[:, :1])
    assert alone.weights == pytest.approx([1.0])
