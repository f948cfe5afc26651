"""What raters said, in the review: curves over the plot, lags, agreement by part and over time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from avce.app.gui.launch import join_rates
from avce.app.gui.qt.theme import DARK
from avce.app.gui.review.ratings_dialog import PARTS, RATERS, RatingsDialog
from avce.app.gui.review.review_window import ReviewWindow
from avce.app.gui.review.reviews import Reviews
from avce.app.rating.parts import over_time
from avce.app.rating.session_ratings import compare_ratings
from avce.model.ratings.files import Rating, rating_file, write_ratings

from ...study_folders import columns, session

TIMES = np.arange(0, 80, 0.1)
V = np.sin(TIMES / 3) * 0.6
A = np.cos(TIMES / 4) * 0.5


def add(path: Path, rater: str, seconds: float, until: float = 80.0) -> None:
    noise = np.random.default_rng(len(rater)).normal(0, 0.05, (len(TIMES), 2))
    values = np.clip(np.stack([V, A], axis=1) + noise, -1, 1)
    inside = (TIMES + seconds <= TIMES[-1]) & (until > TIMES)
    rating = Rating(rater, (TIMES + seconds)[inside], values[inside])
    write_ratings(rating_file(path, rater), rating)


@pytest.fixture
def reviews() -> Reviews:
    return Reviews(DARK)


@pytest.fixture
def window(qtbot, tmp_path: Path, reviews: Reviews) -> ReviewWindow:
    path = session(tmp_path / "s", columns(TIMES, valence=V, arousal=A), [(30.0, "clip")])
    add(path, "AB", 1.0)
    add(path, "KSS", 2.0)
    made = reviews.show(path)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    return made


def opened(qtbot, window: ReviewWindow) -> RatingsDialog:
    window.commands["ratings"].trigger()
    assert window.ratings is not None
    qtbot.waitUntil(lambda: window.ratings is not None and window.ratings.found is not None)
    return window.ratings


def test_of_several_faces_the_one_that_is_compared_is_said(qtbot, tmp_path: Path, reviews) -> None:
    times = np.repeat(TIMES, 2)[1:]
    numbers = np.tile([0, 1], len(TIMES))[1:]
    rows = columns(times, frame=np.rint(times * 10), face_id=numbers, valence=0.1, arousal=0.0)
    path = session(tmp_path / "two", rows)
    add(path, "AB", 0.0)
    made = reviews.show(path)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    said = opened(qtbot, made).said
    qtbot.waitUntil(lambda: "those of face 1, seen longest" in said.text())
    assert said.text().startswith("One rater")


def cell(table, row: int, column: str, columns: tuple[str, ...]) -> str:
    return table.item(row, columns.index(column)).text()


def test_raters_are_drawn_and_their_numbers_are_those_of_the_command_line(qtbot, window):
    dialog = opened(qtbot, window)
    compared = compare_ratings(window.review.session)
    drawn = dialog._curves._items
    assert len(drawn) == 4
    np.testing.assert_allclose(drawn[0].yData, compared.values[:, 0, 0])
    assert cell(dialog.raters, 1, "rater", RATERS) == "KSS"
    assert "2.0 s behind the model" in cell(dialog.raters, 1, "lag behind the model", RATERS)
    shown = cell(dialog.raters, 0, "valence CCC with the model", RATERS)
    assert shown == f"{compared.with_model['AB']['valence'][0]:+.3f}"
    assert compared.between is not None
    assert f"ICC(A,1) {compared.between['valence'].icc_a1:+.3f}" in dialog.said.text()
    names = [dialog.parts.item(row, 0).text() for row in range(dialog.parts.rowCount())]
    assert names == ["start", "clip"]
    assert float(cell(dialog.parts, 1, "valence CCC", PARTS)) > 0.5
    _, curves = over_time(compared)
    assert np.isfinite(curves[0, 0]).mean() > 0.5
    np.testing.assert_allclose(dialog.over_time.lines[0, 0].yData, curves[0, 0])


def test_lags_are_taken_off_where_that_is_asked_for(qtbot, window):
    dialog = opened(qtbot, window)
    before = float(cell(dialog.raters, 1, "valence CCC with the model", RATERS))
    files = {p.name: p.read_bytes() for p in window.review.path.glob("ratings-*")}
    dialog.found = None
    dialog.correct.setChecked(True)
    qtbot.waitUntil(lambda: dialog.found is not None)
    assert float(cell(dialog.raters, 1, "valence CCC with the model", RATERS)) > before
    assert {p.name: p.read_bytes() for p in window.review.path.glob("ratings-*")} == files


def test_short_ratings_are_called_too_short_for_a_lag(qtbot, window):
    add(window.review.path, "QUICK", 0.0, until=12.0)
    dialog = opened(qtbot, window)
    said = cell(dialog.raters, 2, "lag behind the model", RATERS)
    assert said == "too short for a lag: 12 s are rated, 30 s are needed"


def test_tables_are_copied_and_the_lines_go_with_the_dialog(qtbot, window):
    dialog = opened(qtbot, window)
    copy = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Copy parts")
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == list(PARTS)
    assert len(lines) == 3
    items = list(dialog._curves._items)
    dialog.close()
    assert all(item.scene() is None for item in items)
    assert window.ratings is None


def test_a_new_rating_is_drawn_when_its_window_is_closed(qtbot, window, reviews):
    rates = join_rates(reviews, DARK)
    dialog = opened(qtbot, window)
    add(window.review.path, "NEWER", 0.0)
    rates.rated.emit(window.review.path)
    qtbot.waitUntil(lambda: dialog.raters.rowCount() == 3)
    assert cell(dialog.raters, 2, "rater", RATERS) == "NEWER"


def test_without_ratings_the_way_to_them_is_told(qtbot, tmp_path, reviews):
    path = session(tmp_path / "t", columns(TIMES, valence=V, arousal=A))
    window = reviews.show(path)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    window.commands["ratings"].trigger()
    dialog = window.ratings
    assert dialog is not None
    qtbot.waitUntil(lambda: "has no ratings" in dialog.said.text())
