"""Messages over the image: none hides another, and each goes in its own time."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from avce.app.gui.widgets import overlays
from avce.app.gui.widgets.overlays import Toast


@pytest.fixture
def clock(monkeypatch):
    """The moment that the messages take it to be, in seconds."""
    now = [100.0]
    monkeypatch.setattr(overlays, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def toast(qtbot):
    over = QWidget()
    over.resize(640, 480)
    qtbot.addWidget(over)
    over.show()
    return Toast(over)


def _later(toast, clock, seconds):
    clock[0] += seconds
    toast._timer.timeout.emit()


def test_messages_that_come_at_once_can_all_be_read(toast, clock):
    toast.say("Session saved: a")
    toast.say("The summary could not be drawn: no space")
    assert toast.text().split("\n") == [
        "Session saved: a",
        "The summary could not be drawn: no space",
    ]
    for words in toast.text().split("\n"):
        assert toast.fontMetrics().horizontalAdvance(words) < toast.width()
    assert toast.height() >= 2 * toast.fontMetrics().height()
    assert toast.parentWidget().rect().contains(toast.geometry())


def test_each_message_goes_in_its_own_time(toast, clock):
    toast.say("short", 2.0)
    toast.say("long", 5.0)
    _later(toast, clock, 2.1)
    assert toast.text() == "long"
    assert toast.isVisible()
    _later(toast, clock, 3.0)
    assert not toast.isVisible()


def test_a_message_takes_the_place_of_the_last_on_its_topic(toast, clock):
    toast.say("Saving …", 60.0, "export")
    toast.say("Snapshot saved: b")
    toast.say("Saved: c", topic="export")
    assert toast.text().split("\n") == ["Snapshot saved: b", "Saved: c"]


def test_the_same_words_are_not_said_twice(toast, clock):
    toast.say("There is no frame to save yet")
    _later(toast, clock, 3.0)
    toast.say("There is no frame to save yet")
    assert toast.text() == "There is no frame to save yet"
    _later(toast, clock, 3.0)
    assert toast.isVisible()


def test_no_more_than_three_messages_cover_the_image(toast, clock):
    for number in range(5):
        toast.say(f"message {number}")
    assert toast.text().split("\n") == ["message 2", "message 3", "message 4"]


def test_messages_over_something_low_begin_at_its_upper_edge(toast):
    toast.parentWidget().resize(400, 100)
    toast.say("a long message that needs more than one line " * 4)
    assert toast.geometry().top() == 0
