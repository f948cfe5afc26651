"""Markers edited by hand in the review, and texts of a session that look like markup."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from avce.app.gui.open_review import show_review
from avce.app.gui.review import ReviewWindow
from avce.app.gui.theme import DARK
from avce.app.session_reading import read_session

from .test_review import write_session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write_session(tmp_path / "20260101-101010_<b>clip")
    note = {"format": 1, "status": "complete", "note": "<b>agreed</b> & signed"}
    (made / "session.json").write_text(json.dumps(note))
    return made


@pytest.fixture
def review(qtbot, folder: Path) -> ReviewWindow:
    window = show_review(folder, DARK)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    return window


def stored(folder: Path) -> list[tuple[float, str]]:
    return [(event.timestamp, event.label) for event in read_session(folder).events]


def test_a_moved_marker_goes_back_and_forth_with_undo_and_redo(qtbot, review, folder):
    review.go(105.0)
    # Choosing a line goes to its moment; the marker is moved to where the cursor is then put.
    review.events.table.selectRow(0)
    review.time = 105.0
    review.commands["move_marker"].trigger()
    assert stored(folder) == [(105.0, "first")]
    assert [marker.time for marker in review.plot.markers] == [105.0]
    review.commands["undo"].trigger()
    assert stored(folder) == [(102.5, "first")]
    assert not review.commands["undo"].isEnabled()
    review.commands["redo"].trigger()
    assert stored(folder) == [(105.0, "first")]


def test_setting_and_removing_markers_can_be_taken_back_step_by_step(qtbot, review, folder):
    review.go(101.0)
    review.commands["marker"].trigger()
    assert [time for time, _ in stored(folder)] == [101.0, 102.5]
    review.events.table.selectRow(0)
    review.commands["remove_marker"].trigger()
    assert stored(folder) == [(102.5, "first")]
    review.commands["undo"].trigger()
    review.commands["undo"].trigger()
    assert stored(folder) == [(102.5, "first")]
    assert [marker.time for marker in review.plot.markers] == [102.5]
    review.commands["redo"].trigger()
    assert [time for time, _ in stored(folder)] == [101.0, 102.5]


def test_names_and_notes_that_look_like_markup_are_shown_as_they_are(review):
    headings = [label.text() for label in review.parts.findChildren(QLabel)]
    assert any("&lt;b&gt;clip" in text for text in headings)
    facts = review.parts._facts
    assert facts is not None
    assert "<b>agreed</b> & signed" in facts.toPlainText()
    review.toast.say("Saved: <b>x</b>")
    assert review.toast.textFormat() == Qt.TextFormat.PlainText
