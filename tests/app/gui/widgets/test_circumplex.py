"""The circumplex: points, trails and published words."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from avce.app.gui.widgets.circumplex import QUADRANTS, Circumplex
from avce.app.gui.widgets.word_cells import word_cells
from avce.model.anchors import EMOTIONS, RULES


@pytest.fixture
def plane(qtbot) -> Circumplex:
    made = Circumplex()
    made.resize(360, 360)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("side", [190, 260, 360, 700])
def test_words_stand_beside_their_points_and_never_on_one_another(plane, rule, side):
    plane.resize(side + 60, side + 60)
    area = plane._plane()
    points = {n: plane._at(area, *rule.positions[n]) for n in EMOTIONS if n != "neutral"}
    cells = word_cells(points, QFontMetricsF(plane.font()), area)
    assert cells.keys() == points.keys()
    for name, cell in cells.items():
        assert QRectF(plane.rect()).contains(cell)
        assert not any(cell.contains(point) for point in points.values())
        assert not any(cell.intersects(cells[other]) for other in cells if other != name)


def test_another_rule_moves_the_words(plane):
    plane.set_anchors(RULES["words"])
    before = plane.grab().toImage()
    plane.set_anchors(RULES["affectnet"])
    assert plane.grab().toImage() != before
    copy = Circumplex()
    copy.copy_from(plane)
    copy.resize(plane.size())
    assert copy.grab().toImage() == plane.grab().toImage()


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


def test_a_point_changes_the_image_where_it_stands(plane):
    empty = plane.grab().toImage()
    plane.add(1, 0.0, 0.5, -0.5)
    full = plane.grab().toImage()
    at = plane._at(plane._plane(), 0.5, -0.5).toPoint() + QPointF(-7, 0).toPoint()
    assert empty.pixelColor(at) != full.pixelColor(at)


def test_density_counts_every_reading_and_values_outside_stay_at_the_edge(plane):
    for row in range(10):
        plane.add(1, row / 30, 1.4, 0.0)
    assert plane.density.counts.sum() == 10
    assert plane.density.counts[20, 40] == 10
    plane.lose(1)
    edge = plane._at(plane._plane(), 0.99, 0.01).toPoint()
    without = plane.grab().toImage().pixelColor(edge)
    plane.set_density(True)
    assert plane.grab().toImage().pixelColor(edge) != without
    plane.clear()
    assert plane.density.counts.sum() == 0
    assert plane.point(1) is None


def test_the_quadrants_are_named_where_their_names_do_not_lie_on_the_words(plane):
    assert {name.replace("\n", ", "): at for name, *at in QUADRANTS} == {
        "positive, excited": [1, 1],
        "negative, excited": [-1, 1],
        "negative, calm": [-1, -1],
        "positive, calm": [1, -1],
    }

    def inks_of_the_corner(side: int) -> int:
        plane.resize(side, side)
        image = plane.grab().toImage()
        area = plane._plane()
        left, bottom = round(area.left()) - 18, round(area.bottom())
        return len({image.pixel(left + x, bottom - y) for x in range(40) for y in range(24)})

    assert inks_of_the_corner(360) > 2 * inks_of_the_corner(220)
