"""Mixed models of segments: the paired t interval of a balanced study, and simulated people."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from avce.app.study.mixed import fit_mixed
from avce.app.study.plan import StudyPlan
from avce.app.study.study import run_study

from ..study_folders import columns, session

EFFECT = 0.2


def simulated(seed: int, people: int, each: int, apart: float = 0.1, slopes: float = 0.1):
    """Values, conditions and participants: `each` segments of each condition, its effect other for
    each person."""
    random = np.random.default_rng(seed)
    values, conditions, who = [], [], []
    for person in range(people):
        own, slope = random.normal(0, apart), random.normal(0, slopes, 2)
        for i, (name, effect) in enumerate((("calm", 0.0), ("loud", EFFECT))):
            values += (own + effect + slope[i] + random.normal(0, 0.1, each)).tolist()
            conditions += [name] * each
            who += [f"P{person}"] * each
    return np.array(values), conditions, who


def test_a_balanced_study_has_the_paired_t_interval_of_the_means():
    values, conditions, who = simulated(1, 12, 6)
    (row,) = fit_mixed(values, conditions, who)
    cells = values.reshape(12, 2, 6).mean(axis=2)
    difference = cells[:, 1] - cells[:, 0]
    expected = stats.ttest_1samp(difference, 0.0).confidence_interval(0.95)
    assert (row["reference"], row["condition"]) == ("calm", "loud")
    assert row["estimate"] == pytest.approx(difference.mean(), abs=1e-9)
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected), abs=1e-4)
    assert (row["participants"], row["segments"], row["degrees"]) == (12, 144, 11)


def test_people_of_one_condition_each_are_compared_between():
    values, conditions, who = simulated(2, 12, 4, slopes=0.0)
    own = ["calm" if int(person[1:]) % 2 == 0 else "loud" for person in who]
    first = [i for i, condition in enumerate(conditions) if condition == own[i]]
    (row,) = fit_mixed(values[first], [conditions[i] for i in first], [who[i] for i in first])
    means = {}
    for i in first:
        means.setdefault((conditions[i], who[i]), []).append(values[i])
    groups = [[np.mean(v) for (c, _), v in means.items() if c == name] for name in ("calm", "loud")]
    expected = stats.ttest_ind(groups[1], groups[0]).confidence_interval(0.95)
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected), abs=1e-4)
    assert row["degrees"] == 10


def test_too_few_people_or_conditions_have_no_model():
    assert fit_mixed(np.zeros(4), ["a", "b"] * 2, ["P1", "P1", "P2", "P2"]) == []
    assert fit_mixed(np.zeros(4), ["a"] * 4, ["P1", "P2", "P3", "P4"]) == []


def test_values_without_any_spread_are_told_and_do_not_break_the_study():
    (row,) = fit_mixed(np.zeros(12), ["a", "b"] * 6, [f"P{i // 2 % 3}" for i in range(12)])
    assert row["note"]


@pytest.mark.slow
def test_the_interval_covers_the_truth_at_its_level():
    inside = 0
    for seed in range(200):
        (row,) = fit_mixed(*simulated(seed, 10, 4))
        inside += row["low"] <= EFFECT <= row["high"]
    # 190 of 200 are expected; fewer than 181 would come once in a thousand times.
    assert inside >= 181


def test_a_study_that_asks_for_them_writes_them_beside_the_rest(tmp_path: Path):
    times = np.arange(0, 8, 0.1)
    random = np.random.default_rng(0)
    for person in range(4):
        for condition, shift in (("calm", 0.0), ("loud", 0.2)):
            for part in range(2):
                rows = columns(times, valence=shift + random.normal(0, 0.05), arousal=0.1 * person)
                session(
                    tmp_path / "in" / f"P{person}-{condition}-{part}", rows,
                    participant=f"P{person}", condition=condition, session=str(part),
                )  # fmt: skip
    run_study(tmp_path / "in", tmp_path / "out", StudyPlan(mixed=True), report=False)
    with (tmp_path / "out" / "mixed.csv").open(encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert [(row["axis"], row["condition"]) for row in found] == [
        ("valence", "loud"),
        ("arousal", "loud"),
    ]
    assert float(found[0]["low"]) < 0.2 < float(found[0]["high"])
    assert (tmp_path / "out" / "mixed.json").is_file()
