"""The window on a fake camera: what a person does, and what they then see."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from avce.app.gui.live.main_window import MainWindow
from avce.app.gui.qt.preferences import Preferences
from avce.app.settings import RunSettings
from avce.app.sources.base import CameraConfig

from ..conftest import (
    FakePipeline,
    FakeSource,
    analysis_at,
    frame_at,
    nobody_at,
    reading_at,
)


def shown(qtbot, window: MainWindow, count: int) -> None:
    """Wait until the timeline holds `count` rows of face 1."""
    qtbot.waitUntil(lambda: 1 in window.timeline.plot.series)
    qtbot.waitUntil(lambda: len(window.timeline.plot.series[1]) == count)


def test_a_started_window_shows_frame_boxes_numbers_and_curves(qtbot, window, pipeline):
    window.delay.clock = lambda: 1.048
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0, 0.4, -0.3)))
    shown(qtbot, window, 1)
    assert window.view.frame is not None
    assert [reading.face_id for reading in window.view.faces] == [1]
    assert window.readout.values["valence"].text() == "+0.40"
    assert window.readout.values["arousal"].text() == "\N{MINUS SIGN}0.30"
    assert window.circumplex.point(1) == (0.4, -0.3)
    qtbot.waitUntil(lambda: "video 30.0 fps" in window.status.video.text())
    assert window.status.model.text() == "avce-al on cpu"
    qtbot.waitUntil(lambda: window.status.latency.text() == "delay 48 / 48 ms")
    assert window.status.dropped.text() == "dropped 7"


def test_the_delay_leaves_out_what_waited_through_a_pause(qtbot, window, pipeline):
    window.delay.clock = lambda: 24.0
    waited = replace(analysis_at(0.3, reading_at(0.3, 0.4)), waited=True)
    pipeline.push(frame_at(0.3), waited)
    shown(qtbot, window, 1)
    pipeline.push(frame_at(23.8), analysis_at(23.8, reading_at(23.8, 0.4)))
    qtbot.waitUntil(lambda: window.status.latency.text() == "delay 200 / 200 ms")


def test_switching_the_source_stops_the_old_one_and_forgets_its_readings(
    qtbot, window, pipeline, backend
):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    shown(qtbot, window, 1)
    window.open("demo")
    qtbot.waitUntil(lambda: len(backend.opened) == 2 and window.running is not None)
    assert pipeline.calls == ["start", "stop"]
    assert backend.opened[1].settings.source == "demo"
    assert window.timeline.plot.series == {}
    assert window.view.frame is None


def test_a_source_that_cannot_be_had_says_why_and_another_can_be_chosen(qtbot, window, backend):
    window.open("broken")
    qtbot.waitUntil(lambda: window.view.state == "failed")
    assert "There is no camera 7" in window.view._detail
    assert "Fake camera" not in window.windowTitle() + window.controls.source_button.text()
    window.open("demo")
    qtbot.waitUntil(lambda: window.running is not None)
    assert window.view.state == "running"


def test_nothing_can_be_recorded_or_measured_from_a_source_that_failed(qtbot, window, pipeline):
    offered = [window.commands[name] for name in ("record", "baseline")]
    assert all(command.isEnabled() for command in offered)
    pipeline.state = "failed"
    qtbot.waitUntil(lambda: window.view.state == "failed")
    assert not any(command.isEnabled() for command in offered)


def test_the_question_for_a_marker_leaves_a_message_readable(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    shown(qtbot, window, 1)
    window.toast.say("Recording readings, no video")
    window.commands["marker"].trigger()
    assert window.toast.isVisible()
    assert window.prompt.isVisible()
    assert not window.toast.geometry().intersects(window.prompt.geometry())


def test_closing_during_a_change_of_source_stops_what_was_opened(qtbot, backend, preferences):
    window = MainWindow(backend, RunSettings("0"), preferences)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: bool(backend.opened))
    window.close()
    assert backend.opened[0].pipeline.calls[-1] == "stop"


def test_space_pauses_and_goes_on_and_the_dot_steps_while_paused(qtbot, window, pipeline):
    window.transport.play_button.click()
    qtbot.waitUntil(lambda: window.commands["step"].isEnabled())
    window.commands["step"].trigger()
    window.commands["play"].trigger()
    qtbot.waitUntil(lambda: not window.commands["step"].isEnabled())
    assert pipeline.calls == ["start", "pause", "step", "resume"]


def test_a_file_can_be_sought_in_and_played_again_at_its_end(qtbot, window, backend):
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


def test_cameras_are_listed_by_name_and_one_can_be_chosen(qtbot, window, backend):
    window.sources.aboutToShow.emit()
    words = [action.text() for action in window.sources.actions()]
    assert words[:2] == ["Front camera", "Desk camera"]
    window.sources.actions()[1].trigger()
    qtbot.waitUntil(lambda: len(backend.opened) == 2)
    assert backend.opened[1].settings.source == CameraConfig(2, (1280, 720), 30)


def test_the_resolution_of_a_running_camera_can_be_changed(qtbot, window, backend, preferences):
    window.sources.aboutToShow.emit()
    shapes = next(a.menu() for a in window.sources.actions() if a.menu())
    next(a for a in shapes.actions() if a.text().startswith("640 x 480")).trigger()
    qtbot.waitUntil(lambda: len(backend.opened) == 2)
    assert backend.opened[1].settings.source == CameraConfig(0, (640, 480), 30)
    assert preferences.text("camera") == "640x480@30"


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
    assert Path(backend.opened[1].settings.source) == clip


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
