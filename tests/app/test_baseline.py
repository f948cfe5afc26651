"""A person's neutral baseline."""

from __future__ import annotations

import pytest

from avce.app.baseline import Baseline, BaselineTaker


def test_it_is_the_mean_of_the_raw_estimates_over_the_time() -> None:
    taker = BaselineTaker(1.0)
    taken = [taker.add(10.0 + i * 0.25, 0.1 * i, -0.2 * i) for i in range(5)]
    assert taken[:4] == [None] * 4
    assert taken[4] == Baseline(
        pytest.approx(0.2), pytest.approx(-0.4), start=10.0, end=11.0, readings=5
    )


def test_a_face_seen_too_seldom_takes_longer() -> None:
    taker = BaselineTaker(1.0)
    assert [taker.add(t, 0.0, 0.0) for t in (0.0, 1.0, 2.0, 3.0)] == [None] * 4
    assert taker.add(4.0, 0.0, 0.0) is not None


def test_progress_runs_from_nought_to_one() -> None:
    taker = BaselineTaker(2.0)
    shown = [taker.progress]
    for t in (5.0, 6.0, 9.0):
        taker.add(t, 0.0, 0.0)
        shown.append(taker.progress)
    assert shown == [0.0, 0.0, 0.5, 1.0]


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_no_time_at_all_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        BaselineTaker(seconds)
