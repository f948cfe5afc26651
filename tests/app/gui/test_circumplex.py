"""The circumplex: points, trails and published words."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPointF

from avce.app.gui.circumplex import ANCHORS, Circumplex


@pytest.fixture
def plane(qtbot) -> Circumplex:
    made = Circumplex()
    made.resize(360, 360)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_words_stand_where_russell_and_mehrabian_put_them():
    assert {name: (v, a) for name, v, a in ANCHORS} == {
        "happiness": (0.81, 0.51),
        "surprise": (0.40, 0.67),
        "sadness": (-0.63, -0.27),
        "anger": (-0.51, 0.59),
        "disgust": (-0.60, 0.35),
        "fear": (-0.64, 0.60),
        "contempt": (-0.23, 0.31),
    }


def test_positive_valence_is_right_and_high_arousal_is_up(plane):
    area = plane._plane()
    assert plane._at(area, 1, 0) == QPointF(area.right(), area.center().y())
    assert plane._at(area, 0, 1) == QPointF(area.center().x(), area.top())


def test_a_face_has_its_newest_point_until_it_is_lost(plane):
    plane.add(1, 0.0, 0.1, 0.2)
    plane.add(1, 0.1, 0.3, -0.2)
    assert plane.point(1) == (0.3, -0.2)
    plane.add(1, 0.2, math.nan, math.nan)
    assert plane.point(1) is None


def test_a_point_changes_the_picture_where_it_stands(plane):
    empty = plane.grab().toImage()
    plane.add(1, 0.0, 0.5, -0.5)
    full = plane.grab().toImage()
    at = plane._at(plane._plane(), 0.5, -0.5).toPoint() + QPointF(-7, 0).toPoint()
    assert empty.pixelColor(at) != full.pixelColor(at)


def test_density_counts_every_reading_and_values_outside_stay_at_the_edge(plane):
    for row in range(10):
        plane.add(1, row / 30, 1.4, 0.0)
    assert plane._counts.sum() == 10
    assert plane._counts[20, 40] == 10
    plane.set_density(True)
    assert not plane.grab().isNull()
    plane.clear()
    assert plane._counts.sum() == 0
    assert plane.point(1) is None


def test_the_quadrants_are_named_where_their_names_do_not_lie_on_the_words(plane):
    def inks_of_the_corner(side: int) -> int:
        plane.resize(side, side)
        picture = plane.grab().toImage()
        area = plane._plane()
        left, bottom = round(area.left()) - 18, round(area.bottom())
        return len({picture.pixel(left + x, bottom - y) for x in range(40) for y in range(24)})

    assert inks_of_the_corner(360) > 2 * inks_of_the_corner(220)
