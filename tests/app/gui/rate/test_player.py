"""The time of a video that is rated: it reaches the end, waits for late frames, never goes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avce.app.gui.rate.player import PATIENCE, Player

SHOWN = np.arange(20) / 10


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.floats(0, 1e6), st.lists(st.floats(0, 0.2), max_size=60), st.floats(0, 1.9))
def test_time_goes_on_and_never_back_whatever_the_clock_says(began, steps, answered) -> None:
    clock = Clock()
    clock.now = began
    player = Player(SHOWN, clock)
    player.play()
    times = [player.time]
    for step in steps:
        clock.now += step
        for _ in range(3):
            player.advance(max(answered, player.time))
            times.append(player.time)
    assert times == sorted(times)
    assert times[-1] <= player.end


@given(st.floats(0, 1e6))
def test_the_end_is_reached_exactly_and_stays(began: float) -> None:
    clock = Clock()
    clock.now = began
    player = Player(SHOWN, clock)
    player.play()
    for _ in range(25):
        clock.now += 0.1
        player.advance(player.time)
        player.advance(player.time)
    assert player.time == player.end


def test_time_waits_for_a_late_frame_and_does_not_jump_when_it_comes() -> None:
    clock = Clock()
    player = Player(SHOWN, clock)
    player.play()
    for _ in range(10):
        clock.now += 0.1
        player.advance(0.0)
    assert player.time == pytest.approx(PATIENCE)
    clock.now += 0.1
    player.advance(player.time)
    assert player.time == pytest.approx(PATIENCE + 0.1)
