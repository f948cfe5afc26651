"""What may happen to a recording: nothing ends or changes it without a question."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QMessageBox

from avce.app.analysis.map_strength import map_strength
from avce.app.gui.live.main_window import MainWindow
from avce.app.gui.live.model_chooser import ModelChooser
from avce.app.gui.live.session_form import SessionForm
from avce.app.session.free_space import FreeSpace, duration_words, expected_rate
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources.base import CameraConfig

from ...session_folders import writer
from ..conftest import FakeSource, analysis_at, answer, frame_at, reading_at


def record(qtbot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert window.recording.active


def play_file(qtbot, window: MainWindow, backend) -> None:
    """Let the window play a file of 100 s."""
    backend.sources["film.mp4"] = FakeSource(
        kind="video", name="film.mp4", live=False, seekable=True, duration=100.0
    )
    window.open("film.mp4")
    qtbot.waitUntil(lambda: window.running is not None and not window.running.source.live)
    qtbot.waitUntil(lambda: window.feed.current_state == "running")


ENDINGS = {
    "another source": lambda window: window.sources.open_demo(),
    "a dropped file": lambda window: window.open_path(Path("other.mp4")),
    "a camera's resolution": lambda window: window.sources._choose_shape("640x480@30"),
    "another model": lambda window: take_another_model(window),
    "closing the window": lambda window: window.close(),
}


def take_another_model(window: MainWindow) -> None:
    window.choose_model()
    window.findChild(ModelChooser).accept()


@pytest.mark.parametrize("way", ENDINGS)
def test_what_would_end_a_recording_asks_first_and_keeping_it_changes_nothing(
    qtbot, window, pipeline, backend, way
):
    record(qtbot, window)
    ENDINGS[way](window)
    answer(qtbot, window, "Keep recording")
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    assert window.recording.active
    assert window.isVisible()
    assert len(backend.opened) == 1
    assert len(backend.writers[0].rows) == 1


@pytest.mark.parametrize("way", ["another source", "a dropped file"])
def test_when_the_user_agrees_the_session_is_closed_whole_and_the_source_changes(
    qtbot, window, pipeline, backend, way
):
    record(qtbot, window)
    ENDINGS[way](window)
    answer(qtbot, window, "End recording")
    qtbot.waitUntil(lambda: len(backend.opened) == 2)
    assert backend.writers[0].complete is True
    assert not window.recording.active


def test_without_a_recording_nothing_is_asked(qtbot, window, backend):
    window.sources.open_demo()
    qtbot.waitUntil(lambda: len(backend.opened) == 2)
    assert window.findChild(QMessageBox) is None


def test_the_number_of_faces_is_locked_while_recording(qtbot, window, pipeline):
    assert window.commands["faces_2"].isEnabled()
    record(qtbot, window)
    assert not window.commands["faces_2"].isEnabled()
    assert "locked while recording" in window.commands["faces_2"].toolTip()


def test_optional_columns_are_switched_on_and_off(qtbot, window, backend):
    assert not window.commands["emotions"].isChecked()
    window.commands["emotions"].trigger()
    qtbot.waitUntil(lambda: len(backend.opened) == 2)
    assert backend.opened[-1].settings.extras == ("emotions",)
    window.commands["blendshapes"].trigger()
    window.commands["emotions"].trigger()
    qtbot.waitUntil(lambda: backend.opened[-1].settings.extras == ("blendshapes",))


def test_optional_columns_are_locked_while_recording(qtbot, window, pipeline):
    record(qtbot, window)
    assert not window.commands["blendshapes"].isEnabled()
    assert not window.commands["emotions"].isEnabled()


def test_a_recording_that_ends_says_its_length_rows_and_folder(qtbot, window, pipeline, backend):
    record(qtbot, window)
    for t in (10.0, 11.0, 75.0):
        pipeline.push(frame_at(t), analysis_at(t, reading_at(t)))
    qtbot.waitUntil(lambda: window.recording.seconds() == 65.0)
    reviewed = []
    window.review_wanted.connect(reviewed.append)
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert window.saved.isVisible()
    said = window.saved.words.text()
    assert "1:05" in said
    assert "3 rows" in said
    assert str(backend.writers[0].path) in said
    window.saved.review_button.click()
    assert reviewed == [backend.writers[0].path]


def test_what_the_window_had_no_time_to_show_is_counted_too(qtbot, window, pipeline):
    record(qtbot, window)
    pipeline.push(frame_at(1.0), *(analysis_at(t, reading_at(t)) for t in (1.0, 2.0)))
    qtbot.waitUntil(lambda: window.recording.seconds() == 1.0)
    for t in range(3, 90):
        pipeline.push(frame_at(t), analysis_at(t, reading_at(t), reading_at(t, face_id=2)))
        pipeline.drain()  # as if the window had been too busy to ask
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert "1:28, 176 rows" in window.saved.words.text()


def test_a_file_is_recorded_from_its_start_and_cannot_be_sought_meanwhile(qtbot, window, backend):
    play_file(qtbot, window, backend)
    assert backend.opened[-1].pipeline.calls == ["start"]
    opened = len(backend.opened)
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: len(backend.opened) == opened + 1 and window.running is not None)
    qtbot.waitUntil(lambda: window.recording.active)
    film = backend.opened[-1].pipeline
    assert not window.commands["back"].isEnabled()
    assert not window.transport.slider.isEnabled()
    window.playback.seek(50.0)
    window.playback.seek_by(-5.0)
    assert film.calls == ["start"]
    film.state = "ended"
    qtbot.waitUntil(lambda: not window.recording.active)
    assert backend.writers[-1].complete is True
    assert window.transport.slider.isEnabled()


def test_a_looped_file_is_recorded_once_and_looped_again_afterwards(qtbot, window, backend):
    window.settings = replace(window.settings, loop=True)
    play_file(qtbot, window, backend)
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: window.recording.active)
    assert backend.opened[-1].settings.loop is False
    backend.opened[-1].pipeline.state = "ended"
    qtbot.waitUntil(lambda: not window.recording.active)
    opened = len(backend.opened)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(backend.opened) > opened)
    assert backend.opened[-1].settings.loop is True


@pytest.mark.parametrize("state", ["ended", "failed", "paused", "lost"])
def test_nothing_is_recorded_where_no_readings_come(qtbot, window, pipeline, backend, state):
    pipeline.state = state
    qtbot.waitUntil(lambda: window.feed.current_state == state)
    assert not window.commands["record"].isEnabled()
    window.recording.switch(True)
    assert backend.writers == []


def test_what_a_session_is_about_is_not_carried_over_to_the_next(qtbot, window, pipeline, backend):
    window.recording.about = RecordingOptions(participant="P01", note="Anna agreed")
    record(qtbot, window)
    assert backend.recorded.participant == "P01"
    assert backend.recorded.note == "Anna agreed"
    qtbot.keyClick(window, Qt.Key.Key_R)
    record(qtbot, window)
    assert backend.recorded.participant == ""
    assert backend.recorded.note == ""


def test_a_recording_of_a_wanted_length_stops_by_itself(qtbot, window, pipeline, backend):
    window.recording.seconds_wanted = 2.0
    record(qtbot, window)
    for t in (10.0, 11.0, 12.0):
        pipeline.push(frame_at(t), analysis_at(t, reading_at(t)))
    qtbot.waitUntil(lambda: not window.recording.active)
    assert backend.writers[0].complete is True
    assert "0:02" in window.saved.words.text()


def test_a_marker_outside_a_recording_is_shown_as_not_stored(qtbot, window, pipeline, backend):
    window.recording.mark(1.0, "door")
    assert [marker.stored for marker in window.timeline.plot.markers] == [False]
    assert "not stored" in window.toast.text()
    record(qtbot, window)
    window.recording.mark(2.0, "window")
    assert [marker.stored for marker in window.timeline.plot.markers] == [False, True]
    assert backend.writers[0].events == [(2.0, "window")]


def test_three_faces_asked_for_are_three_faces_shown(qtbot, backend, preferences):
    made = MainWindow(backend, RunSettings(CameraConfig(0), faces=3), preferences)
    qtbot.addWidget(made)
    assert made.commands["faces_3"].isChecked()


def test_what_the_command_line_records_is_what_the_ticks_show(
    qtbot, backend, preferences, tmp_path
):
    preferences.put("record_video", True)
    made = MainWindow(
        backend, RunSettings(CameraConfig(0), recording=RecordingOptions(tmp_path)), preferences
    )
    qtbot.addWidget(made)
    made.start()
    qtbot.waitUntil(lambda: made.running is not None)
    assert backend.recorded.video is False
    assert not made.options.video.isChecked()
    made.close_now()


def test_later_recordings_go_where_the_command_line_said_until_another_folder_is_chosen(
    qtbot, backend, preferences, tmp_path, monkeypatch
):
    preferences.put("folder", str(tmp_path / "remembered"))
    asked = RecordingOptions(tmp_path / "asked")
    made = MainWindow(backend, RunSettings(CameraConfig(0), recording=asked), preferences)
    qtbot.addWidget(made)
    assert made.recording.wanted().folder == tmp_path / "asked"
    assert preferences.text("folder") == str(tmp_path / "remembered"), "another start asks anew"
    chosen = tmp_path / "chosen"
    monkeypatch.setattr(
        "avce.app.gui.live.recording.QFileDialog.getExistingDirectory", lambda *_: str(chosen)
    )
    made.recording.ask_folder()
    assert made.recording.wanted().folder == chosen
    made.close_now()


def test_space_pauses_and_resumes_wherever_the_focus_is(qtbot, window, pipeline):
    window.controls.marker_button.setFocus()
    qtbot.keyClick(window.controls.marker_button, Qt.Key.Key_Space)
    assert pipeline.calls[-1] == "pause"
    qtbot.waitUntil(lambda: window.feed.current_state == "paused")
    qtbot.keyClick(window.controls.snapshot_button, Qt.Key.Key_Space)
    assert pipeline.calls[-1] == "resume"


def test_enter_presses_the_focused_button(qtbot, window, pipeline):
    qtbot.keyClick(window.controls.map_buttons["arousal"], Qt.Key.Key_Return)
    assert window.view.axis == "arousal"


def test_the_window_title_names_the_source(window):
    assert window.windowTitle() == "Fake camera – AVCE live"


def test_while_paused_the_frame_and_its_milliseconds_are_shown(qtbot, window, pipeline):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    qtbot.waitUntil(lambda: window.timeline.plot.origin == 1.0)
    later = frame_at(3.5, index=75)
    pipeline.push(later, analysis_at(3.5, reading_at(3.5), index=75))
    qtbot.waitUntil(lambda: window.timeline.plot.latest == 3.5)
    pipeline.state = "paused"
    qtbot.waitUntil(lambda: "frame 75" in window.transport.time.text())
    assert "0:02.500" in window.transport.time.text()


def test_the_frame_before_can_be_shown_while_paused(qtbot, window, backend):
    play_file(qtbot, window, backend)
    film = backend.opened[-1].pipeline
    film.push(frame_at(3.0, index=90), analysis_at(3.0, reading_at(3.0)))
    qtbot.waitUntil(lambda: window.view.frame is not None)
    film.state = "paused"
    qtbot.waitUntil(lambda: window.commands["step_back"].isEnabled())
    window.commands["step_back"].trigger()
    assert film.calls[-1] == f"seek {3.0 - 1 / 30:g}"


def test_a_map_is_drawn_no_stronger_than_its_estimate_deserves():
    assert map_strength(-0.02) == pytest.approx(0.04)
    assert map_strength(0.79) == 1.0
    assert map_strength(-0.25) == pytest.approx(0.5)
    assert map_strength(float("nan")) == 0.0


def test_the_delay_is_blank_while_nothing_runs(qtbot, window, pipeline):
    window.delay._delays.append(0.04)
    pipeline.state = "paused"
    qtbot.waitUntil(lambda: window.feed.current_state == "paused")
    window.feed.statistics.emit(pipeline.statistics())
    assert window.status.latency.text() == ""


def test_another_source_is_followed_also_after_the_plot_was_moved(qtbot, window, pipeline, backend):
    pipeline.push(frame_at(100.0), analysis_at(100.0, reading_at(100.0)))
    qtbot.waitUntil(lambda: window.timeline.plot.origin == 100.0)
    window.timeline.plot.move_view(-0.5)
    assert not window.timeline.plot.following
    window.sources.open_demo()
    qtbot.waitUntil(lambda: len(backend.opened) == 2)
    assert window.timeline.plot.following


def asked(qtbot, window: MainWindow) -> SessionForm:
    """The form that stands before a recording."""
    window.commands["ask_details"].trigger()
    qtbot.keyClick(window, Qt.Key.Key_R)
    form = window.findChild(SessionForm)
    assert form is not None
    return form


def test_a_recording_asks_what_it_is_about_before_it_starts(qtbot, window, pipeline, backend):
    form = asked(qtbot, window)
    assert not window.recording.active
    assert window.controls.record_button.text() == "Record"
    assert not window.commands["record"].isChecked()
    qtbot.keyClicks(form.fields["participant"], "P01")
    qtbot.keyClick(form, Qt.Key.Key_Return)
    assert backend.recorded.participant == "P01"
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert not window.recording.active
    qtbot.keyClick(window, Qt.Key.Key_R)
    forms = window.findChildren(SessionForm)
    assert [each.fields["participant"].text() for each in forms if each.isVisible()] == [""]


def test_enter_skips_the_form_and_escape_records_nothing(qtbot, window, pipeline, backend):
    qtbot.keyClick(asked(qtbot, window), Qt.Key.Key_Escape)
    assert backend.writers == []
    assert not window.commands["record"].isChecked()
    qtbot.keyClick(window, Qt.Key.Key_R)
    form = next(each for each in window.findChildren(SessionForm) if each.isVisible())
    qtbot.keyClick(form, Qt.Key.Key_Return)
    assert window.recording.active


def test_details_given_beforehand_are_not_asked_for_twice(qtbot, window, pipeline, backend):
    window.commands["ask_details"].trigger()
    window.recording.about = RecordingOptions(participant="P02")
    record(qtbot, window)
    assert backend.recorded.participant == "P02"


def test_a_recording_begins_after_its_count_down(qtbot, window, pipeline, preferences):
    preferences.put("count_down", 60.0)
    qtbot.keyClick(window, Qt.Key.Key_R)
    counting = window.recording.count_down
    assert (counting.isVisible(), counting.text()) == (True, "60")
    assert not window.recording.active
    counting._end -= 60.0
    qtbot.waitUntil(lambda: window.recording.active)
    assert not counting.isVisible()


@pytest.mark.parametrize("way", ["the key", "another source", "a source that ends"])
def test_a_count_down_can_be_called_off(qtbot, window, pipeline, backend, preferences, way):
    preferences.put("count_down", 60.0)
    qtbot.keyClick(window, Qt.Key.Key_R)
    if way == "the key":
        qtbot.keyClick(window, Qt.Key.Key_R)
    elif way == "another source":
        window.sources.open_demo()
    else:
        pipeline.state = "ended"
        window.recording.count_down._end -= 60.0
        qtbot.waitUntil(lambda: "no readings are coming" in window.toast.text())
    assert not window.recording.count_down.active
    assert backend.writers == []
    assert not window.commands["record"].isChecked()


def test_the_count_down_of_the_form_is_remembered_and_its_details_are_not(
    qtbot, window, pipeline, preferences
):
    form = asked(qtbot, window)
    form.delay.setValue(3)
    form.note.setPlainText("agreed")
    form.accept()
    window.recording.count_down.cancel()
    assert preferences.number("count_down") == 3.0
    assert "agreed" not in {
        str(preferences.store.value(key)) for key in preferences.store.allKeys()
    }


def test_room_is_told_in_minutes_by_what_a_session_takes(tmp_path):
    now = [0.0]
    space = FreeSpace(lambda: now[0])
    free = shutil.disk_usage(tmp_path).free
    words = space.words(tmp_path / "not there yet", free / 1830)
    assert words == f"{free / 1e9:.1f} GB free, room for 30 min"
    (tmp_path / "frames.csv").write_bytes(b"x" * 60_000)
    now[0] = 1.0
    measured = space.words(tmp_path, 1.0, recorded=60.0)
    assert measured.endswith(f"room for {duration_words(free / 1000)}")


@pytest.mark.parametrize(
    ("video", "lossless", "rate"),
    [(False, False, 7.5e3), (True, False, 30 * 250 + 30 * 96 * 64 / 32)],
)
def test_a_recording_is_expected_to_take_what_it_stores(video, lossless, rate):
    wanted = RecordingOptions(video=video, lossless=lossless)
    assert expected_rate(FakeSource(), 1, wanted) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(59, "0 min"), (3600, "60 min"), (40_000, "11 h"), (1e9, "more than 100 h")],
)
def test_what_is_left_is_told_as_coarsely_as_it_is_long(seconds, words):
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("P01", "P02", False), ("P01", "P01", True), ("", "", False), ("P01", "", False)],
)
def test_a_baseline_is_carried_over_to_a_session_of_the_same_participant_alone(
    qtbot, window, pipeline, backend, first, second, kept
):
    window.recording.about = RecordingOptions(participant=first)
    record(qtbot, window)
    window.baselines.take(1)
    qtbot.keyClick(window, Qt.Key.Key_R)
    # Between two sessions, the next person at the camera has the number of the last one.
    assert backend.analyser.taken == {1: 3.0}
    window.recording.about = RecordingOptions(participant=second)
    record(qtbot, window)
    assert backend.analyser.taken == ({1: 3.0} if kept else {})
    assert ("not carried over" in window.toast.text()) is not kept


def test_a_baseline_that_was_taken_before_a_session_is_its_own(qtbot, window, pipeline, backend):
    window.baselines.take(1)
    record(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_R)
    backend.analyser.start_baseline(1, 2.0)  # another one, after the session
    record(qtbot, window)
    assert backend.analyser.taken == {1: 2.0}


def test_a_participant_who_was_recorded_before_is_asked_about(qtbot, window, pipeline):
    writer(window.recording.folder, participant="P01", session="1").close()
    window.recording.about = RecordingOptions(participant="P01", session="2")
    record(qtbot, window)
    assert "recorded before" not in window.toast.text()
    qtbot.keyClick(window, Qt.Key.Key_R)
    window.recording.about = RecordingOptions(participant="P01", session="1")
    record(qtbot, window)
    assert "P01 was recorded before in the same session" in window.toast.text()


def test_a_session_whose_folder_is_gone_is_not_called_saved(qtbot, window, pipeline, backend):
    record(qtbot, window)
    backend.writers[0].path.rmdir()
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert "lost, its folder is gone" in window.saved.words.text()
    assert not window.saved.review_button.isVisible()
    record(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert "saved" in window.saved.words.text()
    assert window.saved.review_button.isVisible()


@pytest.mark.parametrize("size", [(1366, 768), (1024, 640)])
def test_a_saved_session_covers_no_part_of_the_video(qtbot, window, pipeline, size):
    window.resize(*size)
    record(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_R)
    saved, view = window.saved, window.view
    assert saved.isVisible()
    place = QRect(saved.mapTo(window, QPoint()), saved.size())
    assert not place.intersects(QRect(view.mapTo(window, QPoint()), view.size()))
    assert window.rect().contains(place)
    summary = saved.words.text().split("\n")[0]
    assert saved.words.fontMetrics().horizontalAdvance(summary) <= saved.words.width()
