"""Markers edited by hand in the review, and texts of a session that look like markup."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from filelock import FileLock
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from avce.app.gui.qt.theme import DARK
from avce.app.gui.review.data import load, store_markers
from avce.app.gui.review.review_window import ReviewWindow
from avce.app.gui.review.reviews import Reviews
from avce.app.gui.widgets.timeline_plot import Marker
from avce.app.session import edits
from avce.app.session.edits import change_people
from avce.app.session.reader import read_session
from avce.model.errors import InputError
from avce.model.session_people import People

from .test_review import write_session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write_session(tmp_path / "20260101-101010_<b>clip")
    note = {"format": 1, "status": "complete", "note": "<b>agreed</b> & signed"}
    (made / "session.json").write_text(json.dumps(note))
    return made


@pytest.fixture
def review(qtbot, folder: Path) -> ReviewWindow:
    window = Reviews(DARK).show(folder)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    return window


def stored(folder: Path) -> list[tuple[float, str]]:
    return [(event.timestamp, event.label) for event in read_session(folder).events]


def test_a_moved_marker_goes_back_and_forth_with_undo_and_redo(qtbot, review, folder):
    review.playhead.go(105.0)
    # Choosing a line goes to its moment; the marker is moved to where the cursor is then put.
    review.events.table.selectRow(0)
    review.playhead.time = 105.0
    review.commands["move_marker"].trigger()
    assert stored(folder) == [(105.0, "first")]
    assert [marker.time for marker in review.plot.markers] == [105.0]
    review.commands["undo"].trigger()
    assert stored(folder) == [(102.5, "first")]
    assert not review.commands["undo"].isEnabled()
    review.commands["redo"].trigger()
    assert stored(folder) == [(105.0, "first")]


def test_setting_and_removing_markers_can_be_taken_back_step_by_step(qtbot, review, folder):
    review.playhead.go(101.0)
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


def test_undo_and_redo_name_the_change_they_are_about(review):
    undo, redo = review.commands["undo"], review.commands["redo"]
    review.playhead.go(101.0)
    review.commands["marker"].trigger()
    assert (undo.text(), undo.isEnabled(), redo.isEnabled()) == ("Undo add marker", True, False)
    undo.trigger()
    assert (redo.text(), undo.isEnabled(), redo.isEnabled()) == ("Redo add marker", False, True)


@pytest.fixture
def second(qtbot, folder: Path, review: ReviewWindow) -> ReviewWindow:
    """Another window on the same session."""
    window = Reviews(DARK).show(folder)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    return window


def mark(window: ReviewWindow, time: float, label: str) -> None:
    window.history.add(Marker(time, label))


def test_two_windows_on_one_session_keep_each_other_s_markers(review, second, folder):
    mark(review, 101.0, "one")
    mark(second, 103.0, "two")
    assert stored(folder) == [(101.0, "one"), (102.5, "first"), (103.0, "two")]
    assert [marker.label for marker in second.plot.markers] == ["one", "first", "two"]
    assert "changed elsewhere" in second.toast.text()
    review.editing.look()
    assert [marker.label for marker in review.plot.markers] == ["one", "first", "two"]
    # Each takes back what it did itself, and nothing else.
    review.commands["undo"].trigger()
    assert stored(folder) == [(102.5, "first"), (103.0, "two")]
    second.commands["undo"].trigger()
    assert stored(folder) == [(102.5, "first")]


def test_a_marker_that_two_windows_change_differently_is_there_in_both_ways(review, second, folder):
    (first,) = review.history.markers
    review.history.replace(first, Marker(102.5, "begin"))
    second.history.replace(first, Marker(104.0, "first"))
    assert stored(folder) == [(102.5, "begin"), (104.0, "first")]
    review.editing.look()
    review.history.remove(Marker(104.0, "first"))
    second.history.remove(Marker(104.0, "first"))
    assert stored(folder) == [(102.5, "begin")]


def test_names_given_in_two_windows_are_kept_together(folder):
    nobody = People()
    assert change_people(folder, nobody, People({1: "Anna"})).names == {1: "Anna"}
    both = change_people(folder, nobody, People({2: "Ben"}, {3: 1}))
    assert (both.names, both.same) == ({1: "Anna", 2: "Ben"}, {3: 1})
    assert change_people(folder, both, People({2: "Ben"})) == People({2: "Ben"})
    assert read_session(folder).people == People({2: "Ben"})


def test_what_cannot_be_read_of_markers_is_kept_beside_them(folder):
    path = folder / "events.csv"
    before = path.read_bytes() + b"soon,lost\n3.0,torn"
    path.write_bytes(before)
    review = load(folder)
    assert len(review.warnings) == 2
    store_markers(folder, review.events, [*review.events, Marker(1.0, "new")])
    assert [label for _, label in stored(folder)] == ["new", "first"]
    assert (folder / "events.csv.damaged").read_bytes() == before
    assert not read_session(folder).damaged


def test_a_session_that_another_program_changes_right_now_is_left_alone(
    folder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(edits, "_PATIENCE_SECONDS", 0.0)
    with (
        FileLock(folder / edits.LOCK),
        pytest.raises(InputError, match="Another program is changing"),
    ):
        store_markers(folder, [], [Marker(1.0, "new")])
    assert stored(folder) == [(102.5, "first")]
