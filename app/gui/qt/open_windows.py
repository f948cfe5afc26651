"""The open windows of one kind, in one theme."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from .theme import Theme


class ThemedWindow(Protocol):
    """A window that follows a theme, and has the signals `closed` and `theme_chosen`."""

    closed: Any
    theme_chosen: Any

    def set_theme(self, colours: Theme) -> None: ...
    def setAttribute(self, attribute: Qt.WidgetAttribute, /) -> None: ...
    def show(self) -> None: ...
    def close(self) -> bool: ...


Window = TypeVar("Window", bound=ThemedWindow)


class OpenWindows(QObject, Generic[Window]):
    """Shows windows and forgets them when they close.

    Args:
        colours: the theme to begin with.
    """

    theme_chosen = Signal(str)
    """ "dark" or "light", chosen in one of them."""

    def __init__(self, colours: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.windows: list[Window] = []
        self._colours = colours

    def _show(self, window: Window) -> None:
        """Show a new one."""
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.windows.append(window)
        window.theme_chosen.connect(self.theme_chosen)
        window.closed.connect(lambda: self.windows.remove(window))
        window.show()

    def set_theme(self, colours: Theme) -> None:
        """Give all of them a theme."""
        self._colours = colours
        for window in self.windows:
            window.set_theme(colours)

    def close(self) -> None:
        """Close all of them."""
        for window in list(self.windows):
            window.close()
