"""What was opened lately: sources and sessions, the newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from ...sources.addresses import is_address, without_password
from ..qt.actions import Actions
from ..qt.preferences import Preferences
from .ports import Running

_MOST: Final = 8


class RecentMenu(QMenu):
    """A menu of the paths and addresses that were opened last; what is gone is left out.

    Args:
        title: of the menu.
        name: under which the list is remembered.
    """

    chosen = Signal(str)

    def __init__(self, title: str, name: str, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(title, parent)
        self._name, self._preferences = f"recent/{name}", preferences
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    @property
    def listed(self) -> list[str]:
        """What is remembered and still there."""
        known = self._preferences.texts(self._name)
        return [text for text in known if is_address(text) or Path(text).exists()]

    def remember(self, opened: str | Path) -> None:
        """Put it first. Of an address, user name and password are not kept."""
        text = str(opened)
        text = without_password(text) if is_address(text) else str(Path(text).absolute())
        others = [each for each in self.listed if each != text]
        self._preferences.put_texts(self._name, [text, *others][:_MOST])

    def fill(self) -> None:
        """List what is there now."""
        self.clear()
        for text in self.listed:
            path = Path(text)
            name = text if is_address(text) else f"{path.name}  ({path.parent})"
            action = self.addAction(name.replace("&", "&&"))
            action.setToolTip(text)
            action.triggered.connect(lambda _=False, text=text: self.chosen.emit(text))
        if not self.actions():
            self.addAction("None yet").setEnabled(False)


class Recent(QObject):
    """The two menus, in the menu of files, below what opens new ones."""

    source_chosen = Signal(str)
    session_chosen = Signal(object)
    """A session's folder."""

    def __init__(self, actions: Actions, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self.sources = RecentMenu("Recent sources", "sources", preferences, parent)
        self.sessions = RecentMenu("Recent sessions", "sessions", preferences, parent)
        self.sources.chosen.connect(self.source_chosen)
        self.sessions.chosen.connect(lambda path: self.session_chosen.emit(Path(path)))
        actions.add_menu("&File", self.sources, before="review")
        actions.add_menu("&File", self.sessions, before="quit")

    def opened(self, running: Running) -> None:
        """Remember a source that could be opened; cameras and the demo are always on offer."""
        if running.source.kind not in ("camera", "demo"):
            self.sources.remember(str(running.settings.source))

    def saved(self, session: Path) -> None:
        """Remember a session that was recorded or reviewed."""
        self.sessions.remember(session)
