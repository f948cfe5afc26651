"""Everything can be reached by key, and says what it is to who does not see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QButtonGroup,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

from avce.app.gui.live.model_chooser import ModelChooser
from avce.app.gui.qt.dialogs import Page
from avce.app.gui.qt.theme import DARK
from avce.app.gui.review.reviews import Reviews

from ..conftest import FakeSource, analysis_at, frame_at, reading_at
from ..review.test_review import write_session

PRESSED = (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QTextEdit,
)


def is_part_of_another(widget: QWidget) -> bool:
    """Whether Qt made it as a part of a list, a plot or a menu bar, which is what has the name."""
    inside = widget.parentWidget()
    return (
        isinstance(widget, (QScrollBar, QHeaderView))
        or widget.objectName().startswith("qt_")
        or (
            isinstance(inside, QWidget)
            and inside.metaObject().className() == "QComboBoxPrivateContainer"
        )
        or widget.isWindow()
        or (type(widget) is QWidget and not widget.children())
    )


def controls(root: QWidget) -> Iterator[QWidget]:
    """Whatever a person can press, write into, or move the focus to."""
    for widget in root.findChildren(QWidget):
        takes_focus = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        if (takes_focus or isinstance(widget, PRESSED)) and not is_part_of_another(widget):
            yield widget


def group_of(widget: QWidget) -> QButtonGroup | None:
    """The buttons of which this is one, if only one of them can be down."""
    return widget.group() if isinstance(widget, QAbstractButton) else None


def check(root: QWidget) -> None:
    found = list(controls(root))
    assert found
    for widget in found:
        name = widget.accessibleName() or getattr(widget, "text", str)()
        assert name, f"{widget} has no name"
        assert widget.toolTip(), f"{name} has no tool tip"
        if isinstance(widget, PRESSED):
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, (
                f"{name} cannot be reached by Tab"
            )


def test_the_live_window_names_every_control(window):
    window.commands["record_video"].trigger()
    check(window)


def test_the_review_window_names_every_control(qtbot, tmp_path):
    review = Reviews(DARK).show(write_session(tmp_path / "20260101-101010_clip"))
    review.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(review)
    check(review)


def test_the_pages_name_every_control(window, backend):
    window.pages.welcome("demo", lambda: None)
    page = window.findChildren(Page)[-1]
    check(page)
    page.close()
    window.pages.meaning()
    page = window.findChildren(Page)[-1]
    check(page)
    page.close()
    chooser = ModelChooser(window, backend, DARK, None)
    check(chooser)
    chooser.close()


def test_tab_goes_round_everything_that_is_shown(qtbot, window, backend):
    backend.sources["clip.mp4"] = FakeSource("video", "clip.mp4", False, True, 20.0)
    before = window.running
    window.open("clip.mp4")
    qtbot.waitUntil(lambda: window.running not in (None, before))
    window.running.pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    qtbot.waitUntil(lambda: window.transport.slider.isVisible())
    window.view.set_map("valence")
    window.commands["record_video"].trigger()
    wanted = {
        widget
        for widget in controls(window)
        if isinstance(widget, PRESSED) and widget.isVisible() and widget.isEnabled()
    }
    reached: set[QWidget] = set()
    window.controls.source_button.setFocus(Qt.FocusReason.TabFocusReason)
    at = window.focusWidget()
    while at is not None and at not in reached:
        reached.add(at)
        qtbot.keyClick(at, Qt.Key.Key_Tab)
        at = window.focusWidget()
    # Of buttons of which one is down, Tab goes to that one, and the arrows to the others.
    groups = {group_of(widget) for widget in reached} - {None}
    missed = {w for w in wanted - reached if group_of(w) not in groups}
    assert {w.accessibleName() for w in missed} == set()
    nothing = window.controls.map_buttons["off"]
    assert group_of(nothing) in groups
    window.controls.map_buttons["valence"].setFocus()
    qtbot.keyClick(window.controls.map_buttons["valence"], Qt.Key.Key_Left)
    assert nothing.hasFocus()


@pytest.mark.parametrize(("key", "by"), [(Qt.Key.Key_Left, -5.0), (Qt.Key.Key_Right, 5.0)])
def test_the_plot_is_moved_by_key_and_followed_again(qtbot, window, key, by):
    plot = window.timeline.plot
    for row in range(600):
        plot.add(row / 10, (reading_at(row / 10),))
    window.timeline.choose_window(10.0)
    window.timeline.refresh()
    low, high = plot.getViewBox().viewRange()[0]
    qtbot.keyClick(window, key, Qt.KeyboardModifier.ShiftModifier)
    assert plot.getViewBox().viewRange()[0] == [
        pytest.approx(low + by, abs=0.1),
        pytest.approx(high + by, abs=0.1),
    ]
    assert not window.timeline.follow_button.isChecked()
    window.commands["follow"].trigger()
    window.timeline.refresh()
    assert plot.getViewBox().viewRange()[0][1] == pytest.approx(high, abs=0.1)
