"""The figures of a report: what they are made from, and that they show it."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from avce.model.anchors import RULES
from avce.train.classes import Confusion
from avce.train.figures.calibration import calibrate, draw_calibration
from avce.train.figures.confusion import confusion_intervals, draw_confusion
from avce.train.figures.curves import draw_losses, draw_validation, smoothed
from avce.train.figures.latent import (
    Embedding,
    draw_by_class,
    draw_by_value,
    draw_faces,
    embed,
    spread_faces,
)
from avce.train.figures.plane import draw_count, draw_error, plane_error
from avce.train.figures.style import DARK, LIGHT, PNG_DPI, Drawing, digits, plain, render
from avce.train.reports.learning import Curve, Learning

LABELS = np.array([[0.05, 0.05], [0.15, 0.05], [-1.0, 1.0], [0.5, -0.45]], np.float32)
ESTIMATES = np.array([[0.25, 0.05], [0.25, 0.35], [-0.5, 1.0], [0.5, -0.05]], np.float32)


def _words(axes: Any) -> set[str]:
    return {text.get_text() for text in axes.texts}


def _drawn(figure: Figure) -> Figure:
    """The figure once it is laid out."""
    FigureCanvasAgg(figure).draw()
    return figure


def test_a_figure_becomes_one_svg_a_theme_and_a_png_the_same_bytes_each_time() -> None:
    drawing = Drawing(
        "error", "", partial(draw_error, plane_error(ESTIMATES, LABELS), "valence", {})
    )
    first, second = render(drawing), render(drawing)
    assert set(first.svg) == {"light", "dark"}
    for theme, style in (("light", LIGHT), ("dark", DARK)):
        text = first.svg[theme].decode()
        assert text.lstrip().startswith("<?xml")
        assert text.rstrip().endswith("</svg>")
        assert style.paper in text
        assert "label of arousal" in text  # as a comment beside its outlines
    assert first.svg == second.svg
    assert first.png == second.png
    width, height = draw_error(
        plane_error(ESTIMATES, LABELS), "valence", {}, LIGHT
    ).get_size_inches()
    with Image.open(io.BytesIO(first.png)) as frame:
        assert frame.size == (round(width * PNG_DPI), round(height * PNG_DPI))


@pytest.mark.parametrize(
    ("value", "text"), [(-0.5, "−0.50"), (0.256, "+0.26"), (-0.001, "+0.00"), (0.0, "+0.00")]
)
def test_a_number_has_a_true_minus_sign_and_zero_has_none(value: float, text: str) -> None:
    assert digits(value) == text


def test_a_name_with_a_dollar_sign_is_no_formula() -> None:
    assert plain("run $a$") == r"run \$a\$"


def test_the_error_over_the_plane_equals_a_hand_worked_one() -> None:
    values = plane_error(ESTIMATES, LABELS)
    # Cells of 0.2: valence 0.05 and 0.15 share one; 1.0 belongs to the last.
    assert values.count.sum() == 4
    assert values.count[5, 5] == 2
    assert values.count[9, 0] == values.count[2, 7] == 1
    np.testing.assert_allclose(values.error[5, 5], [(0.2 + 0.1) / 2, (0.0 + 0.3) / 2], atol=1e-6)
    np.testing.assert_allclose(values.error[9, 0], [0.5, 0.0], atol=1e-6)
    np.testing.assert_allclose(values.error[2, 7], [0.0, 0.4], atol=1e-6)
    assert np.isnan(values.error[values.count == 0]).all()


@pytest.mark.parametrize(("axis", "number"), [("valence", 0), ("arousal", 1)])
def test_the_error_is_drawn_cell_by_cell_on_one_scale(axis: str, number: int) -> None:
    values = plane_error(ESTIMATES, LABELS)
    axes, bar = draw_error(values, axis, {}, LIGHT).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("label of valence", "label of arousal")
    assert axes.get_title() == f"error of {axis}"
    assert bar.get_ylabel() == "mean absolute error"
    (mesh,) = axes.collections
    shown = np.ma.filled(mesh.get_array().reshape(10, 10), np.nan)
    np.testing.assert_array_equal(shown, values.error[..., number])
    assert mesh.get_clim() == pytest.approx((0.0, 0.5))


def test_the_counts_are_drawn_in_whole_numbers() -> None:
    labels = np.repeat(LABELS, [30, 1, 1, 1], axis=0)
    figure = _drawn(draw_count(plane_error(labels, labels), {}, LIGHT))
    axes, bar = figure.axes
    assert np.ma.filled(axes.collections[0].get_array(), 0).max() == 31
    assert {t.get_text() for t in bar.get_yticklabels()} >= {"1", "10"}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("style", [LIGHT, DARK])
def test_no_two_words_on_the_plane_overlap(style: Any, rule: str) -> None:
    anchors = RULES[rule].positions
    figure = _drawn(draw_error(plane_error(ESTIMATES, LABELS), "valence", anchors, style))
    axes = figure.axes[0]
    assert _words(axes) == set(anchors)
    boxes = [text.get_window_extent() for text in axes.texts]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])


def test_the_calibration_equals_a_hand_worked_one() -> None:
    estimate = np.array([-1.0, -0.95, 0.05, 0.15, 1.0])
    label = np.array([-0.8, -0.6, 0.0, 0.4, 0.9])
    values = calibrate(estimate, label)
    assert values.count.tolist() == [2, 0, 0, 0, 0, 2, 0, 0, 0, 1]
    np.testing.assert_allclose(values.estimate[[0, 5, 9]], [-0.975, 0.1, 1.0])
    np.testing.assert_allclose(values.label[[0, 5, 9]], [-0.7, 0.2, 0.9])
    # Of two labels that lie 2 d apart, the deviation is sqrt(2) d and that of the mean d.
    np.testing.assert_allclose(values.half_width[[0, 5]], 1.96 * np.array([0.1, 0.2]))
    assert np.isnan(values.half_width[9])
    assert np.isnan(values.estimate[1])
    slope, intercept = np.polyfit(estimate, label, 1)
    assert values.slope == pytest.approx(slope)
    assert values.intercept == pytest.approx(intercept)


def test_equal_estimates_have_a_bin_and_no_line() -> None:
    values = calibrate(np.full(3, 0.2), np.array([0.1, 0.2, 0.3]))
    assert values.count.sum() == values.count[6] == 3
    assert np.isnan(values.slope)
    above, _ = draw_calibration(values, "arousal", LIGHT).axes
    names = [text.get_text() for text in above.get_legend().get_texts()]
    assert names == ["ideal", "mean label, 95 % interval"]


def test_the_calibration_shows_its_points_its_line_and_its_counts() -> None:
    values = calibrate(np.array([-1.0, -0.5, 0.0, 1.0]), np.array([1.0, 0.5, 0.0, -1.0]))
    above, below = draw_calibration(values, "valence", LIGHT).axes
    assert above.get_ylabel() == "mean label of valence"
    assert (below.get_xlabel(), below.get_ylabel()) == ("estimate of valence", "faces")
    assert [bar.get_height() for bar in below.patches] == values.count.tolist()
    points = above.containers[0].lines[0]
    np.testing.assert_allclose(points.get_xdata(), [-1.0, -0.5, 0.0, 1.0])
    np.testing.assert_allclose(points.get_ydata(), [1.0, 0.5, 0.0, -1.0])
    assert "fitted, slope −1.00" in {t.get_text() for t in above.get_legend().get_texts()}
    low, high = above.get_xlim()
    assert low < -1
    assert high > 1


def test_a_moving_average_is_cut_at_the_ends() -> None:
    np.testing.assert_allclose(
        smoothed(np.array([0.0, 3.0, 6.0, 3.0]), share=0.5), [1.5, 3.0, 4.0, 4.5]
    )
    np.testing.assert_allclose(smoothed(np.array([2.0, 4.0])), [2.0, 4.0])


def _learning() -> Learning:
    names = ("total", "supervised", "contrast", "votes", "regulariser", "more", "still_more")
    steps = np.arange(1, 31)
    curves = {f"train/{n}": Curve(steps, np.linspace(k, 0, 30)) for k, n in enumerate(names)}
    curves["val/ccc_valence"] = Curve(np.array([15, 30]), np.array([0.2, 0.4]))
    curves["val/ccc_arousal"] = Curve(np.array([15, 30]), np.array([0.3, 0.1]))
    return Learning(curves, {0: 15, 1: 30}, 1)


@pytest.mark.parametrize(
    ("count", "shape"),
    [(1, (1, 1)), (2, (1, 2)), (3, (1, 3)), (4, (2, 2)), (5, (2, 3)), (7, (3, 3))],
)
def test_losses_stand_in_full_rows(count: int, shape: tuple[int, int]) -> None:
    learning = _learning()
    names = [name for name in learning.curves if name.startswith("train/")][:count]
    axes = draw_losses(learning, names, LIGHT).axes
    grid = axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == shape
    shown = [one for one in axes if one.axison]
    assert [one.get_title() for one in shown] == [
        n.removeprefix("train/").replace("_", " ") for n in names
    ]
    np.testing.assert_array_equal(shown[-1].lines[0].get_ydata(), learning.curves[names[-1]].value)
    assert sum(one.get_xlabel() == "iterations" for one in shown) == shape[1]


def test_the_kept_checkpoint_is_ringed_on_both_curves_and_iterations_are_whole() -> None:
    figure = _drawn(draw_validation(_learning(), "ccc", 30, LIGHT))
    (axes,) = figure.axes
    assert axes.get_title() == "validation CCC"
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["valence", "arousal"]
    rings = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
    assert [(r.get_xdata().tolist(), r.get_ydata().tolist()) for r in rings] == [
        ([30], [0.4]),
        ([30], [0.1]),
    ]
    assert all(tick == round(tick) for tick in axes.get_xticks())


def test_z_is_laid_out_the_same_way_each_time_and_not_where_it_is_constant() -> None:
    z = np.random.default_rng(0).normal(0, 1, (30, 32))
    first, second = embed(z, most=20), embed(z, most=20)
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.place, second.place)
    assert len(first.rows) == len(set(first.rows.tolist())) == 20
    assert embed(z[:9]) is None
    assert embed(np.zeros((30, 32))) is None
    figure = draw_by_value(first, np.linspace(-1, 1, 30), "valence", LIGHT)
    assert figure.axes[0].get_title() == "valence"
    (points,) = figure.axes[0].collections
    np.testing.assert_allclose(points.get_array(), np.linspace(-1, 1, 30)[first.rows])
    emotion = np.where(np.arange(30) < 5, -1, np.arange(30) % 2)
    axes = draw_by_class(first, emotion, LIGHT).axes[0]
    drawn = {c.get_label(): len(c.get_offsets()) for c in axes.collections}
    counts = np.bincount(emotion[first.rows] + 1, minlength=3)
    assert drawn == {"neutral": counts[1], "happiness": counts[2]}


def test_faces_are_drawn_where_their_z_lies_one_a_part_of_the_plane() -> None:
    corners = np.array([[0.0, 0.0], [0.1, 0.0], [3.9, 4.0], [0.4, 0.5], [0.0, 4.0]])
    plane = Embedding(np.array([2, 3, 5, 7, 11]), corners)
    places = spread_faces(plane, cells=4)
    # Of three in the first corner the one nearest the middle of its part, (0.5, 0.5).
    assert {row: place.tolist() for row, place in places.items()} == {
        5: [3.5, 3.5],
        7: [0.5, 0.5],
        11: [0.5, 3.5],
    }
    images = {row: np.full((8, 8, 3), 20 * row, np.uint8) for row in places}
    (axes,) = draw_faces(plane, places, images, LIGHT).axes
    drawn = {int(image.get_array()[0, 0, 0]): image.get_extent() for image in axes.images}
    assert set(drawn) == {100, 140, 220}
    for row, (x, y) in places.items():
        left, right, bottom, top = drawn[20 * row]
        assert ((left + right) / 2, (bottom + top) / 2) == pytest.approx((x, y))


def test_faces_on_one_spot_are_one_face() -> None:
    plane = Embedding(np.arange(3), np.zeros((3, 2)))
    assert list(spread_faces(plane)) == [0]


def test_the_confusion_matrix_shows_shares_and_counts() -> None:
    count = np.zeros((7, 7), np.int64)
    count[0, 0], count[0, 1], count[3, 3] = 3, 1, 2
    axes = draw_confusion(Confusion(count), LIGHT).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("answer", "label")
    assert _words(axes) == {"75%\n3", "25%\n1", "100%\n2"}
    assert axes.images[0].get_array()[0, 1] == 0.25


def test_intervals_of_answers_that_are_all_right_have_no_width() -> None:
    scores = np.eye(7)[[0, 1, 2, 0]]
    found = confusion_intervals(scores, np.array([0, 1, 2, 0]), ["a", "b", "c", "d"], n=50)
    assert found == {"accuracy": (1.0, 1.0), "mean_recall": (1.0, 1.0)}


def test_one_group_alone_cannot_be_resampled_into_anything_else() -> None:
    scores = np.eye(7)[[0, 1, 2, 0]]
    found = confusion_intervals(scores, np.array([0, 1, 3, 3]), ["a"] * 4, n=50)
    assert found["accuracy"] == (0.5, 0.5)
    assert found["mean_recall"] == pytest.approx((2 / 3, 2 / 3))
