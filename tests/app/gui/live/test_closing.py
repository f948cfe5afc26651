"""The window closes in every state, at once and for good; what was recorded is kept."""

from __future__ import annotations

import threading

import pytest

from ...stand_ins import WAIT
from ..conftest import FakeBackend, analysis_at, frame_at, reading_at

STATES = ["starting", "running", "paused", "lost", "ended", "failed"]


@pytest.mark.parametrize("recording", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_the_window_closes_in_every_state(qtbot, window, pipeline, backend, state, recording):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    qtbot.waitUntil(lambda: 1 in window.timeline.plot.series)
    if recording:
        window.commands["record"].trigger()
        pipeline.push(frame_at(2.0), analysis_at(2.0, reading_at(2.0)))
    pipeline.error = RuntimeError("out of order") if state == "failed" else None
    pipeline.state = state
    qtbot.waitUntil(lambda: window.feed.current_state == state)
    window.close_now()
    assert not window.isVisible()
    assert window.feed.running is None
    assert pipeline.calls[-1] == "stop"
    if recording:
        (writer,) = backend.writers
        assert writer.closed
        assert writer.complete is (state != "failed")
        assert [row.frame.timestamp for row in writer.rows] == [2.0]


@pytest.mark.parametrize("page", ["prompt", "form", "count-down", "model", "help"])
def test_the_window_closes_while_something_else_is_open(qtbot, window, pipeline, preferences, page):
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    qtbot.waitUntil(lambda: 1 in window.timeline.plot.series)
    if page == "count-down":
        preferences.put("count_down", 60.0)
    names = {"prompt": "marker", "form": "session_details", "model": "model", "help": "keys"}
    window.commands[names.get(page, "record")].trigger()
    window.close_now()
    assert not window.isVisible()
    assert pipeline.calls[-1] == "stop"


def test_a_source_that_opens_while_the_window_closes_is_never_started(
    qtbot, window, backend, monkeypatch
):
    opening, go_on = threading.Event(), threading.Event()
    at_once = FakeBackend.open

    def slowly(self, settings):
        opening.set()
        go_on.wait(WAIT)
        return at_once(self, settings)

    monkeypatch.setattr(FakeBackend, "open", slowly)
    window.open("demo")
    qtbot.waitUntil(opening.is_set)
    change = window.feed._change
    assert change is not None
    window.close_now()
    assert not window.isVisible()
    go_on.set()
    change.join(WAIT)
    assert backend.opened[-1].pipeline.calls == []


def test_what_a_camera_reports_is_said_in_the_window(qtbot, window, pipeline):
    pipeline.told.append("The same frame has been arriving for 5 s: the camera is stuck.")
    qtbot.waitUntil(lambda: "the camera is stuck" in window.toast.text())
