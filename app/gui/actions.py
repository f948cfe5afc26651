# ruff: noqa: E501  (a table reads best with one entry a line)
"""Everything the window can do, each with its words, its key and its place in a menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    QWidget,
)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do: its name in code, words, key, explanation, and whether it is on or off."""

    name: str
    text: str
    key: str
    tip: str
    checkable: bool = False
    group: str = ""


FACES: Final = (1, 2, 4, 8)

MOVE_PLOT: Final = (
    Command("earlier", "Earlier in the plot", "Shift+Left", "Move the plot back by half of what it shows"),
    Command("later", "Later in the plot", "Shift+Right", "Move the plot on by half of what it shows"),
)  # fmt: skip
"""In the menus of the live window and of the review."""

MENUS: Final[dict[str, tuple[Command | None, ...]]] = {
    "&File": (
        Command("open_file", "Open video or picture…", "Ctrl+O", "Play a video or picture file"),
        Command("open_folder", "Open folder of pictures…", "Ctrl+Shift+O", "Play a folder of pictures"),
        Command("open_stream", "Open stream…", "Ctrl+L", "Watch an rtsp or http stream"),
        Command("open_demo", "Play the demo face", "Ctrl+D", "A synthetic face that comes with the app"),
        None,
        Command("review", "Review a session…", "Ctrl+E", "Look at a recorded session again"),
        None,
        Command("quit", "Quit", "Ctrl+Q", "Stop everything and close"),
    ),
    "&Play": (
        Command("play", "Play or pause", "Space", "Pause the picture, or go on"),
        Command("step", "Next frame", ".", "While paused, go on by one frame"),
        Command("back", "Back 5 s", "Left", "Wind a file back by five seconds"),
        Command("forward", "Forward 5 s", "Right", "Wind a file forward by five seconds"),
    ),
    "&Measure": (
        *(Command(f"faces_{n}", f"At most {n} face{'s' * (n > 1)}", "", "How many faces are followed", True, "faces") for n in FACES),
        None,
        Command("baseline", "Look neutral for 3 s", "B", "Take the next three seconds as this face's neutral baseline"),
        Command("clear_baseline", "Forget the baseline", "Shift+B", "Show no values relative to neutral any more"),
        None,
        Command("record", "Record", "R", "Write the readings to a new session folder", checkable=True),
        Command("record_video", "Store the video too", "", "Also store the pictures: faces will be stored on disk", checkable=True),
        Command("lossless", "Store it without loss", "", "Store pictures exactly (large files), so that a replay gives the same numbers", checkable=True),
        Command("consent", "Consent note…", "", "A note on consent that is stored in the next session"),
        Command("choose_folder", "Folder for sessions…", "", "Where new sessions are written"),
        None,
        Command("marker", "Set a marker", "M", "Name this moment"),
        Command("snapshot", "Save a snapshot", "S", "Save the picture with its boxes, numbers and map"),
    ),
    "&View": (
        Command("map_off", "No map", "0", "Show the picture alone", True, "map"),
        Command("map_valence", "Valence map", "1", "Show which places push the valence estimate away from neutral", True, "map"),
        Command("map_arousal", "Arousal map", "2", "Show which places push the arousal estimate away from neutral", True, "map"),
        Command("map_stronger", "Stronger map", "]", "More of the map, less of the picture"),
        Command("map_weaker", "Weaker map", "[", "Less of the map, more of the picture"),
        Command("map_colours", "Next map colours", "C", "Go through the colour maps"),
        None,
        Command("mirror", "Mirror the picture", "X", "Left and right as in a mirror", True),
        Command("density", "Density in the circumplex", "G", "Show where the session has been so far", True),
        Command("relative", "Thick lines relative to neutral", "V", "Draw the smoothed lines relative to each face's baseline", True),
        None,
        Command("peaks", "Faces at the peaks", "P", "Show the face and its map at each peak of the time plot", True),
        Command("follow", "Follow the newest reading", "F", "Keep the newest reading at the right edge"),
        *MOVE_PLOT,
        Command("next_face", "Plot the next face", "N", "Go through the faces in the timeline"),
        Command("shorter", "Shorter stretch of time", "Ctrl+=", "Show fewer seconds"),
        Command("longer", "Longer stretch of time", "Ctrl+-", "Show more seconds"),
        None,
        Command("theme_system", "Theme of the desktop", "", "Dark or light as the desktop has it", True, "theme"),
        Command("theme_dark", "Dark", "", "Light words on dark ground", True, "theme"),
        Command("theme_light", "Light", "", "Dark words on light ground", True, "theme"),
        Command("switch_theme", "Switch dark and light", "T", "Switch between dark and light"),
        Command("full_screen", "Full screen", "F11", "Fill the screen", True),
    ),
    "&Help": (
        Command("meaning", "What the numbers mean", "F2", "What the numbers mean and what they do not mean"),
        Command("keys", "Keys", "F1", "All keys on one page"),
        Command("details", "Details", "I", "Rates, delays, network and session in full"),
        Command("model", "Network…", "Ctrl+M", "Choose a network and read its card"),
        Command("doctor", "Check this computer", "", "Look for what is missing or mixed up"),
        None,
        Command("about", "About", "", "Version and licences"),
    ),
}  # fmt: skip


_TAKES_SPACE: Final = (QAbstractButton, QComboBox)
_TAKES_ARROWS: Final = (QAbstractSlider, QComboBox, QAbstractItemView)


class Actions(QObject):
    """The commands as Qt actions on a window, by name: `actions["record"]`."""

    def __init__(
        self, window: QMainWindow, menus: Mapping[str, Sequence[Command | None]] = MENUS
    ) -> None:
        super().__init__(window)
        self.menus: dict[str, QMenu] = {}
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for title, commands in menus.items():
            menu = self.menus[title] = window.menuBar().addMenu(title)
            for command in commands:
                if command is None:
                    menu.addSeparator()
                else:
                    self._add(window, menu, command)

    def guard(self, window: QMainWindow) -> None:
        """Leave Space to a focused button and the arrows to a focused slider or list."""
        for widget in window.findChildren(QWidget):
            if isinstance(widget, (*_TAKES_SPACE, *_TAKES_ARROWS)):
                widget.installEventFilter(self)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def _add(self, window: QMainWindow, menu: QMenu, command: Command) -> None:
        action = QAction(command.text, window)
        action.setObjectName(command.name)
        if command.key:
            action.setShortcut(QKeySequence(command.key))
            action.setAutoRepeat(command.name in {"step", "back", "forward", "earlier", "later"})
        action.setToolTip(hint(command))
        action.setStatusTip("")
        action.setCheckable(command.checkable)
        if command.group:
            group = self._groups.setdefault(command.group, QActionGroup(self))
            group.addAction(action)
        menu.addAction(action)
        self._actions[command.name] = action

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            key = event.key()
            if (key == Qt.Key.Key_Space and isinstance(watched, _TAKES_SPACE)) or (
                key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and _takes_arrows(watched)
            ):
                event.accept()
        return False


def _takes_arrows(watched: QObject) -> bool:
    """A list, a slider, or a button of a group of which one is down."""
    if isinstance(watched, QAbstractButton):
        return watched.group() is not None
    return isinstance(watched, _TAKES_ARROWS)


def hint(command: Command) -> str:
    """A command's explanation with its key."""
    return f"{command.tip} ({command.key})" if command.key else command.tip


def keys() -> list[tuple[str, list[tuple[str, str]]]]:
    """Menus with their (words, key), for the page of keys."""
    table = []
    for title, commands in MENUS.items():
        rows = [(c.text.rstrip("…"), c.key) for c in commands if c is not None and c.key]
        table.append((title.replace("&", ""), rows))
    return table
