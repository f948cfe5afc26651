"""What the window records from a running pipeline, however the run ends."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from avce.app.gui.live import live_backend
from avce.app.gui.live.live_backend import LiveBackend
from avce.app.gui.live.main_window import MainWindow
from avce.app.gui.review.reviews import Reviews
from avce.app.session.reader import read_session
from avce.app.session.summary import write_summary
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources.base import SourceLostError

from ..conftest import answer, same_image
from ..hand_camera import HandSource


def test_a_recording_holds_every_reading_and_says_how_it_was_made(qtbot, live, source, network):
    network.gate.release(100)
    qtbot.keyClick(live, Qt.Key.Key_R)
    assert live.recording.active
    folder = live.running.recorder.path
    for number in range(5):
        source.put()
        qtbot.waitUntil(
            lambda n=number: (
                0 in live.timeline.plot.series and len(live.timeline.plot.series[0]) == n + 1
            )
        )
    live.recording.mark(0.1, "stimulus")
    qtbot.keyClick(live, Qt.Key.Key_R)
    session = read_session(folder)
    assert session.readings["frame"].tolist() == [0, 1, 2, 3, 4]
    assert [event.label for event in session.events] == ["stimulus"]
    assert session.info["source"]["name"] == "Hand camera"
    assert session.info["status"] == "complete"
    assert session.info["counts"]["rows"] == 5


def record_three(qtbot, window, source):
    """Record three frames by hand; the session's folder."""
    window.controls.record_button.click()
    folder = window.running.recorder.path
    for number in range(3):
        source.put()
        qtbot.waitUntil(lambda n=number: len(window.timeline.plot.series.get(0, ())) == n + 1)
    window.controls.record_button.click()
    return folder


def test_a_recording_gets_its_summary_while_the_video_goes_on(qtbot, live, source, network):
    network.gate.release(1000)
    folder = record_three(qtbot, live, source)
    summary = live.running.recorder.summary
    assert summary is not None
    source.put()
    qtbot.waitUntil(lambda: len(live.timeline.plot.series[0]) == 4)
    assert summary.wait(30.0)
    assert summary.problem == ""
    assert same_image(folder / "summary.png", write_summary(folder, out=folder / "again.png"))


def test_a_window_that_closes_while_recording_leaves_a_summary_too(qtbot, live, source, network):
    network.gate.release(1000)
    live.controls.record_button.click()
    folder = live.running.recorder.path
    recorder = live.running.recorder
    source.put()
    qtbot.waitUntil(lambda: 0 in live.timeline.plot.series)
    live.close_now()
    assert recorder.summary.wait(30.0)
    assert (folder / "summary.png").is_file()


def test_a_summary_that_cannot_be_drawn_is_told(qtbot, live, source, network, monkeypatch):
    def fail(*_, **__):
        raise OSError("no space left on device")

    monkeypatch.setattr("avce.app.session.summary.write_summary", fail)
    network.gate.release(1000)
    record_three(qtbot, live, source)
    qtbot.waitUntil(lambda: "summary could not be drawn: no space" in live.toast.text())


def test_recording_from_the_start_misses_no_frame(qtbot, source, network, preferences, tmp_path):
    source.put()
    network.gate.release(100)
    recording = RecordingOptions(tmp_path / "kept", participant="P01", note="agreed")
    window = MainWindow(LiveBackend(), RunSettings("0", recording=recording), preferences)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: 0 in window.timeline.plot.series)
    qtbot.waitUntil(lambda: window.controls.record_button.text() == "Stop")
    window.close_now()
    session = read_session(next((tmp_path / "kept").iterdir()))
    assert session.readings["frame"].tolist() == [0]
    assert "_sub-P01_" in session.path.name
    assert session.info["note"] == "agreed"
    # What comes next is another session, and may be of somebody else.
    assert window.settings.recording == RecordingOptions()


@pytest.mark.parametrize("at_fault", ["source", "network"])
def test_a_run_that_fails_marks_its_recording_and_says_so_at_once(
    qtbot, live, source, network, at_fault
):
    network.gate.release(100)
    qtbot.keyClick(live, Qt.Key.Key_R)
    folder = live.running.recorder.path
    source.put()
    qtbot.waitUntil(lambda: 0 in live.timeline.plot.series)
    if at_fault == "network":
        network.broken = True
        source.put()
    else:
        source.frames.put(RuntimeError("the driver is out of order"))
    qtbot.waitUntil(lambda: live.view.state == "failed")
    qtbot.waitUntil(lambda: live.controls.record_button.text() == "Record")
    qtbot.waitUntil(lambda: "marked as interrupted" in live.toast.text())
    session = read_session(folder)
    assert session.info["status"] == "interrupted"
    assert session.readings["frame"].tolist() == [0]
    live.close_now()
    assert read_session(folder).info["status"] == "interrupted"


def test_an_unplugged_camera_is_said_and_its_recording_goes_on_when_it_is_back(
    qtbot, live, source, network
):
    network.gate.release(1000)
    qtbot.keyClick(live, Qt.Key.Key_R)
    folder = live.running.recorder.path
    source.put()
    qtbot.waitUntil(lambda: 0 in live.timeline.plot.series)
    source.plugged = False
    source.frames.put(SourceLostError("The camera is gone."))
    qtbot.waitUntil(lambda: live.view.notice() == "camera lost")
    assert live.recording.active
    source.plugged = True
    source.put()
    qtbot.waitUntil(lambda: live.view.notice() == "")
    qtbot.waitUntil(lambda: len(live.timeline.plot.series[0]) == 2)
    live.controls.record_button.click()
    session = read_session(folder)
    assert session.info["status"] == "complete"
    assert session.readings["frame"].tolist() == [0, 1]


def record(qtbot, live, source, network, count):
    """Begin a recording and wait for as many readings; its folder."""
    network.gate.release(1000)
    live.controls.record_button.click()
    for number in range(count):
        source.put()
        qtbot.waitUntil(lambda n=number: len(live.timeline.plot.series.get(0, ())) == n + 1)
    return live.running.recorder.path


def test_changing_the_source_while_recording_finishes_the_session_whole(
    qtbot, live, source, network, monkeypatch
):
    folder = record(qtbot, live, source, network, 3)
    other = HandSource()
    monkeypatch.setattr(live_backend, "open_source", lambda spec, loop=False: other)
    before = live.running
    live.commands["open_demo"].trigger()
    assert live.recording.active, "nothing ends a recording without being asked"
    answer(qtbot, live, "End recording")
    qtbot.waitUntil(lambda: live.running not in (None, before))
    assert live.controls.record_button.text() == "Record"
    session = read_session(folder)
    assert session.info["status"] == "complete"
    assert session.readings["frame"].tolist() == [0, 1, 2]
    other.put()
    qtbot.waitUntil(lambda: 0 in live.timeline.plot.series)
    assert len(list(folder.parent.iterdir())) == 1


def test_what_was_recorded_and_marked_can_be_reviewed_from_the_menu(
    qtbot, live, source, network, monkeypatch
):
    folder = record(qtbot, live, source, network, 4)
    live.controls.marker_button.click()
    qtbot.keyClicks(live.prompt.field, "stimulus <b>A</b>")
    qtbot.keyClick(live.prompt.field, Qt.Key.Key_Return)
    live.controls.record_button.click()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    live.commands["review"].trigger()
    (review,) = live.findChild(Reviews).windows
    assert len(review.review.time) == 4
    assert [m.label for m in review.panes.timeline.plot.markers] == ["stimulus <b>A</b>"]
    review.playhead.go(review.review.end)
    assert review.panes.readout.values["valence"].text() == "+0.25"
    live.close_now()
    assert not review.isVisible()


def test_a_baseline_is_kept_in_the_session(qtbot, live, source, network):
    network.gate.release(1000)
    source.put()
    qtbot.waitUntil(lambda: live.readout.face_id == 0)
    qtbot.keyClick(live, Qt.Key.Key_R)
    folder = live.running.recorder.path
    qtbot.keyClick(live, Qt.Key.Key_B)
    analyser = live.running.analyser()
    for _ in range(100):
        source.put()
        count = source.count
        qtbot.waitUntil(lambda count=count: live.view._analysis.frame.index == count - 1)
    assert analyser.baseline(0) is not None
    qtbot.waitUntil(lambda: bool(json.loads((folder / "session.json").read_text())["baselines"]))
    assert "Neutral baseline of face 0 recorded" in live.toast.text()
    assert live.readout.relatives["valence"].text() == "+0.00 vs. neutral"


def test_a_baseline_of_a_moving_face_says_so(qtbot, live, source, network):
    network.gate.release(1000)
    source.put()
    qtbot.waitUntil(lambda: live.readout.face_id == 0)
    qtbot.keyClick(live, Qt.Key.Key_B)
    for i in range(100):
        network.estimate = 0.7 if i > 60 else 0.0
        source.put()
        count = source.count
        qtbot.waitUntil(lambda count=count: live.view._analysis.frame.index == count - 1)
    qtbot.waitUntil(lambda: "consider recording it again" in live.toast.text())
