"""Adaptation gives back known habits of people, measures its gain honestly, and refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avce.model.metrics import ccc
from avce.train.adaptation.calibration import Correction, fit_correction, interval_factors
from avce.train.adaptation.levels import (
    LEVELS,
    Faces,
    Layer,
    Network,
    folds_of,
    mean_ccc,
    supported,
)
from avce.train.adaptation.trial import choose_level, try_adaptation

LINEAR = LEVELS[:3]


def people(
    seed: int, gain: float = 1.0, offset: float = 0.0, noise: float = 0.1, count: int = 6
) -> Faces:
    """Estimates of people whose true positions are (estimate - noise) * gain + offset."""
    random = np.random.default_rng(seed)
    n = 60
    groups = np.repeat([f"P{i}" for i in range(count)], n)
    estimate = np.clip(random.normal(0, 0.25, (n * count, 2)), -1, 1)
    target = (estimate + random.normal(0, noise, estimate.shape)) * gain + offset
    return Faces(estimate, np.clip(target, -1, 1), groups)


def with_labels(faces: Faces, target: np.ndarray) -> Faces:
    return replace(faces, target=np.clip(target, -1, 1))


def test_a_weak_smile_and_a_habitual_frown_are_put_right() -> None:
    faces = people(0, gain=1.8, offset=0.2)
    trial = try_adaptation(faces)
    assert trial.level == "offset and gain"
    correction = trial.change.correction
    assert correction.offset == pytest.approx((0.2, 0.2), abs=0.04)
    # The raters' own noise is part of their spread.
    expected = 1.8 * np.sqrt(0.25**2 + 0.1**2) / 0.25
    assert correction.gain == pytest.approx((expected, expected), rel=0.1)
    assert trial.helps
    assert np.mean(trial.after) - np.mean(trial.before) == pytest.approx(trial.gain)
    new = people(99, gain=1.8, offset=0.2)
    assert mean_ccc(trial.change(new), new.target) > mean_ccc(new.estimate, new.target) + 0.1


def test_where_nothing_is_wrong_nothing_is_claimed() -> None:
    claimed = 0
    for seed in range(20):
        random = np.random.default_rng(seed + 1000)
        faces = people(seed, noise=0.0)
        # Noise on both sides: no linear change can be better.
        noise = random.normal(0, 0.1, (2, *faces.target.shape))
        estimate = np.clip(faces.estimate + noise[1], -1, 1)
        noisy = replace(with_labels(faces, faces.target + noise[0]), estimate=estimate)
        claimed += try_adaptation(noisy, seed=seed).helps
    assert claimed <= 2


def test_labels_of_chance_are_refused() -> None:
    random = np.random.default_rng(1003)
    faces = people(3)
    assert not try_adaptation(with_labels(faces, random.uniform(-1, 1, (360, 2)))).helps


def test_habits_that_differ_between_people_give_no_common_gain() -> None:
    faces = people(4)
    shift = dict(zip(np.unique(faces.groups), (0.4, -0.4) * 3, strict=True))
    moved = faces.target + np.array([shift[g] for g in faces.groups])[:, None]
    assert not try_adaptation(with_labels(faces, moved)).helps


def test_nobody_is_corrected_by_what_is_known_of_them() -> None:
    faces = people(5, offset=0.3)
    own = faces.groups == "P2"
    changed = replace(faces, target=np.where(own[:, None], -0.9, faces.target))
    trials = [try_adaptation(each) for each in (faces, changed)]
    assert np.array_equal(trials[0].adapted[own], trials[1].adapted[own])
    assert not np.array_equal(trials[0].adapted[~own], trials[1].adapted[~own])


def test_each_group_is_held_out_alone_and_of_many_a_few_together() -> None:
    few = np.repeat(["a", "b", "c"], [5, 1, 3])
    assert len(np.unique(folds_of(few))) == 3
    many = np.repeat([f"P{i}" for i in range(20)], 5)
    folds = folds_of(many)
    assert np.bincount(folds).tolist() == [20, 20, 15, 15, 15, 15]
    for name in np.unique(many):
        assert len(np.unique(folds[many == name])) == 1


def reader(seed: int, count: int = 6, n: int = 40) -> tuple[Faces, Network]:
    """People whom raters read by another weight of the features than the network does."""
    random = np.random.default_rng(seed)
    hidden = random.normal(0, 1, (count * n, 8))
    weight = random.normal(0, 0.1, (2, 8))
    other = weight + random.normal(0, 0.08, (2, 8))
    bias = np.array([0.05, -0.05])
    target = np.clip(hidden @ other.T + random.normal(0, 0.05, (count * n, 2)), -1, 1)
    groups = np.repeat([f"P{i}" for i in range(count)], n)
    estimate = np.clip(hidden @ weight.T + bias, -1, 1)
    return Faces(estimate, target, groups, hidden), Network(Layer(weight, bias))


def test_a_regressor_is_changed_where_offset_and_gain_do_not_suffice() -> None:
    faces, network = reader(0)
    trial = try_adaptation(faces, network)
    assert trial.level == "regressor"
    assert trial.helps
    assert trial.tried["regressor"] > trial.tried["offset and gain"] + 0.05
    layer = trial.change.layer
    assert layer is not None
    raw = np.clip(faces.hidden @ layer.weight.T + layer.bias, -1, 1)
    assert trial.change.uncorrected(faces) == pytest.approx(raw, abs=1e-12)
    assert np.mean(trial.after) > 0.9


def test_a_regressor_that_need_not_change_does_not() -> None:
    random = np.random.default_rng(1)
    faces, network = reader(1)
    said = with_labels(faces, faces.estimate + random.normal(0, 0.1, faces.estimate.shape))
    trial = try_adaptation(said, network)
    assert trial.level in LINEAR
    assert not trial.helps


def test_few_people_or_faces_are_not_enough_for_more_than_offset_and_gain() -> None:
    faces, network = reader(2)
    assert supported(faces, network)[-1] == "regressor"
    assert supported(faces, Network()) == LINEAR
    assert supported(faces.part(faces.groups < "P3"), network) == LINEAR
    assert supported(faces.part(np.arange(240) % 3 == 0), network) == LINEAR


def test_the_correction_has_the_highest_ccc_of_all_linear_ones() -> None:
    faces = people(6, gain=0.7, offset=-0.2)
    estimate, target = faces.estimate, faces.target
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
    assert choose_level(replace(faces, target=estimate), Network(), LINEAR)[0] == "nothing"


def test_intervals_hold_their_share_again() -> None:
    random = np.random.default_rng(8)
    estimate = np.zeros((4000, 2))
    halfwidth = np.full((4000, 2), 0.1)
    target = random.normal(0, (0.2, 0.05), (4000, 2))
    factors = interval_factors(estimate[:2000], target[:2000], halfwidth[:2000], 0.9)
    inside = np.abs(target[2000:]) <= halfwidth[2000:] * np.array(factors)
    assert inside.mean(axis=0) == pytest.approx([0.9, 0.9], abs=0.025)
