"""What the window writes: sessions, markers, baselines, snapshots."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from avce.app.gui.live.main_window import MainWindow
from avce.app.gui.live.session_form import SessionForm
from avce.app.settings import RecordingOptions

from ..conftest import (
    analysis_at,
    frame_at,
    nobody_at,
    reading_at,
)


def shown(qtbot, window: MainWindow, count: int) -> None:
    """Wait until the timeline holds `count` rows of face 1."""
    qtbot.waitUntil(lambda: 1 in window.timeline.plot.series)
    qtbot.waitUntil(lambda: len(window.timeline.plot.series[1]) == count)


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


def test_a_full_disk_ends_the_recording_but_not_the_video(qtbot, window, pipeline, backend):
    qtbot.keyClick(window, Qt.Key.Key_R)

    def fail(analysis):
        raise OSError("no space left on device")

    backend.writers[0].write = fail
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    qtbot.waitUntil(lambda: "no space left" in window.toast.text())
    assert window.controls.record_button.text() == "Record"
    shown(qtbot, window, 1)


def test_a_disk_that_is_full_at_a_marker_or_at_the_end_is_told(qtbot, window, pipeline, backend):
    def fail(*_, **__):
        raise OSError("no space left on device")

    qtbot.keyClick(window, Qt.Key.Key_R)
    backend.writers[0].event = fail
    window.recording.mark(1.0, "stimulus")
    qtbot.waitUntil(lambda: "no space left" in window.toast.text())
    assert not window.recording.active
    window.toast.clear()
    qtbot.keyClick(window, Qt.Key.Key_R)
    window.running.recorder._last_word = fail
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: "no space left" in window.toast.text())
    assert backend.writers[1].complete is False


def test_closing_while_recording_loses_no_row(qtbot, window, pipeline, backend):
    qtbot.keyClick(window, Qt.Key.Key_R)
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    last = analysis_at(1.1, reading_at(1.1))
    # What the network still had in hand arrives while the pipeline stops.
    pipeline.stopping = lambda: pipeline.push(None, last)
    window.close_now()
    writer = backend.writers[0]
    assert [row.frame.timestamp for row in writer.rows] == [1.0, 1.1]
    assert writer.closed
    assert len(window.timeline.plot.series[1]) == 2


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
    assert window.readout.relatives["valence"].text() == "\N{MINUS SIGN}0.10 vs. neutral"
    window.commands["clear_baseline"].trigger()
    assert backend.analyser.taken == {}


def test_a_baseline_without_a_face_is_refused_in_words(qtbot, window, pipeline, backend):
    pipeline.push(frame_at(1.0), analysis_at(1.0, nobody_at(1.0)))
    qtbot.waitUntil(lambda: window.view.frame is not None)
    window.controls.baseline_button.click()
    assert backend.analyser.taken == {}
    assert "needs a face" in window.toast.text()


def test_a_snapshot_is_saved_at_the_size_of_the_frame(qtbot, window, pipeline, tmp_path):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    shown(qtbot, window, 1)
    window.controls.snapshot_button.click()
    saved = list((tmp_path / "sessions").glob("snapshot_*.png"))
    assert len(saved) == 1
    image = QImage(str(saved[0]))
    assert (image.width(), image.height()) == (96, 64)


def test_the_check_boxes_say_what_is_stored_and_hold_while_recording(
    qtbot, window, pipeline, backend, preferences
):
    options = window.options
    assert options.video.isVisible()
    assert not options.lossless.isVisible()
    qtbot.mouseClick(options.video, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(options.lossless, Qt.MouseButton.LeftButton)
    assert window.commands["record_video"].isChecked()
    assert (preferences.flag("record_video"), preferences.flag("lossless")) == (True, True)
    assert "faces will be stored" in options.hint.text()
    assert "GB free" in options.hint.text()
    window.recording.about = RecordingOptions(note="P1 agreed")
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert (backend.recorded.video, backend.recorded.lossless) == (True, True)
    assert backend.recorded.note == "P1 agreed"
    assert not options.video.isEnabled()
    assert not options.details.isVisible()
    qtbot.waitUntil(lambda: "GB free" in window.status.recording.text())
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert options.video.isEnabled()
    window.commands["record_video"].trigger()
    assert not options.video.isChecked()
    assert not options.lossless.isVisible()


def test_the_session_details_are_asked_for_beside_the_check_boxes(qtbot, window):
    window.commands["record_video"].trigger()
    qtbot.mouseClick(window.options.details, Qt.MouseButton.LeftButton)
    form = window.findChild(SessionForm)
    qtbot.keyClicks(form.fields["participant"], "P01")
    form.note.setPlainText(" all agreed ")
    form.accept()
    assert window.recording.about.participant == "P01"
    assert window.recording.about.note == "all agreed"


def test_a_participant_without_a_letter_or_digit_is_refused_in_the_form(qtbot, window):
    window.commands["session_details"].trigger()
    form = window.findChild(SessionForm)
    qtbot.keyClicks(form.fields["participant"], "??")
    form.accept()
    assert form.isVisible()
    assert "no letter or digit" in form.problem.text()
    form.reject()
    assert window.recording.about.participant == ""


def test_a_preset_label_marks_the_newest_reading_by_one_key(qtbot, window, pipeline, backend):
    window.preferences.put_texts("marker_labels", ["smile"])
    window.presets.refresh()
    window.commands["record"].trigger()
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    qtbot.waitUntil(lambda: window.timeline.plot.latest == 1.0)
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert backend.writers[-1].events == [(1.0, "smile")]
