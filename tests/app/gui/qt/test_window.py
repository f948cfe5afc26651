"""Windows open within the screen, for the first time and as they are remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QMainWindow

from avce.app.gui.live.main_window import MainWindow
from avce.app.gui.qt.window import open_within_screen, within
from avce.app.gui.review.data import load
from avce.app.gui.review.ports import ReviewTools
from avce.app.gui.review.review_window import ReviewWindow
from avce.app.settings import RunSettings

from ..review.test_review import write_session


class Screen:
    """A screen with a panel of 40 pixels at its foot."""

    def __init__(self, width: int, height: int) -> None:
        self.free = QRect(0, 0, width, height - 40)

    def availableGeometry(self) -> QRect:
        return self.free


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> QRect:
    """The free area of a screen of 1280 x 720."""
    screen = Screen(1280, 720)
    monkeypatch.setattr(QMainWindow, "screen", lambda _: screen)
    return screen.free


def leaves_room_for_a_title_bar(window: QMainWindow, free: QRect) -> bool:
    return window.width() <= free.width() and window.height() + 20 <= free.height()


def test_the_live_window_opens_within_a_small_screen(qtbot, small, backend, preferences):
    window = MainWindow(backend, RunSettings("0"), preferences)
    qtbot.addWidget(window)
    window.show()
    assert leaves_room_for_a_title_bar(window, small)


def test_the_review_window_opens_within_a_small_screen(qtbot, small, tmp_path: Path):
    window = ReviewWindow(load(write_session(tmp_path / "session")), ReviewTools())
    qtbot.addWidget(window)
    window.show()
    assert leaves_room_for_a_title_bar(window, small)


def test_a_large_screen_changes_nothing(qtbot, monkeypatch):
    monkeypatch.setattr(QMainWindow, "screen", lambda _: Screen(2560, 1440))
    window = QMainWindow()
    qtbot.addWidget(window)
    open_within_screen(window)
    assert window.size() == QSize(1280, 800)


def test_a_narrow_screen_takes_width_and_a_low_one_takes_height():
    assert within(QSize(1280, 800), QRect(0, 0, 1000, 2000), 24) == QSize(1000, 800)
    assert within(QSize(1280, 800), QRect(0, 0, 2000, 700), 24) == QSize(1280, 676)


def test_a_remembered_geometry_of_a_larger_screen_is_held_within_this_one(
    qtbot, backend, preferences
):
    large = QMainWindow()
    qtbot.addWidget(large)
    large.setGeometry(QRect(700, 500, 2400, 1600))
    preferences.put_bytes("window", large.saveGeometry())
    window = MainWindow(backend, RunSettings("0"), preferences)
    qtbot.addWidget(window)
    free = window.screen().availableGeometry()
    # Less wide than its parts need it cannot be, so only what was remembered is looked at.
    assert free.contains(window.geometry())


def test_windows_share_their_icons(qtbot, backend, preferences):
    """Qt keeps what it scales of each pixmap: another one for every window would fill its cache."""
    first, second = (MainWindow(backend, RunSettings("0"), preferences) for _ in range(2))
    for window in (first, second):
        qtbot.addWidget(window)
    keys = [
        [b.icon().cacheKey() for b in (*w.controls.buttons.values(), *w.transport.buttons.values())]
        for w in (first, second)
    ]
    assert any(keys[0])
    assert keys[0] == keys[1]
    assert first.windowIcon().cacheKey() == second.windowIcon().cacheKey()
