"""What a window can do: one `Action` says all of it, and `Actions` makes the menus of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QMainWindow,
    QMenu,
    QMenuBar,
    QWidget,
)

from .preferences import Preferences


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do.

    Attributes:
        name: in code, and of the preference where a switch is remembered.
        text, key, tip: what the menu says, the shortcut ("" for none), the explanation.
        do: called when the user asks for it: with nothing, with whether a switch is now on, or
            with the `value` of an option.
        enabled: whether it can be done now; asked by `Actions.refresh`. None: always.
        switch: it is on or off.
        group: it is one `value` of several, of which one holds; also the name of the preference.
        remembered: the choice is kept for the next start.
        on: a remembered switch at the very first start.
        repeats: again and again while its key is held down.
    """

    name: str
    text: str
    key: str
    tip: str
    do: Callable[..., object]
    enabled: Callable[[], bool] | None = None
    switch: bool = False
    group: str = ""
    value: str | int = ""
    remembered: bool = False
    on: bool = False
    repeats: bool = False

    @property
    def hint(self) -> str:
        """The explanation with its key."""
        return f"{self.tip} ({self.key})" if self.key else self.tip


Menus = Mapping[str, Sequence[Action | None]]
"""Actions by the title of their menu; None is a line between two of them."""

_TAKES_ARROWS: Final = (QAbstractSlider, QComboBox, QAbstractItemView)
_ALONG: Final = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)


class Actions(QObject):
    """The menus of a window, their actions by name: `actions["record"]` is a `QAction`.

    `trigger` does what the user would do, `setChecked` only shows a state.
    """

    def __init__(
        self, window: QMainWindow, menus: Menus, preferences: Preferences | None = None
    ) -> None:
        super().__init__(window)
        self.menus = menus
        self._bar = window.menuBar()
        self._preferences = preferences
        self._table: dict[str, tuple[Action, QAction]] = {}
        self._groups: dict[str, QActionGroup] = {}
        for title, actions in menus.items():
            menu = window.menuBar().addMenu(title)
            for action in actions:
                if action is None:
                    menu.addSeparator()
                else:
                    self._add(window, menu, action)

    def __getitem__(self, name: str) -> QAction:
        return self._table[name][1]

    def add_menu(self, title: str, menu: QMenu, *, before: str) -> None:
        """Put a menu into one of the window's, above an action."""
        own = next(m for m in self._bar.findChildren(QMenu) if m.title() == title)
        own.insertMenu(self[before], menu)

    def _add(self, window: QMainWindow, menu: QMenu, action: Action) -> None:
        made = QAction(action.text, window)
        made.setObjectName(action.name)
        if action.key:
            made.setShortcut(QKeySequence(action.key))
            made.setAutoRepeat(action.repeats)
        made.setToolTip(action.hint)
        made.setStatusTip("")
        made.setCheckable(action.switch or bool(action.group))
        if action.group:
            self._groups.setdefault(action.group, QActionGroup(self)).addAction(made)
        made.triggered.connect(lambda on: self._do(action, on))
        menu.addAction(made)
        self._table[action.name] = action, made

    def _do(self, action: Action, on: bool) -> None:
        if action.remembered and self._preferences is not None:
            name, value = (action.group, action.value) if action.group else (action.name, on)
            self._preferences.put(name, value)
        if action.group:
            action.do(action.value)
        elif action.switch:
            action.do(on)
        else:
            action.do()
        self.refresh()

    def choose(self, group: str, value: str | int) -> None:
        """Show which option of a group holds."""
        for action, made in self._table.values():
            if action.group == group and action.value == value:
                made.setChecked(True)

    def restore(self) -> None:
        """Put the remembered switches back to where they were."""
        for action, made in self._table.values():
            if action.switch and action.remembered and self._preferences is not None:
                on = self._preferences.flag(action.name, default=action.on)
                made.setChecked(on)
                action.do(on)
        self.refresh()

    def refresh(self) -> None:
        """Offer what can be done now."""
        for action, made in self._table.values():
            if action.enabled is not None:
                made.setEnabled(action.enabled())

    def tie(self, buttons: Mapping[str, QAbstractButton]) -> None:
        """Let buttons do what the actions of these names do, and say and show the same."""
        for name, button in buttons.items():
            action = self[name]
            if not button.accessibleName():
                button.setAccessibleName(action.text())
            button.setToolTip(action.toolTip())
            button.clicked.connect(action.trigger)
            button.setEnabled(action.isEnabled())
            action.enabledChanged.connect(button.setEnabled)
            if button.isCheckable():
                button.setChecked(action.isChecked())
                action.toggled.connect(button.setChecked)

    def guard(self, window: QMainWindow) -> None:
        """Leave the arrows to a focused slider or list, and let Enter press a focused button.

        Space is the shortcut of playback wherever the focus is.
        """
        for widget in window.findChildren(QWidget):
            if isinstance(widget, (QAbstractButton, *_TAKES_ARROWS)):
                widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        key = event.key()
        if event.type() == QEvent.Type.ShortcutOverride:
            if key in _ALONG and _takes_arrows(watched):
                event.accept()
        elif (
            event.type() == QEvent.Type.KeyPress
            and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and isinstance(watched, QAbstractButton)
        ):
            watched.click()
            return True
        return False


def _takes_arrows(watched: QObject) -> bool:
    """A list, a slider, or a button of a group of which one is down."""
    if isinstance(watched, QAbstractButton):
        return watched.group() is not None
    return isinstance(watched, _TAKES_ARROWS)


def shortcuts(bar: QMenuBar) -> list[tuple[str, list[tuple[str, str]]]]:
    """(title, [(words, key)]) of every menu."""
    table = []
    for entry in bar.actions():
        menu = entry.menu()
        if isinstance(menu, QMenu):
            rows = [(a.text().rstrip("…"), a.shortcut().toString()) for a in menu.actions()]
            table.append((menu.title().replace("&", ""), [row for row in rows if row[1]]))
    return table
