"""The maps and videos of a report: which faces and frames are shown, and how."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from avce.train.figures.maps import MapRow, choose_faces, draw_grid, tile
from avce.train.figures.style import LIGHT, digits
from avce.train.figures.video import choose_videos, draw_video, label_peaks, with_gaps


def _drawn(figure: Figure) -> Figure:
    """The figure once it is laid out."""
    FigureCanvasAgg(figure).draw()
    return figure


def _map_rows(count: int, names: tuple[str, ...]) -> tuple[list[MapRow], dict[int, np.ndarray]]:
    random = np.random.default_rng(0)
    heat = {i: random.uniform(0, 1, (2, 3, 3)).astype(np.float32) for i in range(count)}
    va = np.linspace(-0.9, 0.9, 2 * count).reshape(count, 2).astype(np.float32)
    frames = {i: random.integers(0, 256, (64, 64, 3), dtype=np.uint8) for i in range(count)}
    return [MapRow(name, heat, va) for name in names], frames


@pytest.mark.parametrize("count", [2, 8, 12, 13, 24])
@pytest.mark.parametrize("with_images", [True, False])
def test_a_grid_of_maps_shows_every_face_under_every_run(count: int, with_images: bool) -> None:
    rows, frames = _map_rows(count, ("one", "two"))
    target = np.stack([np.linspace(0.9, -0.9, count), np.zeros(count)], axis=1)
    shown = frames if with_images else None
    figure = _drawn(draw_grid("valence", range(count), rows, shown, target, LIGHT))
    tiles = [axes for axes in figure.axes if axes.images]
    assert len(tiles) == count * (3 if with_images else 2)
    titles = [axes.get_title().removeprefix("label ") for axes in figure.axes if axes.get_title()]
    expected = sorted(float(digits(t).replace("−", "-")) for t in target[:, 0])
    assert [float(title.replace("−", "-")) for title in titles] == expected
    below = [axes.get_xlabel() for axes in tiles if axes.get_xlabel()]
    assert sorted(below) == sorted(2 * [digits(v) for v in rows[0].va[:, 0]])
    banks = 2 if count > 12 else 1
    assert [a.get_ylabel() for a in tiles if a.get_ylabel()] == ["one", "two"] * banks
    # Square tiles of one size, close together.
    boxes = [axes.get_window_extent() for axes in tiles]
    assert np.ptp([box.width for box in boxes]) < 1
    first, second = sorted(boxes, key=lambda box: (-round(box.y0), box.x0))[:2]
    assert second.x0 - first.x1 < 0.15 * first.width
    labels = [a.title.get_window_extent() for a in figure.axes if a.get_title()]
    for number, box in enumerate(labels):
        assert not any(box.overlaps(other) for other in labels[:number])


def test_faces_are_chosen_by_their_labels_and_those_unseen_come_last() -> None:
    target = np.array([[0.1, 0.0], [0.9, 0.0], [-0.8, 0.0], [0.85, 0.0], [-0.9, -0.9]])
    found = np.array([True, True, True, True, False])
    # 1 is farthest from neutral, 2 farthest from it, then 0 in between, then 3; 4 was not seen.
    assert choose_faces(target, found, 5).tolist() == [1, 2, 0, 3, 4]
    assert choose_faces(target, found, 0).tolist() == []


def test_a_map_of_zeros_leaves_the_image_and_one_of_ones_covers_it_in_part() -> None:
    image = np.full((160, 160, 3), 100, np.uint8)
    np.testing.assert_array_equal(tile(image, np.zeros((3, 3), np.float32)), image)
    bright = np.array([252, 255, 164])  # the end of matplotlib's inferno: #fcffa4
    expected = np.rint(0.4 * 100 + 0.6 * bright)
    covered = tile(image, np.ones((3, 3), np.float32))
    assert np.abs(covered - expected).max() <= 1
    np.testing.assert_allclose(tile(None, np.ones((3, 3), np.float32))[0, 0], bright, atol=1)


def test_peaks_are_where_labels_stand_farthest_from_neutral() -> None:
    labels = np.zeros(40)
    labels[[5, 20, 33]] = [0.5, -0.9, 0.05]  # the last does not stand out enough
    labels[28:31] = 0.4  # of a plateau the middle counts
    assert label_peaks(labels).tolist() == [5, 20, 29]
    assert label_peaks(labels, most=1).tolist() == [20]
    assert label_peaks(np.full(10, 0.3)).tolist() == []


def test_videos_are_chosen_by_how_much_their_labels_vary() -> None:
    video = ["short"] * 7 + ["calm"] * 8 + ["lively"] * 8 + [""] * 9
    frame = np.concatenate([np.arange(7), np.arange(8)[::-1], np.arange(8), np.arange(9)])
    target = np.zeros((len(video), 2))
    target[:7, 0] = [1, -1] * 3 + [1]
    target[7:15, 0] = 0.1 * np.arange(8)
    target[15:23, 1] = 0.5 * (-1) ** np.arange(8)
    shown_videos = choose_videos(video, frame, target, 5)
    assert [video.name for video in shown_videos] == ["lively", "calm"]
    assert shown_videos[1].rows.tolist() == list(range(14, 6, -1))
    assert shown_videos[1].frame.tolist() == list(range(8))
    assert [t.name for t in choose_videos(video, frame, target, 1)] == ["lively"]


def test_a_curve_is_broken_where_frames_are_missing() -> None:
    frame, values = np.array([0, 1, 2, 40, 41]), np.arange(5.0)
    x, y = with_gaps(frame, values)
    np.testing.assert_array_equal(x, [0, 1, 2, np.nan, 40, 41])
    np.testing.assert_array_equal(y, [0, 1, 2, np.nan, 3, 4])
    assert len(with_gaps(frame[:3], values[:3])[0]) == 3


def test_a_track_shows_labels_estimates_and_a_map_a_peak_and_run() -> None:
    rows, frames = _map_rows(40, ("AVCE", "Baseline"))
    target = np.zeros((40, 2))
    target[10, 0], target[30, 1] = 0.8, -0.6
    (video,) = choose_videos(["clip"] * 40, np.arange(40), target, 1)
    figure = _drawn(draw_video(video, rows, frames, target, LIGHT))
    valence, arousal, *tiles = figure.axes
    assert (valence.get_ylabel(), arousal.get_ylabel()) == ("valence", "arousal")
    assert arousal.get_xlabel() == "frame"
    names = [text.get_text() for text in valence.get_legend().get_texts()]
    assert names == ["label", "AVCE", "Baseline"]
    for number, axes in enumerate((valence, arousal)):
        curves = {line.get_label(): line.get_ydata() for line in axes.lines}
        np.testing.assert_array_equal(curves["label"], target[:, number])
        np.testing.assert_allclose(curves["AVCE"], rows[0].va[:, number])
    assert [text.get_text() for text in valence.texts] == ["1"]
    assert [text.get_text() for text in arousal.texts] == ["2"]
    assert len(tiles) == 4
    assert tiles[0].get_title() == "1: valence\nlabel +0.80"
    assert tiles[1].get_title() == "2: arousal\nlabel −0.60"
    assert tiles[1].get_xlabel() == digits(rows[0].va[30, 1])
    assert np.ptp([axes.get_window_extent().width for axes in tiles]) < 1


def test_a_track_without_peaks_has_curves_alone() -> None:
    rows, frames = _map_rows(10, ("AVCE",))
    (video,) = choose_videos(["clip"] * 10, np.arange(10), np.full((10, 2), 0.2), 1)
    assert video.peaks == ()
    assert len(draw_video(video, rows, frames, np.full((10, 2), 0.2), LIGHT).axes) == 2
