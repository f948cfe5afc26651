"""A disk that will be full during a recording is told in time."""

from __future__ import annotations

from types import SimpleNamespace

from PySide6.QtCore import Qt

from avce.app.headless import Outputs, _room
from avce.app.session import free_space
from avce.app.session.free_space import FreeSpace, LowSpace
from avce.app.settings import RecordingOptions, RunSettings

from ..conftest import FakeSource, analysis_at, frame_at, reading_at


def test_a_disk_that_will_be_full_is_told_once_at_each_of_some_times():
    low = LowSpace()
    left = range(700, 0, -1)
    said = {seconds: low.words(float(seconds)) for seconds in left}
    told = {seconds: words for seconds, words in said.items() if words}
    assert list(told) == [599, 299, 119]
    assert told[299].startswith("The disk will be full in 4 min: make room")
    low.begin()
    assert low.words(90.0)
    assert not low.words(80.0)


def test_a_recording_that_is_longer_than_there_is_room_for_is_told_at_once():
    low = LowSpace()
    assert "room for 20 min of the 60 min" in low.words(1200.0, 3600.0)
    assert not low.words(1200.0, 3600.0)
    assert "full in 9 min" in low.words(599.0, 3000.0)
    # It will be over before the disk is full.
    assert not LowSpace().words(100.0, 90.0)


def test_a_disk_that_fills_up_is_told_in_the_window(qtbot, window, pipeline, monkeypatch):
    left = {"free": 9e11}
    usage = lambda path: SimpleNamespace(free=left["free"])  # noqa: E731
    monkeypatch.setattr(free_space.shutil, "disk_usage", usage)
    window.recording._space = FreeSpace(lambda: left["free"])
    qtbot.keyClick(window, Qt.Key.Key_R)
    pipeline.push(frame_at(0.0), analysis_at(0.0, reading_at(0.0)))
    qtbot.waitUntil(lambda: "room for" in window.status.recording.text())
    assert "disk will be full" not in window.toast.text()
    window.recording._space = FreeSpace()
    left["free"] = 200.0 * 30 * 250
    qtbot.waitUntil(lambda: "disk will be full in 3 min" in window.toast.text())
    assert window.recording.active


def test_a_disk_that_fills_up_is_told_without_a_window(tmp_path, monkeypatch):
    usage = lambda path: SimpleNamespace(free=200.0 * 30 * 250)  # noqa: E731
    monkeypatch.setattr(free_space.shutil, "disk_usage", usage)
    settings = RunSettings("0", recording=RecordingOptions(tmp_path))
    outputs = Outputs([])
    warning = _room(settings, FakeSource(), outputs)
    assert warning() == ""
    outputs.session = SimpleNamespace(path=tmp_path)
    assert "disk will be full in 3 min" in warning()
    assert warning() == ""
