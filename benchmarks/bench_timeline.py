"""The timeline on one hour at 30 readings a second: redraws a second while it scrolls.

    python benchmarks/bench_timeline.py

For each stretch of time the plot takes a new reading, moves on and is painted, 60 times. What
counts is processor time, so that other programs change it little. Exit status 1 below 30 a second.
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np

from avce.app.analysis.reading import Reading
from avce.app.gui.launch import application
from avce.app.gui.widgets.series import CHANNELS, Series
from avce.app.gui.widgets.timeline import WINDOWS, Timeline

HOUR, RATE, REDRAWS, GOAL = 3600.0, 30.0, 60, 30.0


def one_hour(face_id: int) -> Series:
    """Noise around slow waves, as a restless face gives: the hardest case for lines."""
    random = np.random.default_rng(face_id)
    time = np.arange(round(HOUR * RATE)) / RATE
    smooth = np.sin(time / (7.0 + face_id))[None] * np.array([[0.5], [0.3]])
    raw = np.clip(smooth + random.normal(0.0, 0.1, smooth.shape), -1.0, 1.0)
    halfwidths = np.full_like(smooth, 0.15)
    values = np.concatenate([raw, smooth, smooth - 0.1, halfwidths]).astype(np.float32)
    assert len(values) == len(CHANNELS)
    series = Series(face_id)
    for at, column in zip(time, values.T, strict=True):
        series.append(float(at), column)
    return series


def redraws(timeline: Timeline, seconds: float, faces: int) -> float:
    """Redraws a second of processor time while `seconds` are in view."""
    timeline.choose_window(seconds)
    plot = timeline.plot
    application().processEvents()
    began = time.process_time()
    for _ in range(REDRAWS):
        now = plot.latest + 1.0 / RATE
        value = float(np.sin(now))
        low = -value
        plot.add(
            now,
            tuple(
                Reading(0, now, i, 0.9, True, 0, 0, 9, 9, value, low, value, low, value, low)
                for i in range(faces)
            ),
        )
        timeline.refresh()
        plot.viewport().repaint()
    return REDRAWS / (time.process_time() - began)


def main() -> int:
    application()
    slowest = float("inf")
    print(f"{HOUR * RATE:,.0f} readings a face, 1240 x 190 pixels")
    for faces in (1, 2):
        timeline = Timeline()
        timeline.resize(1240, 230)
        timeline.show()
        timeline.plot.series.update({i: one_hour(i) for i in range(faces)})
        timeline.plot.origin, timeline.plot.latest = 0.0, HOUR - 1.0 / RATE
        for name, seconds in WINDOWS:
            rate = redraws(timeline, seconds, faces)
            slowest = min(slowest, rate)
            print(f"{faces} face{'s' * (faces > 1):<3}{name:<8}{rate:>8.0f} redraws/s")
        timeline.close()
    print(f"slowest {slowest:.0f}/s, goal {GOAL:.0f}/s: {'met' if slowest >= GOAL else 'NOT MET'}")
    return 0 if slowest >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
