"""The One-Euro filter against numbers worked by hand from the paper's equations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avce.app.analysis.smoothing import OneEuroConfig, OneEuroFilter

VALUES = st.floats(-1.0, 1.0)
STEPS = st.floats(0.001, 1.0)


def test_the_first_value_comes_back_as_it_is() -> None:
    assert OneEuroFilter()(5.0, 0.25) == 0.25


def test_three_values_worked_by_hand() -> None:
    # With 1/(2 pi) Hz and steps of a second, alpha = 1 / (1 + tau / dt) = 1/2 where beta is 0.
    hertz = 1.0 / (2.0 * math.pi)
    smooth = OneEuroFilter(OneEuroConfig(min_cutoff=hertz, beta=0.0, derivative_cutoff=hertz))
    assert [smooth(t, x) for t, x in ((0.0, 0.0), (1.0, 1.0), (2.0, 1.0))] == pytest.approx(
        [0.0, 0.5, 0.75]
    )


def test_speed_raises_the_cutoff() -> None:
    # The raw speed (1 - 0) / 1 is smoothed to 1/2, so the cutoff is (1 + 2 * 1/2) / (2 pi) Hz:
    # tau = 1/2 s, alpha = 1 / (1 + 1/2) = 2/3.
    hertz = 1.0 / (2.0 * math.pi)
    smooth = OneEuroFilter(OneEuroConfig(hertz, 2.0 * hertz, hertz))
    smooth(0.0, 0.0)
    assert smooth(1.0, 1.0) == pytest.approx(2.0 / 3.0)


def test_the_timestamps_count_and_not_the_number_of_values() -> None:
    # tau = 1 s: after half a second alpha = 1 / (1 + 2) = 1/3.
    hertz = 1.0 / (2.0 * math.pi)
    smooth = OneEuroFilter(OneEuroConfig(hertz, 0.0, hertz))
    smooth(10.0, 0.0)
    assert smooth(10.5, 0.9) == pytest.approx(0.3)


def test_two_steps_of_unequal_length_worked_by_hand() -> None:
    # In units of 1/(2 pi) Hz the cutoff is 1 + 2 |speed|, that of the speed 1. By .5 in half a
    # second: raw speed 1, alpha 1/3, speed 1/3; cutoff 5/3, alpha 5/11, so .5 + .5 * 5/11 = 8/11.
    # To 0 in a second: raw speed -8/11, alpha 1/2, speed -13/66; cutoff 46/33, alpha 46/79.
    hertz = 1.0 / (2.0 * math.pi)
    smooth = OneEuroFilter(OneEuroConfig(hertz, 2.0 * hertz, hertz))
    out = [smooth(t, x, half) for t, x, half in ((3.0, 0.5, 0.3), (3.5, 1.0, 0.3), (4.5, 0.0, 0.1))]
    assert out == pytest.approx([0.5, 8 / 11, 24 / 79])
    assert smooth.halfwidth == pytest.approx(0.3 - 0.2 * 46 / 79)


@pytest.mark.parametrize("later", [1.0, 0.5])
def test_timestamps_that_do_not_increase_are_refused(later: float) -> None:
    smooth = OneEuroFilter()
    smooth(1.0, 0.0)
    with pytest.raises(ValueError, match="increase"):
        smooth(later, 0.0)


@given(VALUES, st.lists(STEPS, min_size=1, max_size=20))
def test_a_still_signal_is_not_moved(value: float, steps: list[float]) -> None:
    smooth, now = OneEuroFilter(), 0.0
    for step in steps:
        now += step
        assert smooth(now, value) == pytest.approx(value)


@given(st.lists(st.tuples(STEPS, VALUES), min_size=1, max_size=30))
def test_what_comes_out_stays_within_what_went_in(signal: list[tuple[float, float]]) -> None:
    smooth, now, seen = OneEuroFilter(), 0.0, []
    for step, value in signal:
        now += step
        seen.append(value)
        assert min(seen) - 1e-9 <= smooth(now, value) <= max(seen) + 1e-9


def test_noise_shrinks() -> None:
    smooth = OneEuroFilter()
    noisy = [0.05 if i % 2 else -0.05 for i in range(100)]
    out = [smooth(i / 30, value) for i, value in enumerate(noisy)]
    assert max(map(abs, out[10:])) < 0.02


@pytest.mark.parametrize("alike", [1.0, 0.98, 0.7, 0.0])
def test_the_interval_of_a_smoothed_value_holds_the_truth_at_least_as_often(alike: float) -> None:
    # A thousand faces of one expression each, 2 s at 25 fps. Each frame has its own 90 % half-width
    # and an error of just that spread; errors of frames k apart correlate by alike ** k.
    random = np.random.default_rng(5)
    held = 0
    for truth in random.uniform(-0.5, 0.5, 1000):
        smooth, error, value = OneEuroFilter(), random.normal(), 0.0
        for i in range(50):
            fresh = random.normal()
            error = alike * error + math.sqrt(1.0 - alike**2) * fresh
            halfwidth = 0.2 * (1.3 + math.sin(i / 5))
            value = smooth(i / 25, truth + error * halfwidth / 1.6449, halfwidth)
        held += abs(value - truth) <= smooth.halfwidth
    # 1000 draws of .9: a standard error of .0095.
    assert held / 1000 > 0.9 - 0.03
    assert alike < 1.0 or held / 1000 < 0.9 + 0.03
