"""The bar at the top on windows of every width."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

WORDS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon


@pytest.mark.parametrize(("width", "worded"), [(1280, True), (960, False)])
def test_a_narrow_window_keeps_the_signs_of_its_buttons(qtbot, window, width: int, worded: bool):
    bar = window.controls
    for first in (1280, 960):  # whichever way it comes to its size
        window.resize(first, 700)
        window.resize(width, 700)
        qtbot.waitUntil(lambda: window.width() == width)
        assert (bar.marker_button.toolButtonStyle() == WORDS) is worded
        assert bar.record_button.toolButtonStyle() == WORDS
        # Nothing is cut off: the last button ends inside the bar, once all are laid out.
        qtbot.waitUntil(lambda: bar.record_button.geometry().right() < bar.width())
        assert bar.record_button.width() >= bar.record_button.sizeHint().width()


def test_the_window_fits_a_small_notebooks_screen(window):
    # 1366 x 768 at 125 %, less a title bar and a task bar.
    assert window.minimumSizeHint().width() <= 1024
    assert window.minimumSizeHint().height() <= 580
