"""The window on the real pipeline and session writer, with a source and network of our own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from avce.app.gui.live.live_backend import LiveBackend
from avce.app.session.reader import read_session
from avce.app.settings import RunSettings

from ..hand_camera import HandSource


def test_every_frame_is_painted_and_a_click_answered_while_the_network_stands_still(
    qtbot, live, source, network
):
    source.put()
    qtbot.waitUntil(network.waiting.is_set)
    qtbot.waitUntil(lambda: live.view.frames_painted == 1)
    for number in range(1, 11):
        source.put()
        qtbot.waitUntil(lambda n=number: live.view.frames_painted == n + 1)
        assert live.view.frame.index == number
        axis = ("valence", "arousal")[number % 2]
        qtbot.mouseClick(live.controls.map_buttons[axis], Qt.MouseButton.LeftButton)
        assert live.view.axis == axis
    assert live.timeline.plot.series == {}
    network.gate.release(20)
    qtbot.waitUntil(lambda: 0 in live.timeline.plot.series)
    assert live.view.frame.index == 10


@pytest.fixture
def busy(qtbot, live, source, network) -> Path:
    """The session of a window that records, has three rows, and whose network does not answer."""
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
    return folder


def test_closing_while_the_network_is_busy_keeps_the_rows(live, busy):
    live.close_now()
    session = read_session(busy)
    assert session.readings["frame"].tolist() == [0, 1, 2]
    assert session.info["status"] == "complete"


@pytest.mark.perf
def test_closing_while_the_network_is_busy_is_quick(live, busy):
    began = time.monotonic()
    live.close_now()
    assert time.monotonic() - began < 2.0


def test_a_card_of_something_else_says_what_is_wrong(tmp_path):
    wrong = tmp_path / "wrong.onnx"
    wrong.write_text("not a network")
    assert "wrong.onnx" in LiveBackend().card(wrong).problem
    assert "no such file" in LiveBackend().card(tmp_path / "gone.onnx").problem


def test_the_source_that_was_opened_first_is_used_once(source, network, monkeypatch):
    ready = HandSource()
    backend = LiveBackend(first=ready)
    assert backend.open(RunSettings("auto")).source is ready
    assert backend.open(RunSettings("0")).source is source
