"""A person's neutral baseline."""

from __future__ import annotations

import pytest

from avce.app.analysis.baseline import Baseline, BaselineTaker


def test_it_is_the_mean_of_the_raw_estimates_over_the_time() -> None:
    taker = BaselineTaker(1.0)
    taken = [taker.add(10.0 + i * 0.25, 0.1 * i, -0.2 * i) for i in range(5)]
    assert taken[:4] == [None] * 4
    assert taken[4] == Baseline(
        valence=pytest.approx(0.2),
        arousal=pytest.approx(-0.4),
        valence_sd=pytest.approx(0.1 * 2**0.5),
        arousal_sd=pytest.approx(0.2 * 2**0.5),
        start=10.0,
        end=11.0,
        readings=5,
    )


def test_a_face_seen_too_seldom_takes_longer() -> None:
    taker = BaselineTaker(1.0)
    assert [taker.add(t, 0.0, 0.0) for t in (0.0, 1.0, 2.0, 3.0)] == [None] * 4
    assert taker.add(4.0, 0.0, 0.0) is not None


def test_what_is_not_finite_is_left_out_of_a_baseline() -> None:
    taker = BaselineTaker(1.0)
    odd = (float("nan"), float("inf"), -float("inf"))
    taken = [taker.add(i * 0.1, odd[i % 3] if i % 2 else 0.25, 0.5) for i in range(11)]
    assert taken[-1] is not None
    assert (taken[-1].valence, taken[-1].arousal, taken[-1].readings) == (0.25, 0.5, 6)


def test_a_face_that_was_away_begins_anew() -> None:
    taker = BaselineTaker(1.0)
    for i in range(4):
        assert taker.add(i * 0.25, 0.9, 0.9) is None
    away = [taker.add(7.0 + i * 0.25, 0.1, 0.0) for i in range(5)]
    assert away[:4] == [None] * 4
    assert away[4] is not None
    assert (away[4].valence, away[4].start, away[4].readings) == (pytest.approx(0.1), 7.0, 5)


@pytest.mark.parametrize(("smile", "steady"), [(0.05, True), (0.7, False)])
def test_an_expression_that_moves_meanwhile_is_no_steady_baseline(
    smile: float, steady: bool
) -> None:
    taker = BaselineTaker(1.0)
    taken = [taker.add(i * 0.1, smile * (i > 6), 0.0) for i in range(11)][-1]
    assert taken is not None
    assert taken.steady is steady


def test_progress_runs_from_nought_to_one() -> None:
    taker = BaselineTaker(2.0)
    shown = [taker.progress]
    for t in (5.0, 6.0, 8.0):
        taker.add(t, 0.0, 0.0)
        shown.append(taker.progress)
    assert shown == [0.0, 0.0, 0.5, 1.0]


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_no_time_at_all_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        BaselineTaker(seconds)
