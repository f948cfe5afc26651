"""Timestamps as whole ticks: they follow the seconds, and always increase."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from avce.app.sources.ticks import Ticks


def milliseconds() -> Ticks:
    return Ticks(1000, after_jump=40)


def test_milliseconds_follow_the_timestamps() -> None:
    clock = milliseconds()
    assert [clock(t) for t in (0.0, 0.04, 0.1, 3.5)] == [0, 40, 100, 3500]


def test_frames_within_a_millisecond_get_different_ones() -> None:
    clock = milliseconds()
    assert [clock(t) for t in (0.0, 0.0001, 0.0002, 0.01)] == [0, 1, 2, 10]


def test_after_a_jump_back_time_goes_on_at_its_own_pace() -> None:
    clock = milliseconds()
    assert [clock(t) for t in (9.0, 10.0, 2.0, 2.5)] == [9000, 10000, 10040, 10540]


@given(st.lists(st.floats(-10.0, 1e5), min_size=1, max_size=50))
def test_milliseconds_are_whole_not_negative_and_strictly_increase(seconds: list[float]) -> None:
    clock = milliseconds()
    given_out = [clock(t) for t in seconds]
    assert given_out[0] >= 0
    assert all(b > a for a, b in itertools.pairwise(given_out))


def test_ticks_increase_by_the_timestamps_and_go_on_after_seeking() -> None:
    ticks = Ticks(1000)
    assert [ticks(t) for t in (0.0, 0.0004, 0.033, 5.0, 1.0, 1.5, 1.5002)] == [
        0, 1, 33, 5000, 5001, 5501, 5502,
    ]  # fmt: skip


def test_a_file_whose_time_starts_below_zero_keeps_its_pace() -> None:
    ticks = Ticks(1000)
    assert [ticks(t) for t in (-0.08, -0.04, 0.0, 0.04)] == [0, 40, 80, 120]
