"""The window on a fake camera: what a person does, and what they then see."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage

from avce.app.gui.backend import Request
from avce.app.gui.main_window import Window
from avce.app.gui.preferences import Preferences

from .conftest import (
    FakePipeline,
    FakeSource,
    analysis_at,
    frame_at,
    nobody_at,
    reading_at,
)


def shown(qtbot, window: Window, count: int) -> None:
    """Wait until the timeline holds `count` rows of face 1."""
    qtbot.waitUntil(lambda: 1 in window.timeline.plot.series)
    qtbot.waitUntil(lambda: len(window.timeline.plot.series[1]) == count)


def test_a_started_window_shows_picture_boxes_numbers_and_curves(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0, 0.4, -0.3)))
    shown(qtbot, window, 1)
    assert window.view.frame is not None
    assert [reading.face_id for reading in window.view.faces] == [1]
    assert window.readout.values["valence"].text() == "+0.40"
    assert window.readout.values["arousal"].text() == "\N{MINUS SIGN}0.30"
    assert window.circumplex.point(1) == (0.4, -0.3)
    qtbot.waitUntil(lambda: "picture 30.0/s" in window.status.picture.text())
    assert window.status.network.text() == "avce-al on cpu"
    assert window.status.latency.text() == "delay 34 / 52 ms"
    assert window.status.dropped.text() == "dropped 7"


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


def test_switching_the_source_stops_the_old_one_and_forgets_its_readings(
    qtbot, window, pipeline, backend
):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    shown(qtbot, window, 1)
    window.open("demo")
    qtbot.waitUntil(lambda: len(backend.opened) == 2 and window.running is not None)
    assert pipeline.calls == ["start", "stop"]
    assert backend.opened[1].request.source == "demo"
    assert window.timeline.plot.series == {}
    assert window.view.frame is None


def test_a_source_that_cannot_be_had_says_why_and_another_can_be_chosen(qtbot, window, backend):
    window.open("broken")
    qtbot.waitUntil(lambda: window.view.state == "failed")
    assert "There is no camera 7" in window.view._detail
    window.open("demo")
    qtbot.waitUntil(lambda: window.running is not None)
    assert window.view.state == "running"


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


def test_record_key_writes_every_row_and_the_second_press_ends_it(qtbot, window, pipeline, backend):
    pipeline.push(frame_at(0.0), analysis_at(0.0, reading_at(0.0)))
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert window.controls.record_button.text() == "Stop"
    rows = [analysis_at(t / 30, reading_at(t / 30)) for t in range(1, 6)]
    pipeline.push(None, *rows)
    qtbot.waitUntil(lambda: window.status.recording.isVisible())
    qtbot.keyClick(window, Qt.Key.Key_R)
    writer = backend.writers[0]
    assert writer.rows == rows
    assert writer.closed
    assert window.controls.record_button.text() == "Record"


def test_a_full_disk_ends_the_recording_but_not_the_picture(qtbot, window, pipeline, backend):
    qtbot.keyClick(window, Qt.Key.Key_R)

    def fail(analysis):
        raise OSError("no space left on device")

    backend.writers[0].write = fail
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    qtbot.waitUntil(lambda: "no space left" in window.toast.text())
    assert window.controls.record_button.text() == "Record"
    shown(qtbot, window, 1)


def test_closing_while_recording_loses_no_row(qtbot, window, pipeline, backend):
    qtbot.keyClick(window, Qt.Key.Key_R)
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    last = analysis_at(1.1, reading_at(1.1))
    # What the network still had in hand arrives while the pipeline stops.
    pipeline.stopping = lambda: pipeline.push(None, last)
    window.close()
    writer = backend.writers[0]
    assert [row.frame.timestamp for row in writer.rows] == [1.0, 1.1]
    assert writer.closed
    assert len(window.timeline.plot.series[1]) == 2


def test_closing_during_a_change_of_source_stops_what_was_opened(qtbot, backend, preferences):
    window = Window(backend, Request("0"), preferences)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: bool(backend.opened))
    window.close()
    assert backend.opened[0].pipeline.calls[-1] == "stop"


def test_a_marker_keeps_the_moment_of_the_key_not_of_the_text(qtbot, window, pipeline, backend):
    qtbot.keyClick(window, Qt.Key.Key_R)
    pipeline.push(frame_at(5.0), analysis_at(5.0, reading_at(5.0)))
    shown(qtbot, window, 1)
    qtbot.keyClick(window, Qt.Key.Key_M)
    pipeline.push(None, analysis_at(6.0, reading_at(6.0)))
    shown(qtbot, window, 2)
    qtbot.keyClicks(window.prompt.field, "mrs stimulus")
    qtbot.keyClick(window.prompt.field, Qt.Key.Key_Return)
    assert backend.writers[0].events == [(5.0, "mrs stimulus")]
    assert [(m.time, m.label) for m in window.timeline.plot.markers] == [(5.0, "mrs stimulus")]
    assert window.controls.record_button.text() == "Stop"


def test_escape_drops_a_marker(qtbot, window, pipeline):
    pipeline.push(frame_at(5.0), analysis_at(5.0, reading_at(5.0)))
    shown(qtbot, window, 1)
    qtbot.keyClick(window, Qt.Key.Key_M)
    qtbot.keyClick(window.prompt.field, Qt.Key.Key_Escape)
    assert not window.prompt.isVisible()
    assert window.timeline.plot.markers == []


def test_the_baseline_is_taken_for_the_face_on_show_and_can_be_forgotten(
    qtbot, window, pipeline, backend
):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0, 0.2, face_id=4, relative=-0.3)))
    qtbot.waitUntil(lambda: window.readout.face_id == 4)
    window.controls.baseline_button.click()
    assert backend.analyser.taken == {4: 3.0}
    assert window.readout.relatives["valence"].text() == "\N{MINUS SIGN}0.10 from neutral"
    window.commands["clear_baseline"].trigger()
    assert backend.analyser.taken == {}


def test_a_baseline_without_a_face_is_refused_in_words(qtbot, window, pipeline, backend):
    pipeline.push(frame_at(1.0), analysis_at(1.0, nobody_at(1.0)))
    qtbot.waitUntil(lambda: window.view.frame is not None)
    window.controls.baseline_button.click()
    assert backend.analyser.taken == {}
    assert "needs a face" in window.toast.text()


def test_space_pauses_and_goes_on_and_the_dot_steps_while_paused(qtbot, window, pipeline):
    window.transport.play_button.click()
    qtbot.waitUntil(lambda: window.commands["step"].isEnabled())
    window.commands["step"].trigger()
    window.commands["play"].trigger()
    qtbot.waitUntil(lambda: not window.commands["step"].isEnabled())
    assert pipeline.calls == ["start", "pause", "step", "resume"]


def test_a_file_can_be_wound_and_played_again_at_its_end(qtbot, window, backend):
    backend.sources["clip.mp4"] = FakeSource("video", "clip.mp4", False, True, 20.0)
    window.open("clip.mp4")
    qtbot.waitUntil(lambda: window.running is not None)
    pipeline = window.running.pipeline
    assert isinstance(pipeline, FakePipeline)
    window.transport.seek_wanted.emit(12.0)
    pipeline.push(frame_at(12.0), analysis_at(12.0, reading_at(12.0)))
    qtbot.waitUntil(lambda: window.transport.time.text() == "0:12 / 0:20")
    window.commands["back"].trigger()
    assert pipeline.calls == ["start", "seek 12", "seek 7"]
    pipeline.state = "ended"
    qtbot.waitUntil(lambda: window.view.notice() == "ended")
    window.commands["play"].trigger()
    qtbot.waitUntil(lambda: len(backend.opened) == 3)


def test_a_snapshot_is_saved_at_the_size_of_the_picture(qtbot, window, pipeline, tmp_path):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    shown(qtbot, window, 1)
    window.controls.snapshot_button.click()
    saved = list((tmp_path / "sessions").glob("snapshot_*.png"))
    assert len(saved) == 1
    image = QImage(str(saved[0]))
    assert (image.width(), image.height()) == (96, 64)


def test_cameras_are_listed_by_name_and_one_can_be_chosen(qtbot, window, backend):
    window.controls.source_menu.aboutToShow.emit()
    words = [action.text() for action in window.controls.source_menu.actions()]
    assert words[:2] == ["Front camera", "Desk camera"]
    window.controls.source_menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: len(backend.opened) == 2)
    assert backend.opened[1].request.source == "2"


def test_a_dropped_file_is_played(qtbot, window, backend, tmp_path):
    clip = tmp_path / "clip.mp4"
    clip.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(clip))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    qtbot.waitUntil(lambda: len(backend.opened) == 2)
    assert Path(backend.opened[1].request.source) == clip


def test_a_face_that_leaves_takes_its_point_along(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0), reading_at(1.0, face_id=2)))
    qtbot.waitUntil(lambda: window.circumplex.point(2) is not None)
    pipeline.push(frame_at(1.1), analysis_at(1.1, reading_at(1.1)))
    qtbot.waitUntil(lambda: window.circumplex.point(2) is None)
    assert window.circumplex.point(1) is not None


def test_the_next_face_key_goes_through_the_faces(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0), reading_at(1.0, face_id=2)))
    qtbot.waitUntil(lambda: window.timeline.face_choice.count() == 3)
    chosen = []
    for _ in range(3):
        window.commands["next_face"].trigger()
        chosen.append(window.timeline.plot.only_face)
    assert chosen == [1, 2, None]


def test_themes_switch_and_keep_the_two_hues_apart(window, preferences):
    window.commands["theme_light"].trigger()
    light = window.theme
    window.commands["switch_theme"].trigger()
    assert (light.name, window.theme.name) == ("light", "dark")
    assert preferences.text("theme") == "dark"
    assert light.valence != window.theme.valence
    for theme in (light, window.theme):
        assert theme.valence != theme.arousal


def test_preferences_survive_nonsense(tmp_path: Path, preferences: Preferences):
    preferences.store.setValue("opacity", "not a number")
    assert preferences.number("opacity") == 0.6


def test_values_that_are_not_numbers_show_as_dashes(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0), analysis_at(1.0, nobody_at(1.0)))
    qtbot.waitUntil(lambda: window.timeline.plot.origin is not None)
    assert window.readout.values["valence"].text() == "–"
    assert math.isnan(window.readout._bars["valence"]._value)
    assert np.isnan(nobody_at(1.0).valence)
