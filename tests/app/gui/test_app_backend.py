"""The window on the real pipeline and session writer, with a source and network of our own."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt

from avce.app.gui.app_backend import AppBackend
from avce.app.gui.backend import Request
from avce.app.session_reading import read_session

from .hand_camera import HandSource


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
