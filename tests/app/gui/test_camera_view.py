"""The picture in the window: mirrored, mapped, frozen, never waiting."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage

from avce.app.gui.main_window import Window

from .conftest import (
    FakeSource,
    analysis_at,
    frame_at,
    reading_at,
)


def shown(qtbot, window: Window, count: int) -> None:
    """Wait until the timeline holds `count` rows of face 1."""
    qtbot.waitUntil(lambda: 1 in window.timeline.plot.series)
    qtbot.waitUntil(lambda: len(window.timeline.plot.series[1]) == count)


def test_the_picture_goes_on_while_the_network_is_slow(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    shown(qtbot, window, 1)
    before = window.view.frames_painted
    for step in range(1, 11):
        at = 1.0 + step / 30
        pipeline.push(frame_at(at))
        qtbot.waitUntil(lambda at=at: window.view.frame.captured == at)
        window.view.repaint()
    assert window.view.frames_painted >= before + 10
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


def test_a_camera_that_goes_is_shown_as_lost_over_its_last_picture(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0))
    qtbot.waitUntil(lambda: window.view.frame is not None)
    for state, words in (("lost", "camera lost"), ("ended", "ended"), ("paused", "paused")):
        pipeline.state = state
        qtbot.waitUntil(lambda words=words: window.view.notice() == words)
    pipeline.state = "running"
    qtbot.waitUntil(lambda: window.view.notice() == "")


def test_the_same_picture_looks_different_when_it_is_not_live(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0))
    qtbot.waitUntil(lambda: window.view.frame is not None)
    live = window.view.grab().toImage()
    pipeline.state = "lost"
    qtbot.waitUntil(lambda: window.view.state == "lost")
    frozen = window.view.grab().toImage()
    corner = window.view._target().topLeft().toPoint() + QPointF(3, 3).toPoint()
    assert frozen.pixelColor(corner).lightness() < live.pixelColor(corner).lightness()


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


def test_the_map_changes_the_picture_inside_the_box_only(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0, size=(480, 640)), analysis_at(1.0, reading_at(1.0, side=200.0)))
    shown(qtbot, window, 1)

    def colour(x: int, y: int) -> tuple[int, ...]:
        image = window.view.snapshot()
        assert isinstance(image, QImage)
        return image.pixelColor(x, y).getRgb()[:3]

    middle, outside = (640 - 110, 110), (50, 150)
    assert colour(*middle) == colour(*outside) == (90, 90, 90)
    window.set_map("valence", opacity=1.0)
    assert colour(*middle) != (90, 90, 90)
    assert colour(*outside) == (90, 90, 90)
