"""From capture to plot."""

from __future__ import annotations

import math

from avce.app.gui.live.plot_delay import PlotDelay


def test_a_reading_counts_when_it_is_painted_and_only_once() -> None:
    now = 10.0
    delay = PlotDelay(clock=lambda: now)
    delay.read(9.9)
    delay.painted()  # an older state of the plot
    assert math.isnan(delay.seconds()[0])
    delay.drawn()
    now = 10.1
    delay.painted()
    delay.painted()
    assert delay.seconds() == (10.1 - 9.9, 10.1 - 9.9)


def test_what_a_minimised_window_would_have_shown_does_not_count() -> None:
    now = 0.0
    delay = PlotDelay(clock=lambda: now)
    delay.read(0.0)
    delay.drawn()
    for i in range(1, 100):
        now = float(i)
        delay.read(now)
        delay.drawn(seen=False)
    delay.read(99.5)
    delay.drawn()
    now = 99.75
    delay.painted()
    assert delay.seconds() == (0.25, 0.25)


def test_the_quantiles_are_those_of_the_last_300_readings() -> None:
    delay = PlotDelay(clock=lambda: 0.0)
    for i in range(1000):
        delay.read(-float(i))
        delay.drawn()
        delay.painted()
    assert delay.seconds() == (850.0, 985.0)
    delay.clear()
    assert math.isnan(delay.seconds()[1])
