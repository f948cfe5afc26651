"""Readings over time: growing, gaps, seeking back, and thinning that keeps every peak."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avce.app.gui.widgets.series import Series, add_frame, channels
from avce.app.session.curves import stretches

from ..conftest import nobody_at, reading_at


def filled(count: int, rate: float = 30.0) -> Series:
    series = Series(1)
    for row in range(count):
        value = math.sin(row / 7)
        series.append(row / rate, (value, -value, value, -value, value, -value, 0.1, 0.1))
    return series


def test_it_grows_without_losing_a_row():
    series = filled(5000)
    assert len(series) == 5000
    assert series.time[-1] == 4999 / 30
    np.testing.assert_allclose(series.values[0], np.sin(np.arange(5000) / 7), rtol=1e-6)


def test_a_gap_is_one_row_of_not_a_number_however_often_it_is_told():
    series = filled(3)
    series.gap(0.2)
    series.gap(0.3)
    assert len(series) == 4
    assert series.in_gap
    series.append(0.4, (0.0,) * 8)
    assert not series.in_gap


@pytest.mark.parametrize(("rate", "short", "long"), [(30.0, 0.49, 0.51), (1.0, 2.9, 3.1)])
@pytest.mark.parametrize("count", [8, 70, 700])
def test_a_long_silence_becomes_a_gap_and_a_short_one_does_not(count, rate, short, long):
    series = filled(count, rate)
    assert not np.isnan(series.values).any()
    last = float(series.time[-1])
    series.append(last + short, (0.0,) * 8)
    assert not np.isnan(series.values).any()
    series.append(last + short + long, (0.0,) * 8)
    assert np.isnan(series.values[0, -3:]).tolist() == [False, True, False]


@pytest.mark.parametrize("seed", range(5))
def test_live_plot_review_and_summary_break_a_curve_at_the_same_places(seed):
    """Faces that come and go, at a rate that changes little."""
    chance = np.random.default_rng(seed)
    time = np.cumsum(chance.uniform(0.03, 0.05, 900))
    seen = np.repeat(chance.random(60) < 0.6, 15)
    seen[:100] = True
    live: dict[int, Series] = {}
    for at, here in zip(time, seen, strict=True):
        add_frame(live, at, [reading_at(at, 0.1) if here else nobody_at(at)])
    gaps = np.flatnonzero(np.isnan(live[1].values[0]))
    summary = [run.stop for run in stretches(time[seen])][:-1]
    assert len(summary) > 3
    assert (gaps - np.arange(len(gaps))).tolist() == summary


def test_seeking_back_forgets_what_came_after():
    series = filled(90)
    series.truncate(1.0)
    assert len(series) == 30
    assert series.time[-1] < 1.0


def test_nearest_finds_the_closest_row():
    series = filled(90)
    assert series.nearest(1.01) == 30
    assert series.nearest(-5.0) == 0
    assert series.nearest(99.0) == 89
    assert Series(1).nearest(0.0) is None


@given(
    peak=st.integers(0, 20_000 - 1),
    columns=st.integers(50, 2000),
)
def test_thinning_keeps_a_single_peak_wherever_it_is(peak: int, columns: int):
    series = Series(1)
    count = 20_000
    series._time = np.arange(count) / 30
    series._values = np.zeros((8, count), np.float32)
    series._values[0, peak] = 1.0
    series._values[1, peak] = -1.0
    series._length = count
    stretch = series.visible(0.0, count / 30, columns)
    assert stretch.high[0].max() == 1.0
    assert stretch.low[1].min() == -1.0
    assert len(stretch.time) <= columns + 1


def test_the_same_readings_fall_into_the_same_runs_while_the_view_scrolls():
    series = filled(20_000)
    one = series.visible(100.0, 400.0, 500)
    two = series.visible(100.3, 400.3, 500)
    shared = np.intersect1d(one.time, two.time)
    assert one.run == two.run > 1
    assert len(shared) >= len(one.time) - 2


def test_a_gap_inside_a_run_marks_the_run_as_broken():
    series = filled(1000)
    series.gap(1000 / 30)
    for row in range(1001, 2000):
        series.append(row / 30 + 60.0, (0.5,) * 8)
    stretch = series.visible(0.0, 200.0, 100)
    assert stretch.run > 1
    assert stretch.broken.sum() == 1
    before = stretch.time[stretch.broken][0]
    assert before <= 1000 / 30 < before + stretch.run / 30


def test_only_what_is_in_view_is_taken_and_one_row_on_either_side():
    series = filled(300)
    stretch = series.visible(2.0, 3.0, 1000)
    assert stretch.run == 1
    assert stretch.time[0] == pytest.approx(59 / 30)
    assert stretch.time[-1] == pytest.approx(91 / 30)


def test_smoothed_values_relative_to_neutral_shift_by_the_baseline():
    reading = reading_at(1.0, 0.5, -0.2, relative=-0.1)
    raw_v, raw_a, smooth_v, smooth_a, relative_v, relative_a, *_ = channels(reading)
    assert (raw_v, raw_a) == (0.5, -0.2)
    assert relative_v == pytest.approx(smooth_v - 0.1)
    assert relative_a == pytest.approx(smooth_a - 0.1)
    assert math.isnan(channels(reading_at(1.0))[4])
