"""Adaptation gives back known habits of people, measures its gain honestly, and refuses."""

from __future__ import annotations

import numpy as np
import pytest

from avce.model.metrics import ccc
from avce.train.adaptation.calibration import (
    Correction,
    choose_level,
    fit_correction,
    held_out,
    interval_factors,
    mean_ccc,
    try_adaptation,
)

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def people(
    seed: int, gain: float = 1.0, offset: float = 0.0, noise: float = 0.1, count: int = 6
) -> Arrays:
    """Estimates of people whose true positions are (estimate - noise) * gain + offset."""
    random = np.random.default_rng(seed)
    n = 60
    groups = np.repeat([f"P{i}" for i in range(count)], n)
    estimate = np.clip(random.normal(0, 0.25, (n * count, 2)), -1, 1)
    target = (estimate + random.normal(0, noise, estimate.shape)) * gain + offset
    return estimate, np.clip(target, -1, 1), groups


def test_a_weak_smile_and_a_habitual_frown_are_put_right() -> None:
    estimate, target, groups = people(0, gain=1.8, offset=0.2)
    trial = try_adaptation(estimate, target, groups)
    assert trial.level == "offset and gain"
    assert trial.correction.offset == pytest.approx((0.2, 0.2), abs=0.04)
    # The raters' own noise is part of their spread.
    expected = 1.8 * np.sqrt(0.25**2 + 0.1**2) / 0.25
    assert trial.correction.gain == pytest.approx((expected, expected), rel=0.1)
    assert trial.helps
    assert np.mean(trial.after) - np.mean(trial.before) == pytest.approx(trial.gain)
    new = people(99, gain=1.8, offset=0.2)
    assert mean_ccc(trial.correction(new[0]), new[1]) > mean_ccc(*new[:2]) + 0.1


def test_where_nothing_is_wrong_nothing_is_claimed() -> None:
    claimed = 0
    for seed in range(20):
        random = np.random.default_rng(seed + 1000)
        estimate, target, groups = people(seed, noise=0.0)
        # Noise on both sides: no linear change can be better.
        target = np.clip(target + random.normal(0, 0.1, target.shape), -1, 1)
        estimate = np.clip(estimate + random.normal(0, 0.1, target.shape), -1, 1)
        claimed += try_adaptation(estimate, target, groups, seed=seed).helps
    assert claimed <= 2


def test_labels_of_chance_are_refused() -> None:
    random = np.random.default_rng(1003)
    estimate, _, groups = people(3)
    assert not try_adaptation(estimate, random.uniform(-1, 1, estimate.shape), groups).helps


def test_habits_that_differ_between_people_give_no_common_gain() -> None:
    estimate, target, groups = people(4)
    shift = dict(zip(np.unique(groups), (0.4, -0.4, 0.4, -0.4, 0.4, -0.4), strict=True))
    target = np.clip(target + np.array([shift[g] for g in groups])[:, None], -1, 1)
    assert not try_adaptation(estimate, target, groups).helps


def test_nobody_is_corrected_by_what_is_known_of_them() -> None:
    estimate, target, groups = people(5, offset=0.3)
    changed = target.copy()
    changed[groups == "P2"] = -0.9
    own = groups == "P2"
    before = held_out(estimate, target, groups, "offset")
    after = held_out(estimate, changed, groups, "offset")
    assert np.array_equal(before[own], after[own])
    trials = [try_adaptation(estimate, each, groups) for each in (target, changed)]
    assert np.array_equal(trials[0].adapted[own], trials[1].adapted[own])


def test_the_correction_has_the_highest_ccc_of_all_linear_ones() -> None:
    estimate, target, _ = people(6, gain=0.7, offset=-0.2)
    best = fit_correction(estimate, target, "offset and gain")
    top = np.asarray(ccc(best(estimate), target))
    for change in (0.95, 1.05):
        gain = (best.gain[0] * change, best.gain[1] * change)
        shift = tuple(
            float(o + (g - n) * m)
            for o, g, n, m in zip(best.offset, best.gain, gain, estimate.mean(0), strict=True)
        )
        other = Correction(gain, (shift[0], shift[1]))
        assert (np.asarray(ccc(other(estimate), target)) < top).all()
    assert choose_level(estimate, estimate, np.repeat(["a", "b"], len(estimate) // 2)) == "nothing"


def test_intervals_hold_their_share_again() -> None:
    random = np.random.default_rng(8)
    estimate = np.zeros((4000, 2))
    halfwidth = np.full((4000, 2), 0.1)
    target = random.normal(0, (0.2, 0.05), (4000, 2))
    factors = interval_factors(estimate[:2000], target[:2000], halfwidth[:2000], 0.9)
    inside = np.abs(target[2000:]) <= halfwidth[2000:] * np.array(factors)
    assert inside.mean(axis=0) == pytest.approx([0.9, 0.9], abs=0.025)
