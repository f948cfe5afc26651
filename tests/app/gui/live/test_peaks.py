"""Peaks of a running session: found as they pass, with the face and map of their moment."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avce.app.gui.live.peaks import MOST, SIDE, LivePeaks, look_for_peaks, snapshot
from avce.app.gui.widgets.series import add_frame
from avce.app.session.peaks import session_peaks
from avce.app.session.reader import Session
from avce.app.session.rows import HEADER, read_rows, row

from ..conftest import analysis_at, frame_at, reading_at


def curve(values, start: float = 0.0, rate: float = 10.0, **kind):
    """Analyses of one face whose valence goes through these values; arousal stays."""
    times = [start + i / rate for i in range(len(values))]
    return [
        analysis_at(t, reading_at(t, v, 0.0, **kind)) for t, v in zip(times, values, strict=True)
    ]


def bump(height: float, half: int = 20) -> list[float]:
    """Up to a height and down again, in steps of a tenth of a second."""
    return [height * math.sin(math.pi * i / (2 * half)) for i in range(2 * half + 1)]


def followed(*rows) -> LivePeaks:
    """The peaks after these analyses, looked for as they came."""
    peaks, series = LivePeaks(), {}
    for analyses in rows:
        for analysis in analyses:
            time = analysis.frame.timestamp
            for each in series.values():
                each.truncate(time)
            add_frame(series, time, analysis.readings)
        peaks.take(analyses)
        peaks.settle(look_for_peaks(snapshot(series)))
    return peaks


@pytest.mark.parametrize("height", [0.6, -0.6])
def test_a_peak_is_found_at_its_moment_once_the_curve_turns_back(height):
    rows = curve(bump(height))
    assert followed(rows[:22]).found == []
    (peak,) = followed(rows[:22], rows[22:]).found
    assert (peak.face_id, peak.axis) == (1, "valence")
    assert peak.time == pytest.approx(2.0)
    assert peak.value == pytest.approx(height)
    assert peak.thumbnail.shape == (SIDE, SIDE, 3)


def test_the_thumbnail_is_the_face_of_the_peak_under_its_map():
    image = followed(curve(bump(0.6))).found[0].thumbnail.astype(int)
    # The map of the stand-in is strongest in the middle and nought at the edge.
    assert image[0, 0].tolist() == [120, 120, 120]
    assert np.abs(image[SIDE // 2, SIDE // 2] - 120).max() > 20


def test_a_face_is_kept_for_as_long_as_its_peak_has_not_ended():
    high = curve([0.0] * 10 + [0.5] * 300 + [0.0] * 10)
    pieces = [high[i : i + 10] for i in range(0, len(high), 10)]
    (peak,) = followed(*pieces).found
    assert peak.time == pytest.approx(1.0)
    assert peak.thumbnail is not None


def test_a_small_wave_and_a_curve_that_only_rises_are_no_peaks():
    assert not followed(curve(bump(0.1) * 5)).found
    assert not followed(curve([i / 100 for i in range(80)], start=50.0)).found


def test_peaks_are_two_seconds_apart_and_only_so_many_are_kept():
    times = [peak.time for peak in followed(curve(bump(0.6, half=7) * 30)).found]
    assert len(times) > 3
    assert min(np.diff(times)) >= 2.0
    assert len(followed(curve(bump(0.6) * (MOST + 5))).found) == MOST


def test_seeking_back_forgets_the_peaks_after_that_moment():
    there, back = curve(bump(0.6) * 3), curve([0.0], start=3.0)
    assert len(followed(there).found) == 3
    assert [round(peak.time) for peak in followed(there, back).found] == [2]


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=20, max_size=150),
    st.integers(1, 30),
)
def test_live_marks_and_session_agree_whatever_the_curve_and_however_it_came(values, piece):
    smooth = np.convolve(values, np.ones(7) / 7, "same").astype(np.float32).tolist()
    rows = curve(smooth)
    live = followed(*(rows[i : i + piece] for i in range(0, len(rows), piece)))
    lines = "".join(row(reading) for each in rows for reading in each.readings)
    session = Session(Path(), {}, read_rows(HEADER + lines.encode())[0])
    told = [(p.face_id, p.axis, p.timestamp, p.value) for p in session_peaks(session)]
    assert [(p.face_id, p.axis, p.time, p.value) for p in live.found] == told


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
    assert max(upper) == max(
        peak.time for peak in window.peak_marks.peaks.found if peak.value > 0.3
    )
    assert len(upper) < 3


def test_faces_lie_in_a_lane_below_every_curve(qtbot, window, pipeline):
    box = window.timeline.plot.getViewBox()
    low = box.viewRange()[1][0]
    pipeline.push(frame_at(5.0), *curve(bump(-0.95)))
    qtbot.waitUntil(lambda: len(window.peak_marks.faces) == 1)
    bottom = box.viewRange()[1][0]
    lane = (low - bottom) * box.height() / (1.12 - bottom)
    (face, _) = window.peak_marks._shown[window.peak_marks.faces[0]]
    assert lane == pytest.approx(face.scale() * SIDE + 6, abs=1)
    assert lane <= max(0.25 * box.height() + 1, 28)
    window.commands["peaks"].trigger()
    assert box.viewRange()[1][0] == pytest.approx(low)
