"""The timeline: what it draws, follows and marks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from avce.app.gui.qt.theme import DARK
from avce.app.gui.widgets.series import Series
from avce.app.gui.widgets.time_axis import clock
from avce.app.gui.widgets.timeline import Timeline
from avce.app.gui.widgets.timeline_plot import WHOLE, Marker

from ..conftest import nobody_at, reading_at


@pytest.fixture
def timeline(qtbot) -> Timeline:
    made = Timeline()
    made.resize(1000, 240)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def feed(timeline: Timeline, start: float, end: float, rate: float = 30.0, **kind: int) -> None:
    for row in range(round((end - start) * rate)):
        at = start + row / rate
        timeline.plot.add(at, (reading_at(at, math.sin(at), math.cos(at), **kind),))


def drawn(timeline: Timeline, face_id: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of the thick valence line, without its gaps."""
    time, values = timeline.plot._traces[face_id].items[2].getData()
    kept = ~np.isnan(values)
    return time[kept], values[kept]


def test_it_follows_the_newest_reading_and_shows_the_chosen_stretch(timeline):
    timeline.choose_window(10.0)
    feed(timeline, 100.0, 160.0)
    timeline.refresh()
    low, high = timeline.plot.getViewBox().viewRange()[0]
    assert high == pytest.approx(60.0, abs=0.1)
    assert high - low == pytest.approx(10.0)


def test_all_shows_the_session_from_its_first_reading(timeline):
    feed(timeline, 100.0, 160.0)
    timeline.choose_window(WHOLE)
    timeline.refresh()
    low, high = timeline.plot.getViewBox().viewRange()[0]
    assert low == pytest.approx(0.0)
    assert high == pytest.approx(60.0, abs=0.1)


def test_the_line_is_what_was_read(timeline):
    timeline.choose_window(10.0)
    feed(timeline, 0.0, 8.0)
    timeline.refresh()
    time, values = drawn(timeline)
    np.testing.assert_allclose(values, np.sin(time), atol=1e-5)


def test_a_frame_without_a_face_makes_a_gap_that_is_not_bridged(timeline):
    timeline.choose_window(30.0)
    feed(timeline, 0.0, 2.0)
    for row in range(60):
        timeline.plot.add(2.0 + row / 30, (nobody_at(2.0 + row / 30),))
    feed(timeline, 4.0, 6.0)
    timeline.refresh()
    curve = timeline.plot._traces[1].items[2]
    time, _ = curve.getData()
    joined = np.asarray(curve.opts["connect"], bool)
    ends_of_gap = np.flatnonzero(np.diff(time) > 1.5)
    assert not joined[ends_of_gap].any()
    assert joined.sum() == 60 + 60 - 2


def test_a_gap_stays_a_gap_when_the_whole_hour_is_in_view(timeline):
    series = one_hour(gap=(1000.0, 1100.0))
    timeline.plot.series[1] = series
    timeline.plot.origin, timeline.plot.latest = 0.0, 3600.0
    timeline.choose_window(WHOLE)
    timeline.refresh()
    time, _ = drawn(timeline)
    assert not ((time > 1000.0 + 5.0) & (time < 1100.0 - 5.0)).any()


def one_hour(gap: tuple[float, float] | None = None) -> Series:
    """One hour at 30 readings a second, with a single outlier at half an hour."""
    series = Series(1)
    time = np.arange(108_000) / 30
    values = np.tile(0.2 * np.sin(time / 3), (8, 1)).astype(np.float32)
    values[:, 54_000] = 0.95
    if gap is not None:
        values[:, (time >= gap[0]) & (time < gap[1])] = np.nan
    series._time, series._values, series._length = time, values, time.size
    return series


def test_one_hour_is_held_and_drawn_with_few_points_and_its_peak(timeline):
    series = Series(1)
    for row in range(108_000):
        series.append(row / 30, (0.95 if row == 54_000 else 0.1,) * 8)
    timeline.plot.series[1] = series
    timeline.plot.origin, timeline.plot.latest = 0.0, 3600.0
    timeline.choose_window(WHOLE)
    timeline.refresh()
    assert len(series) == 108_000
    time, values = drawn(timeline)
    assert len(time) <= 2 * 1000
    assert values.max() == pytest.approx(0.95)
    assert time[np.argmax(values)] == pytest.approx(1800.0, abs=5.0)
    timeline.choose_window(10.0)
    timeline.refresh()
    assert len(drawn(timeline)[0]) <= 10 * 30 + 2


def test_seeking_back_takes_the_later_readings_away(timeline):
    feed(timeline, 0.0, 10.0)
    timeline.plot.add(5.0, (reading_at(5.0),))
    series = timeline.plot.series[1]
    assert series.time[-1] == 5.0
    assert (np.diff(series.time) > 0).all()


def test_dragging_lets_go_and_the_button_follows_again(timeline, qtbot):
    feed(timeline, 0.0, 60.0)
    timeline.refresh()
    with qtbot.waitSignal(timeline.plot.let_go):
        timeline.plot.getViewBox().sigRangeChangedManually.emit([True, False])
    assert not timeline.follow_button.isChecked()
    feed(timeline, 60.0, 70.0)
    before = timeline.plot.getViewBox().viewRange()[0]
    timeline.refresh()
    assert timeline.plot.getViewBox().viewRange()[0] == before
    timeline.follow_button.click()
    timeline.refresh()
    assert timeline.plot.getViewBox().viewRange()[0][1] == pytest.approx(70.0, abs=0.1)


def test_markers_stand_at_their_moment_in_order(timeline):
    feed(timeline, 100.0, 110.0)
    timeline.plot.add_marker(Marker(107.0, "second"))
    timeline.plot.add_marker(Marker(103.0, "first"))
    assert [marker.label for marker in timeline.plot.markers] == ["first", "second"]
    assert [line.value() for line in timeline.plot._marker_items] == [3.0, 7.0]


def test_a_click_tells_the_moment_in_the_time_of_the_source(timeline, qtbot):
    feed(timeline, 100.0, 160.0)
    timeline.choose_window(10.0)
    timeline.refresh()
    box = timeline.plot.getViewBox()
    place = timeline.plot.mapFromScene(box.mapViewToScene(QPointF(55.0, 0.0)))
    with qtbot.waitSignal(timeline.plot.pointed) as caught:
        qtbot.mouseClick(timeline.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert caught.args[0] == pytest.approx(155.0, abs=0.05)


def test_faces_have_different_lines_and_one_can_be_shown_alone(timeline):
    for row in range(90):
        at = row / 30
        timeline.plot.add(at, (reading_at(at), reading_at(at, face_id=2)))
    timeline.refresh()
    first, second = (timeline.plot._traces[face].items[2] for face in (1, 2))
    assert np.asarray(first.opts["connect"]).sum() > np.asarray(second.opts["connect"]).sum()
    timeline.plot.show_face(2)
    timeline.refresh()
    assert not first.isVisible()
    assert second.isVisible()


def test_valence_and_arousal_keep_their_colours(timeline):
    feed(timeline, 0.0, 1.0)
    timeline.refresh()
    thick = timeline.plot._traces[1].items[2:]
    assert [curve.opts["pen"].color().name() for curve in thick] == [DARK.valence, DARK.arousal]


@pytest.mark.parametrize(
    ("seconds", "decimals", "words"),
    [
        (0.0, 0, "0:00"),
        (61.26, 0, "1:01"),
        (61.26, 1, "1:01.3"),
        (59.96, 1, "1:00.0"),
        (3661.0, 0, "1:01:01"),
        (-5.0, 0, "\N{MINUS SIGN}0:05"),
    ],
)
def test_clock(seconds: float, decimals: int, words: str):
    assert clock(seconds, decimals=decimals) == words


@pytest.mark.parametrize("seconds", [0.3, 10.0, 3600.0, 86_400.0, 3e7, 1e11])
def test_words_on_the_time_axis_never_crowd(timeline, seconds):
    ((spacing, _),) = timeline.plot.getAxis("bottom").tickSpacing(0.0, seconds, 1000.0)
    assert spacing >= 110 * seconds / 1000
    assert spacing <= max(0.1, 2.5 * 110 * seconds / 1000)


def test_several_faces_differ_in_tone_carry_their_numbers_and_have_a_key(timeline):
    feed(timeline, 0.0, 5.0)
    timeline.refresh()
    assert not timeline.key.isVisible()
    feed(timeline, 5.0, 10.0, face_id=2)
    timeline.refresh()
    assert timeline.key.isVisible()
    assert "face 1" in timeline.key.text()
    assert "face 2" in timeline.key.text()
    colours, names = set(), []
    for face_id in (1, 2):
        traces = timeline.plot._traces[face_id]
        colours.add(traces.items[2].opts["pen"].color().name())
        names += [each.textItem.toPlainText() for each in traces.names if each.isVisible()]
    assert len(colours) == 2
    assert names == ["1", "1", "2", "2"]
    timeline.plot.show_face(2)
    timeline.refresh()
    written = [each for traces in timeline.plot._traces.values() for each in traces.names]
    assert not any(each.isVisible() for each in written)
