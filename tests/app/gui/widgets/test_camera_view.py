"""The video in the window: mirrored, mapped, frozen, never waiting."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage

from avce.app.gui.live.main_window import MainWindow
from avce.app.gui.widgets import camera_view
from avce.app.gui.widgets.labels import draw_label, draw_notice

from ..conftest import (
    FakeSource,
    analysis_at,
    frame_at,
    reading_at,
)


def shown(qtbot, window: MainWindow, count: int) -> None:
    """Wait until the timeline holds `count` rows of face 1."""
    qtbot.waitUntil(lambda: 1 in window.timeline.plot.series)
    qtbot.waitUntil(lambda: len(window.timeline.plot.series[1]) == count)


def test_the_video_goes_on_while_the_network_is_slow(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    shown(qtbot, window, 1)
    qtbot.waitUntil(lambda: window.view.frames_painted == 1)
    for step in range(1, 11):
        pipeline.push(frame_at(1.0 + step / 30))
        qtbot.waitUntil(lambda step=step: window.view.frames_painted == 1 + step)
    # However often the same frame is painted, it counts once.
    window.view.repaint()
    assert window.view.frames_painted == 11
    assert window.view.map_age == pipeline.newest_frame().captured - 1.0
    assert len(window.timeline.plot.series[1]) == 1


def test_cameras_are_mirrored_and_files_are_not(qtbot, window, backend):
    assert window.view.mirrored
    backend.sources["clip.mp4"] = FakeSource("video", "clip.mp4", False, True, 20.0)
    window.open("clip.mp4")
    qtbot.waitUntil(lambda: window.running is not None)
    assert not window.view.mirrored


def test_a_mirrored_box_lies_on_the_other_side(window, pipeline, qtbot):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0, x=10.0)))
    shown(qtbot, window, 1)
    target = window.view._target()
    scale = target.width() / 96
    box = window.view.place(target, window.view.faces[0])
    assert box.right() == target.right() - 10 * scale
    window.view.mirrored = False
    assert window.view.place(target, window.view.faces[0]).left() == target.left() + 10 * scale


def test_a_camera_that_goes_is_shown_as_lost_over_its_last_frame(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0))
    qtbot.waitUntil(lambda: window.view.frame is not None)
    for state, words in (("lost", "camera lost"), ("ended", "ended"), ("paused", "paused")):
        pipeline.state = state
        qtbot.waitUntil(lambda words=words: window.view.notice() == words)
    pipeline.state = "running"
    qtbot.waitUntil(lambda: window.view.notice() == "")


def test_a_still_video_says_so_at_its_edge_and_covers_no_face(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0))
    qtbot.waitUntil(lambda: window.view.frame is not None)
    live = window.view.grab().toImage()
    pipeline.state = "lost"
    qtbot.waitUntil(lambda: window.view.state == "lost")
    frozen = window.view.grab().toImage()
    target = window.view._target()
    edge = QPointF(target.center().x() - 40, target.top() + 12).toPoint()
    assert frozen.pixelColor(edge).lightness() < live.pixelColor(edge).lightness()
    middle = target.center().toPoint()
    assert frozen.pixelColor(middle) == live.pixelColor(middle)


def test_map_keys_switch_the_map_and_the_choice_is_remembered(qtbot, window, preferences):
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert window.view.axis == "valence"
    assert window.controls.map_buttons["valence"].isChecked()
    qtbot.keyClick(window, Qt.Key.Key_2)
    assert window.view.axis == "arousal"
    qtbot.keyClick(window, Qt.Key.Key_C)
    assert window.view.colour_map == "cividis"
    window.controls.opacity.setValue(80)
    assert window.view.opacity == 0.8
    assert preferences.text("map") == "arousal"
    assert preferences.text("colours") == "cividis"
    assert preferences.number("opacity") == 0.8
    qtbot.keyClick(window, Qt.Key.Key_0)
    assert window.view.axis == "off"


def test_the_map_changes_the_frame_inside_the_box_only(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0, size=(480, 640)), analysis_at(1.0, reading_at(1.0, side=200.0)))
    shown(qtbot, window, 1)

    def colour(x: int, y: int) -> tuple[int, ...]:
        image = window.view.snapshot()
        assert isinstance(image, QImage)
        return image.pixelColor(x, y).getRgb()[:3]

    middle, outside = (640 - 110, 110), (50, 150)
    assert colour(*middle) == colour(*outside) == (90, 90, 90)
    window.view.set_map("valence", opacity=1.0)
    assert colour(*middle) != (90, 90, 90)
    assert colour(*outside) == (90, 90, 90)


def test_the_box_of_the_chosen_face_stands_out(qtbot, window, pipeline):
    window.view.set_mirrored(False)
    both = (reading_at(1.0, x=8.0), reading_at(1.0, face_id=2, x=60.0))
    pipeline.push(frame_at(1.0), analysis_at(1.0, *both))
    qtbot.waitUntil(lambda: window.timeline.face_choice.count() == 3)

    def yellow(left: int, right: int) -> int:
        """Pixels of the chosen box's colour between two columns of the frame."""
        image = window.view.snapshot()
        colours = [image.pixelColor(x, y) for x in range(left, right) for y in range(25, 40)]
        return sum(c.red() > 180 and c.green() > 140 and c.blue() < 130 for c in colours)

    assert yellow(0, 96) == 0
    window.panes.show_face(2)
    assert yellow(0, 45) == 0
    assert yellow(45, 96) > 20
    window.panes.show_face(2)
    assert yellow(0, 96) == 0


def test_the_label_of_a_face_at_the_upper_edge_stands_below_it(qtbot, window, pipeline):
    high = replace(reading_at(1.0, x=30.0, side=30.0), y=0.5)
    pipeline.push(frame_at(1.0), analysis_at(1.0, high))
    qtbot.waitUntil(lambda: bool(window.view.faces))
    image = window.view.grab().toImage()
    box = window.view.place(window.view._target(), high)
    inside = QPointF(box.left() + 14, box.top() + 12).toPoint()
    below = QPointF(box.left() + 8, box.bottom() + 14).toPoint()
    assert image.pixelColor(inside).lightness() > 60
    assert image.pixelColor(below).lightness() < 60


def test_the_legend_names_which_way_the_maps_push(qtbot, window, pipeline):
    ways = {}
    for step, values in enumerate([(0.4,), (-0.4,), (0.4, -0.4)], 1):
        faces = [reading_at(step / 10, v, face_id=i + 1) for i, v in enumerate(values)]
        pipeline.push(frame_at(step / 10), analysis_at(step / 10, *faces))
        qtbot.waitUntil(lambda v=values: tuple(each.valence for each in window.view.faces) == v)
        window.view.set_map("valence")
        ways[values] = window.view._ways()
    assert ways == {(0.4,): "up", (-0.4,): "down", (0.4, -0.4): "up or down"}


@pytest.mark.parametrize("state", ["paused", "ended", "lost", "failed", "starting"])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("x", "y", "side"),
    [(40.0, 0.0, 20.0), (40.0, 20.0, 24.0), (38.0, 44.0, 20.0), (20.0, 4.0, 40.0), (0.0, 0.0, 9.0)],
)
def test_no_plate_covers_a_face(qtbot, window, pipeline, monkeypatch, state, mirrored, x, y, side):
    places = []

    def draw(*given):
        places.append(draw_notice(*given))
        return places[-1]

    monkeypatch.setattr(camera_view, "draw_notice", draw)
    window.resize(1280, 900)
    reading = replace(reading_at(1.0, x=x, side=side), y=y)
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading))
    shown(qtbot, window, 1)
    window.view.set_mirrored(mirrored)
    window.view.set_state(state, "a second line of words")
    window.view.repaint()
    target = window.view._target()
    box = window.view.place(target, window.view.faces[0])
    assert target.contains(places[-1])
    assert not places[-1].intersects(box)


@pytest.mark.parametrize("y", [0.0, 20.0, 44.0])
def test_the_legend_of_a_map_can_be_read_while_paused(qtbot, window, pipeline, monkeypatch, y):
    places = {}

    def tell(name, draw):
        def drawn(*given, **more):
            places[name] = draw(*given, **more)
            return places[name]

        monkeypatch.setattr(camera_view, name, drawn)

    tell("draw_notice", draw_notice)
    tell("draw_label", draw_label)  # the legend's is the last one
    window.resize(1366, 768)
    reading = replace(reading_at(1.0, x=38.0, side=20.0), y=y)
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading))
    shown(qtbot, window, 1)
    window.view.set_map("valence")
    window.view.set_state("paused")
    window.view.repaint()
    assert not places["draw_label"].intersects(places["draw_notice"])
    assert window.view._target().contains(places["draw_label"])
