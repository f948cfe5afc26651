"""The time of a file's frames: which of its times is believed, and what follows from a jump."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from avce.app.sources.timestamps import STEP, Timestamps

TENTH = Fraction(1, 10)


def times(
    pts: Sequence[int | None], dts: Sequence[int | None] | None = None, *, joined: bool = False
) -> tuple[list[float], dict[int, float]]:
    """The timestamps of frames a tenth of a second apart, in tenths, and the jumps by number."""
    given = zip(pts, dts or pts, strict=True)
    frames: list[Any] = [SimpleNamespace(pts=p, dts=d, time_base=TENTH) for p, d in given]
    timed = list(Timestamps(0.1, joined=joined).follow(iter(frames)))
    assert [each.frame for each in timed] == frames
    jumps = {i: round(each.jump * 10, 6) for i, each in enumerate(timed) if each.jump}
    return [round(each.seconds * 10, 6) for each in timed], jumps


def test_times_are_when_frames_are_shown_whatever_the_rate() -> None:
    assert times([0, 1, 5, 6, 300, 301]) == ([0, 1, 5, 6, 300, 301], {})
    assert times([-3, -2, -1, 0]) == ([-3, -2, -1, 0], {})


def test_dts_are_believed_where_pts_are_out_of_order() -> None:
    pts = [1, 4, 3, 5, 2, 8, 7, 9, 6, 12, 11, 13, 10, 14]
    dts: list[int | None] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, None, None]
    assert times(pts, dts) == ([float(i) for i in range(2, 16)], {})


def test_pts_are_believed_where_both_go_back() -> None:
    found, jumps = times([0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 1, 2])
    assert found == [0, 1, 2, 3, 4, 5]
    assert jumps == {3: -2}


@pytest.mark.parametrize("missing", [1, 3, 7])
def test_frames_before_the_first_time_come_a_period_apart_before_it(missing: int) -> None:
    known = [20 + i for i in range(10)]
    found, jumps = times([*[None] * missing, *known])
    assert found == [20 - missing + i for i in range(missing)] + known
    assert not jumps


def test_frames_without_any_time_begin_at_zero() -> None:
    assert times([None] * 12) == ([float(i) for i in range(12)], {})


def test_a_missing_time_in_the_middle_is_a_usual_step_later() -> None:
    assert times([0, 2, 4, None, 8, 10]) == ([0, 2, 4, 6, 8, 10], {})


def test_a_time_that_repeats_is_put_a_microsecond_later() -> None:
    again = round(1 + 10 * STEP, 6)
    assert times([0, 1, 1, 3]) == ([0, 1, again, 3], {})


def test_where_time_stands_still_frames_go_on_by_the_usual_step() -> None:
    found, jumps = times([0, 1, 2, 3, 3, 3, 3, 3, 3, 9, 10])
    again = 10 * STEP
    assert found == pytest.approx([0, 1, 2, 3, 3 + again, 4, 5, 6, 7, 9, 10], abs=10 * again)
    assert not jumps


@pytest.mark.parametrize("odd", [500, 0, -7])
def test_a_single_time_out_of_order_is_put_between_its_neighbours(odd: int) -> None:
    assert times([0, 1, 2, odd, 4, 5], joined=True) == ([0, 1, 2, 3, 4, 5], {})


def test_a_jump_back_is_named_and_time_goes_on_by_the_usual_step() -> None:
    assert times([0, 2, 4, 6, 1, 3, 5]) == ([0, 2, 4, 6, 8, 10, 12], {4: -5})
    assert times([0, 1, 2, 0, 1, 0, 1]) == ([0, 1, 2, 3, 4, 5, 6], {3: -2, 5: -1})


def test_a_jump_forward_counts_as_one_only_beyond_what_a_recording_may_pause() -> None:
    pause, far, year = 90, 150, 3_000_000
    assert times([0, 1, 1 + pause, 2 + pause], joined=True) == ([0, 1, 91, 92], {})
    assert times([0, 1, 1 + far, 2 + far], joined=True) == ([0, 1, 2, 3], {2: far})
    assert times([0, 1, 1 + far, 2 + far]) == ([0, 1, 151, 152], {})
    assert times([0, 1, 1 + year, 2 + year]) == ([0, 1, 2, 3], {2: year})
