"""The window on the real pipeline and session writer, with a source and network of our own."""

from __future__ import annotations

import json
import queue
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from avce.app.gui import app_backend
from avce.app.gui.app_backend import AppBackend
from avce.app.gui.backend import Request
from avce.app.gui.main_window import Window
from avce.app.session_reading import read_session
from avce.app.sources.base import Frame, Source, SourceLostError
from avce.model.face import Face
from avce.model.predictor import Prediction, Predictor

RGB = np.full((48, 64, 3), 120, np.uint8)


class HandSource(Source):
    """A live source that gives what the test puts in."""

    kind = "camera"
    name = "Hand camera"
    live = True
    size = (64, 48)

    def __init__(self) -> None:
        self.frames: queue.Queue[Frame | Exception | None] = queue.Queue()
        self.count = 0
        self.plugged = True

    def open(self) -> None:
        if not self.plugged:
            raise SourceLostError("There is no camera.")

    def put(self, count: int = 1) -> None:
        for _ in range(count):
            at = self.count / 30
            self.frames.put(Frame(self.count, at, RGB, time.perf_counter()))
            self.count += 1

    def read(self) -> Frame | None:
        item = self.frames.get()
        if isinstance(item, Exception):
            raise item
        return item

    def interrupt(self) -> None:
        self.frames.put(None)

    def close(self) -> None: ...


class OneFace:
    def find(self, rgb, timestamp_ms=None) -> list[Face]:
        landmarks = np.tile(np.array([[30, 20]], np.float32), (478, 1))
        return [Face(20.0, 10.0, 20.0, 20.0, 0.9, landmarks)]

    def restart(self) -> None: ...

    def close(self) -> None: ...


class GatedNetwork(Predictor):
    """Waits at a gate for each frame."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.waiting = threading.Event()
        self.broken = False
        self.path = Path("gated.onnx")
        self.sha256 = "0" * 64
        self.provider = "cpu"

    def predict(self, crops) -> Prediction:
        self.waiting.set()
        self.gate.acquire(timeout=5)
        if self.broken:
            raise RuntimeError("the network is out of order")
        count = len(crops)
        return Prediction(
            np.full((count, 2), 0.25, np.float32),
            np.ones((count, 2, 7, 7), np.float32),
            np.zeros((count, 32), np.float32),
        )


@pytest.fixture
def source(monkeypatch) -> HandSource:
    made = HandSource()
    monkeypatch.setattr(app_backend, "open_source", lambda spec, loop=False: made)
    return made


@pytest.fixture
def network(monkeypatch) -> GatedNetwork:
    from avce.app.analysis import Analyser

    made = GatedNetwork()
    monkeypatch.setattr(
        app_backend, "open_analyser", lambda model, **options: Analyser(made, OneFace())
    )
    return made


@pytest.fixture
def live(qtbot, source, network, preferences) -> Window:
    window = Window(AppBackend(), Request("0"), preferences)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.running is not None and window.running.analyser() is not None)
    yield window
    network.gate.release(1000)
    window.close()


def test_every_picture_is_painted_while_the_network_stands_still(qtbot, live, source, network):
    source.put()
    qtbot.waitUntil(network.waiting.is_set)
    before = live.view.frames_painted
    for number in range(1, 11):
        source.put()
        qtbot.waitUntil(lambda n=number: live.view.frame is not None and live.view.frame.index == n)
        live.view.repaint()
    assert live.view.frames_painted - before >= 10
    assert live.timeline.plot.series == {}
    network.gate.release(20)
    qtbot.waitUntil(lambda: 0 in live.timeline.plot.series)
    assert live.view.frame.index == 10


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


def test_recording_from_the_start_misses_no_frame(qtbot, source, network, preferences, tmp_path):
    source.put()
    network.gate.release(100)
    window = Window(AppBackend(), Request("0", record=tmp_path / "kept"), preferences)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: 0 in window.timeline.plot.series)
    qtbot.waitUntil(lambda: window.controls.record_button.text() == "Stop")
    window.close()
    session = read_session(next((tmp_path / "kept").iterdir()))
    assert session.readings["frame"].tolist() == [0]


def test_closing_while_the_network_is_busy_is_quick_and_keeps_the_rows(
    qtbot, live, source, network
):
    network.gate.release(3)
    qtbot.keyClick(live, Qt.Key.Key_R)
    folder = live.running.recorder.path
    for number in range(3):
        source.put()
        qtbot.waitUntil(
            lambda n=number: (
                0 in live.timeline.plot.series and len(live.timeline.plot.series[0]) == n + 1
            )
        )
    network.waiting.clear()
    source.put(3)
    qtbot.waitUntil(network.waiting.is_set)
    began = time.monotonic()
    live.close()
    assert time.monotonic() - began < 2.0
    session = read_session(folder)
    assert session.readings["frame"].tolist() == [0, 1, 2]
    assert session.info["status"] == "complete"


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
    live.close()
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


def test_changing_the_source_while_recording_finishes_the_session_whole(
    qtbot, live, source, network, monkeypatch
):
    network.gate.release(1000)
    live.controls.record_button.click()
    folder = live.running.recorder.path
    for number in range(3):
        source.put()
        qtbot.waitUntil(lambda n=number: len(live.timeline.plot.series.get(0, ())) == n + 1)
    other = HandSource()
    monkeypatch.setattr(app_backend, "open_source", lambda spec, loop=False: other)
    before = live.running
    live.commands["open_demo"].trigger()
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
    network.gate.release(1000)
    live.controls.record_button.click()
    folder = live.running.recorder.path
    for number in range(4):
        source.put()
        qtbot.waitUntil(lambda n=number: len(live.timeline.plot.series.get(0, ())) == n + 1)
    live.controls.marker_button.click()
    qtbot.keyClicks(live.prompt.field, "stimulus <b>A</b>")
    qtbot.keyClick(live.prompt.field, Qt.Key.Key_Return)
    live.controls.record_button.click()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    live.commands["review"].trigger()
    (review,) = live.reviews
    assert len(review.review.time) == 4
    assert [m.label for m in review.panes.timeline.plot.markers] == ["stimulus <b>A</b>"]
    review.go(review.review.end)
    assert review.panes.readout.values["valence"].text() == "+0.25"
    live.close()
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
    assert "has a baseline" in live.toast.text()
    assert live.readout.relatives["valence"].text() == "+0.00 from neutral"


def test_a_card_of_something_else_says_what_is_wrong(tmp_path):
    wrong = tmp_path / "wrong.onnx"
    wrong.write_text("not a network")
    assert "wrong.onnx" in AppBackend().card(wrong).problem
    assert "no such file" in AppBackend().card(tmp_path / "gone.onnx").problem


def test_the_source_that_was_opened_first_is_used_once(source, network, monkeypatch):
    ready = HandSource()
    backend = AppBackend(first=ready)
    assert backend.open(Request("auto")).source is ready
    assert backend.open(Request("0")).source is source
