"""Markers in the review: every change can be taken back and is on disk at once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from avce.app.gui.events_table import seconds_of
from avce.app.gui.review import ReviewWindow
from avce.app.gui.review_data import load
from avce.app.gui.review_tools import ReviewTools
from avce.app.gui.timeline_plot import clock
from avce.app.session_reading import read_session

from .test_review import folder, labels, review, write_session

__all__ = ["folder", "review"]


def on_disk(folder: Path) -> list[tuple[float, str]]:
    return [(event.timestamp, event.label) for event in read_session(folder).events]


def choose(review: ReviewWindow, label: str) -> int:
    line = labels(review).index(label)
    review.events.table.selectRow(line)
    return line


def test_each_change_can_be_taken_back_and_made_again(review, folder):
    review.go(106.0)
    review.commands["marker"].trigger()
    choose(review, "first")
    review.go(108.0)
    choose(review, "first")
    review.go(103.0)
    states = [on_disk(folder)]
    review.history.replace(review.history.markers[0], type(review.history.markers[0])(103.0, "x"))
    states.append(on_disk(folder))
    assert states == [[(102.5, "first"), (106.0, "marker 2")], [(103.0, "x"), (106.0, "marker 2")]]
    assert review.commands["undo"].text() == "Undo moving a marker"
    review.commands["undo"].trigger()
    assert on_disk(folder) == states[0]
    review.commands["undo"].trigger()
    assert on_disk(folder) == [(102.5, "first")]
    assert not review.commands["undo"].isEnabled()
    review.commands["redo"].trigger()
    review.commands["redo"].trigger()
    assert on_disk(folder) == states[1]
    assert [m.label for m in review.plot.markers] == ["x", "marker 2"]


def test_a_marker_is_moved_to_the_cursor_and_stays_chosen(qtbot, review, folder):
    choose(review, "first")
    review.panes.timeline.plot.pointed.emit(104.0)
    # The cursor left the marker, so none is chosen: choose it without going there.
    review.events.table.blockSignals(True)
    choose(review, "first")
    review.events.table.blockSignals(False)
    review.commands["move_marker"].trigger()
    assert on_disk(folder) == [(104.0, "first")]
    qtbot.waitUntil(lambda: review.events.table.item(0, 0).text() == "0:04.0")


def test_a_marker_is_moved_by_typing_a_time(qtbot, review, folder):
    line = choose(review, "first")
    review.events.table.item(line, 0).setText("0:03.5")
    assert on_disk(folder) == [(103.5, "first")]
    review.events.table.item(line, 0).setText("soon")
    assert on_disk(folder) == [(103.5, "first")]
    assert "is no time" in review.toast.text()
    qtbot.waitUntil(lambda: review.events.table.item(line, 0).text() == "0:03.5")


def test_the_delete_key_takes_the_chosen_marker_away(qtbot, review, folder):
    choose(review, "first")
    qtbot.keyClick(review.events.table, Qt.Key.Key_Delete)
    assert on_disk(folder) == []
    peak = next(label for label in labels(review) if "valence" in label)
    choose(review, peak)
    qtbot.keyClick(review.events.table, Qt.Key.Key_Delete)
    assert peak in labels(review)


def test_a_new_marker_is_named_in_its_line(qtbot, review, folder):
    review.go(105.5)
    review.commands["marker"].trigger()
    table = review.events.table
    qtbot.waitUntil(lambda: table.state() == table.State.EditingState)
    editor = table.findChild(type(table.indexWidget(table.currentIndex())) or object) or (
        table.viewport().focusWidget()
    )
    qtbot.keyClicks(editor, "M. and space")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert on_disk(folder) == [(102.5, "first"), (105.5, "M. and space")]


def test_the_list_follows_the_cursor(review):
    review.go(102.5)
    assert review.events.marker().label == "first"
    review.go(103.0)
    assert review.events.marker() is None
    assert not review.events.table.selectedItems()


@pytest.mark.parametrize("kind", ["marker", "peak"])
def test_keys_of_one_kind_pass_over_the_other(review, kind):
    review.commands["to_start"].trigger()
    moments = {"marker": {102.5}, "peak": {m.time for m, _ in review.review.peaks}}[kind]
    visited = set()
    for _ in range(10):
        before = review.time
        review.commands[f"next_{kind}"].trigger()
        if review.time != before:
            visited.add(review.time)
    assert visited == moments
    for _ in range(10):
        review.commands[f"last_{kind}"].trigger()
    assert review.time == min(moments)


def test_a_session_that_is_still_written_keeps_its_markers(qtbot, tmp_path):
    path = write_session(tmp_path / "now")
    (path / "session.json").write_text(json.dumps({"format": 1, "status": "recording"}))
    os.utime(path / "frames.csv", (1000.0, 1000.0))
    growing = load(path, now=1003.0)
    assert growing.growing
    window = ReviewWindow(growing, ReviewTools())
    qtbot.addWidget(window)
    window.commands["marker"].trigger()
    window.add_marker()
    assert not window.commands["marker"].isEnabled()
    assert not window.events.add_button.isEnabled()
    assert on_disk(path) == [(102.5, "first")]
    # The same folder some time later: its program was killed, so the markers are free.
    assert not load(path, now=2000.0).growing


def test_a_change_that_cannot_be_saved_is_told(review, monkeypatch):
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("avce.app.gui.review.save_events", full)
    review.commands["marker"].trigger()
    assert "could not be saved: No space left" in review.toast.text()


@given(st.integers(0, 200_000))
def test_a_time_is_read_as_it_is_shown(tenths: int) -> None:
    assert seconds_of(clock(tenths / 10, decimals=1)) == pytest.approx(tenths / 10, abs=1e-9)


@pytest.mark.parametrize("text", ["", "a", "1:60", "-3", "1:2:3:4", "nan", "inf", "1e99", "1::2"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert seconds_of(text) is None
