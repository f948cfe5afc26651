"""Peaks of a running session: found as they pass, with the face and map of their moment."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avce.app.gui.live_peaks import MOST, SIDE, LivePeaks

from .conftest import analysis_at, frame_at, reading_at


def curve(values, start: float = 0.0, rate: float = 10.0, **kind):
    """Analyses of one face whose valence goes through these values; arousal stays."""
    times = [start + i / rate for i in range(len(values))]
    return [
        analysis_at(t, reading_at(t, v, 0.0, **kind)) for t, v in zip(times, values, strict=True)
    ]


def bump(height: float, half: int = 20) -> list[float]:
    """Up to a height and down again, in steps of a tenth of a second."""
    return [height * math.sin(math.pi * i / (2 * half)) for i in range(2 * half + 1)]


@pytest.mark.parametrize("height", [0.6, -0.6])
def test_a_peak_is_found_at_its_moment_once_the_curve_turns_back(height):
    peaks = LivePeaks()
    rows = curve(bump(height))
    assert not peaks.take(rows[:21])
    assert peaks.take(rows[21:])
    (peak,) = peaks.found
    assert (peak.face_id, peak.axis) == (1, "valence")
    assert peak.time == pytest.approx(2.0)
    assert peak.value == pytest.approx(height)
    assert peak.thumbnail.shape == (SIDE, SIDE, 3)


def test_the_thumbnail_is_the_face_of_the_peak_under_its_map():
    peaks = LivePeaks()
    peaks.take(curve(bump(0.6)))
    picture = peaks.found[0].thumbnail.astype(int)
    # The map of the stand-in is strongest in the middle and nought at the edge.
    assert picture[0, 0].tolist() == [120, 120, 120]
    assert np.abs(picture[SIDE // 2, SIDE // 2] - 120).max() > 20


def test_a_small_wave_and_a_curve_that_only_rises_are_no_peaks():
    peaks = LivePeaks()
    assert not peaks.take(curve(bump(0.1) * 5))
    assert not peaks.take(curve([i / 100 for i in range(80)], start=50.0))
    assert not peaks.found


def test_peaks_are_two_seconds_apart_and_only_so_many_are_kept():
    peaks = LivePeaks()
    peaks.take(curve(bump(0.6, half=2) * 30))
    times = [peak.time for peak in peaks.found]
    assert len(times) > 3
    assert min(np.diff(times)) >= 2.0
    peaks.take(curve(bump(0.6) * (MOST + 5), start=100.0))
    assert len(peaks.found) == MOST


def test_winding_back_forgets_the_peaks_after_that_moment():
    peaks = LivePeaks()
    peaks.take(curve(bump(0.6) * 3))
    assert len(peaks.found) == 5
    peaks.take(curve([0.0], start=3.0))
    assert [round(peak.time) for peak in peaks.found] == [2]


def test_the_window_marks_its_peaks_and_hides_them_on_request(qtbot, window, pipeline):
    pipeline.push(frame_at(5.0), *curve(bump(0.6)))
    qtbot.waitUntil(lambda: len(window.peak_marks.faces) == 1)
    assert window.peak_marks.faces[0].time == pytest.approx(2.0)
    window.commands["peaks"].trigger()
    assert window.peak_marks.faces == []
    window.commands["peaks"].trigger()
    assert len(window.peak_marks.faces) == 1
    window.open("demo")
    qtbot.waitUntil(lambda: not window.peak_marks.faces)


def test_faces_that_would_lie_on_each_other_give_way_to_the_latest(qtbot, window, pipeline):
    # Peaks above zero 8 s apart: side by side in 30 s, on each other in 5 minutes.
    pipeline.push(frame_at(5.0), *curve((bump(0.6) + [0.0] * 40) * 3))
    window.timeline.choose_window(30.0)
    qtbot.waitUntil(lambda: len([p for p in window.peak_marks.faces if p.value > 0]) == 3)
    window.timeline.choose_window(300.0)
    window.timeline.refresh()
    upper = [peak.time for peak in window.peak_marks.faces if peak.value > 0.3]
    # How many there is room for is the window's affair; the latest is always among them.
    assert max(upper) == max(peak.time for peak in window.peaks.found if peak.value > 0.3)
    assert len(upper) < 3
