# ruff: noqa: E501  (a table reads best with one entry a line)
"""One table makes menus, shortcuts, buttons and what is remembered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QPushButton

from avce.app.gui.qt.actions import Action, Actions, shortcuts


class Asked:
    """What the actions of a window were asked for."""

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.ready = False

    def table(self) -> dict[str, tuple[Action | None, ...]]:
        note = self.calls.append
        return {
            "&File": (
                Action("save", "Save…", "Ctrl+S", "Save it", lambda: note("save"), lambda: self.ready),
                None,
                Action("grid", "Grid", "G", "Show a grid", note, switch=True, remembered=True),
                Action("frame", "Frame", "", "Show a frame", note, switch=True),
            ),
            "&View": tuple(
                Action(f"size_{n}", f"Size {n}", "", "Size", note, group="size", value=n, remembered=True)
                for n in (1, 2)
            ),
        }  # fmt: skip


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def window(qtbot) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def actions(window, asked, preferences) -> Actions:
    return Actions(window, asked.table(), preferences)


def test_a_handler_gets_nothing_whether_a_switch_is_on_or_the_value_of_an_option(actions, asked):
    actions["save"].trigger()
    actions["grid"].trigger()
    actions["size_2"].trigger()
    actions["grid"].trigger()
    assert asked.calls == ["save", True, 2, False]


def test_showing_a_state_does_nothing(actions, asked):
    actions["grid"].setChecked(True)
    actions.choose("size", 2)
    assert actions["size_2"].isChecked()
    assert asked.calls == []


def test_what_is_remembered_comes_back_and_nothing_else_does(actions, asked, preferences, qtbot):
    for name in ("grid", "frame", "size_2"):
        actions[name].trigger()
    assert int(preferences.store.value("size")) == 2
    later = Asked()
    window = QMainWindow()
    qtbot.addWidget(window)
    again = Actions(window, later.table(), preferences)
    again.restore()
    assert (again["grid"].isChecked(), again["frame"].isChecked()) == (True, False)
    assert later.calls == [True]


def test_an_action_is_offered_only_when_it_can_be_done(actions, asked):
    actions.refresh()
    assert not actions["save"].isEnabled()
    asked.ready = True
    # Anything that is done may change what can be done.
    actions["grid"].trigger()
    assert actions["save"].isEnabled()


def test_a_tied_button_does_says_and_shows_what_its_action_does(qtbot, actions, asked):
    save, grid = QPushButton(), QPushButton()
    grid.setCheckable(True)
    for button in (save, grid):
        qtbot.addWidget(button)
    actions.tie({"save": save, "grid": grid})
    assert (save.accessibleName(), save.toolTip()) == ("Save…", "Save it (Ctrl+S)")
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton)
    assert asked.calls == [True]
    assert (grid.isChecked(), actions["grid"].isChecked()) == (True, True)
    actions["grid"].trigger()
    assert not grid.isChecked()
    actions.refresh()
    assert not save.isEnabled()


def test_the_page_of_shortcuts_lists_what_has_a_key(actions):
    window = actions.parent()
    assert isinstance(window, QMainWindow)
    assert shortcuts(window.menuBar()) == [
        ("File", [("Save", "Ctrl+S"), ("Grid", "G")]),
        ("View", []),
    ]
