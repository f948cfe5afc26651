"""What the window says of how sure an estimate is: numbers, band, ellipse, and a light."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from avce.app.analysis.reading import Reading
from avce.app.gui.qt.theme import DARK
from avce.app.gui.widgets.bands import band
from avce.app.gui.widgets.circumplex import Certainty, Circumplex
from avce.app.gui.widgets.readout import Readout

GOOD = Reading(
    0,
    0.0,
    3,
    confidence=0.93,
    success=True,
    width=200.0,
    valence=0.4,
    arousal=-0.2,
    valence_smooth=0.42,
    arousal_smooth=-0.21,
    valence_smooth_halfwidth=0.15,
    arousal_smooth_halfwidth=0.1,
    yaw=4.0,
    pitch=-2.0,
    roll=1.0,
    sharpness=0.2,
    brightness=120.0,
    quality=1.0,
)
POOR = replace(GOOD, yaw=66.0, quality=0.1)


@pytest.fixture
def readout(qtbot) -> Readout:
    made = Readout()
    made.resize(380, 140)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def plane(qtbot) -> Circumplex:
    made = Circumplex()
    made.resize(360, 360)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_number_stands_with_its_interval(readout):
    readout.show_reading(GOOD)
    assert readout.values["valence"].text() == "+0.42"
    assert readout.halfwidths["valence"].text() == "± 0.15"
    assert readout.halfwidths["arousal"].text() == "± 0.10"
    assert not readout.values["valence"].property("dimmed")
    assert readout.light.text().endswith("Seen well")


def test_an_interval_that_was_clipped_is_drawn_to_where_it_ends(readout):
    """Half of [.7, 1] is .15: the line goes from .7 to 1, not from .75 to 1.05."""
    clipped = replace(GOOD, valence_smooth=0.9, valence_smooth_halfwidth=0.15)
    readout.show_reading(clipped)
    bar = readout._bars["valence"]
    image = bar.grab().toImage()
    middle, unit = bar.width() / 2, bar.width() / 2
    ink = QColor(bar.theme.text)
    top = [x for x in range(image.width()) if image.pixelColor(x, 0) == ink]
    assert min(top) == pytest.approx(middle + 0.7 * unit, abs=2)
    assert max(top) == pytest.approx(image.width() - 1, abs=2)


def test_a_model_without_intervals_shows_none(readout):
    nan = math.nan
    readout.show_reading(replace(GOOD, valence_smooth_halfwidth=nan, arousal_smooth_halfwidth=nan))
    assert readout.halfwidths["valence"].text() == ""
    assert readout.values["valence"].text() == "+0.42"


def test_a_number_of_a_face_that_is_seen_poorly_is_dimmed_and_says_why(readout):
    readout.show_reading(POOR)
    assert readout.values["arousal"].property("dimmed")
    assert readout.light.text().endswith("Head turned 66 degrees: face the camera")
    readout.light.advises = False
    readout.show_reading(POOR)
    assert readout.light.text().endswith("Head turned 66 degrees")
    readout.show_reading(GOOD)
    assert not readout.values["arousal"].property("dimmed")
    assert not readout.light.property("warning")


def test_an_old_session_without_conditions_says_nothing_of_them(readout):
    readout.show_reading(replace(POOR, quality=math.nan))
    assert readout.light.text() == ""
    assert not readout.values["valence"].property("dimmed")
    readout.show_reading(None)
    assert readout.light.text() == ""


def test_words_that_do_not_fit_are_elided_and_whole_in_the_tool_tip(readout):
    readout.resize(150, 140)
    readout.show_reading(POOR)
    assert readout.light.text().endswith("…")
    assert "face the camera" in readout.light.toolTip()


def test_the_ellipse_reaches_as_far_as_the_half_widths(plane):
    plane.add(1, 0.0, 0.1, 0.2)
    before = plane.grab().toImage()
    plane.tell(1, Certainty((0.4, 0.2)))
    after = plane.grab().toImage()

    def changed(valence: float, arousal: float) -> bool:
        at: QPointF = plane._at(plane._plane(), valence, arousal)
        return before.pixelColor(at.toPoint()) != after.pixelColor(at.toPoint())

    assert changed(0.1 + 0.36, 0.2)
    assert not changed(0.1 + 0.46, 0.2)
    assert changed(0.1, 0.2 - 0.16)
    assert not changed(0.1, 0.2 - 0.26)


def test_a_point_seen_poorly_is_hollow(plane):
    plane.add(1, 0.0, 0.5, 0.5)
    at = plane._at(plane._plane(), 0.5, 0.5).toPoint() + QPointF(-7, 0).toPoint()
    assert plane.grab().toImage().pixelColor(at).name() == DARK.text
    plane.tell(1, Certainty.of(POOR))
    assert plane.grab().toImage().pixelColor(at).name() == DARK.card


def test_the_band_lies_between_its_curves_and_breaks_where_they_do():
    time = np.arange(7.0)
    middle = np.float32([0.0, 0.0, np.nan, 0.9, 0.9, 0.9, np.nan])
    path = band(time, middle - np.float32(0.2), middle + np.float32(0.2))
    inside = [(0.5, 0.15), (0.5, -0.15), (4.0, 0.95)]
    outside = [(0.5, 0.25), (2.0, 0.0), (4.0, 1.05), (4.0, 0.6), (5.5, 0.9)]
    assert all(path.contains(QPointF(x, y)) for x, y in inside)
    assert not any(path.contains(QPointF(x, y)) for x, y in outside)
    assert band(time, middle * np.nan, middle).isEmpty()
