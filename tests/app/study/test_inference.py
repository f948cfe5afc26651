"""Intervals and effect sizes against closed forms, and against simulated people."""

from __future__ import annotations

import statistics
from math import exp, lgamma, sqrt

import numpy as np
import pytest
from scipy import stats

from avce.app.study.contrasts import compare, condition_means, contrasts
from avce.app.study.inference import between, independent, paired, within


def test_between_is_students_interval_and_leaves_missing_people_out() -> None:
    values = np.array([[0.1, np.nan], [0.4, 0.3], [-0.2, np.nan], [0.3, np.nan]])
    found = between(values)
    own = values[:, 0]
    low, _ = stats.t.interval(0.95, 3, own.mean(), stats.sem(own))
    assert found[0] == pytest.approx(own.mean() - low, abs=1e-12)
    assert np.isnan(found[1])


def test_within_of_two_conditions_is_the_interval_of_their_difference_by_root_two() -> None:
    # For two conditions, Morey's interval is that of the paired difference over sqrt(2).
    values = np.random.default_rng(3).normal(size=(9, 2)) + np.arange(9)[:, None]
    apart = values[:, 1] - values[:, 0]
    half = stats.t.ppf(0.975, 8) * stats.sem(apart)
    assert within(values) == pytest.approx([half / sqrt(2)] * 2, abs=1e-12)


def test_within_takes_only_people_with_every_condition() -> None:
    values = np.random.default_rng(4).normal(size=(6, 3))
    more = np.vstack([values, [9.0, np.nan, 5.0]])
    assert within(more) == pytest.approx(within(values), abs=1e-12)
    assert np.isnan(within(values[:, :1])).all()


def test_effects_are_hedges_g_in_closed_form() -> None:
    first, second = np.array([0.1, 0.2, 0.0, 0.3]), np.array([0.5, 0.3, 0.2, 0.6])
    apart = (second - first).tolist()
    shrink = exp(lgamma(1.5) - lgamma(1.0)) / sqrt(1.5)
    expected = statistics.fmean(apart) / statistics.stdev(apart) * shrink
    found = paired(first, second)
    assert found.effect == pytest.approx(expected, abs=1e-12)
    assert found.interval == "t"
    low, high = stats.ttest_rel(second, first).confidence_interval()
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    other = independent(first, second)
    low, high = stats.ttest_ind(second, first, equal_var=False).confidence_interval()
    assert (other.low, other.high) == pytest.approx((low, high), abs=1e-12)
    pooled = sqrt((statistics.variance(first) + statistics.variance(second)) / 2)
    shrink = exp(lgamma(3.0) - lgamma(2.5)) / sqrt(3.0)
    assert other.effect == pytest.approx((0.4 - 0.15) / pooled * shrink, abs=1e-12)


def test_the_interval_of_a_large_effect_in_few_people_holds_its_share() -> None:
    # SciPy's distribution function is nan at some places between these bounds.
    for apart in ([0.31, 0.33, 0.35], [0.22, 0.21, 0.2], [0.5, 0.52]):
        n = len(apart)
        found = paired(np.zeros(n), np.array(apart))
        t = statistics.fmean(apart) / statistics.stdev(apart) * sqrt(n)
        scale = stats.chi(n - 1, scale=1 / sqrt(n - 1))
        for bound, share in ((found.effect_low, 0.975), (found.effect_high, 0.025)):
            spread = np.linspace(0, scale.ppf(1 - 1e-9), 200_001)
            below = stats.norm.cdf(t * spread - bound * sqrt(n)) * scale.pdf(spread)
            assert np.trapezoid(below, spread) == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize("design", [paired, independent])
def test_intervals_cover_the_truth_at_their_level(design: object) -> None:
    random = np.random.default_rng(7)
    truth, spread, runs = 0.3, 0.4, 200
    covered = covered_effect = 0
    for i in range(runs):
        first = random.normal(0, spread, 12)
        if design is paired:
            found = paired(first, first + random.normal(truth, spread, 12), seed=i)
        else:
            found = independent(first, random.normal(truth, spread, 12), seed=i)
        assert found.interval == "bootstrap-t"
        covered += found.low <= truth <= found.high
        covered_effect += found.effect_low <= truth / spread <= found.effect_high
    # 95 % within three standard errors of 200 runs.
    assert 0.90 <= covered / runs <= 0.99
    assert 0.90 <= covered_effect / runs <= 0.99


def test_the_same_people_are_compared_as_pairs_and_others_as_groups() -> None:
    nan = np.nan
    pairs = compare(np.array([1.0, 2.0, 3.0, nan]), np.array([2.0, 2.5, nan, 4.0]))
    assert pairs is not None
    assert (pairs.design, pairs.n_first, pairs.difference) == ("paired", 2, 0.75)
    groups = compare(np.array([1.0, 2.0, nan, nan]), np.array([nan, nan, 3.0, 5.0]))
    assert groups is not None
    assert (groups.design, groups.difference) == ("independent", 2.5)
    assert compare(np.array([1.0, 2.0, nan]), np.array([nan, 3.0, 5.0])) is None


def test_tables_hold_every_pair_of_conditions_once_and_each_persons_mean() -> None:
    rows = [
        {"participant": p, "condition": c, "window": "w", "valence_mean": v, "arousal_mean": np.nan}
        for p, values in {"P1": (0.0, 0.2, 0.5), "P2": (0.1, 0.2, 0.9)}.items()
        for c, v in zip("abc", values, strict=True)
    ]
    found = {(r["first"], r["second"]): r["difference"] for r in contrasts(rows)}
    assert found == pytest.approx({("a", "b"): 0.15, ("a", "c"): 0.65, ("b", "c"): 0.5})
    means = {r["condition"]: (r["participants"], r["mean"]) for r in condition_means(rows)}
    assert means["c"] == (2, pytest.approx(0.7))
