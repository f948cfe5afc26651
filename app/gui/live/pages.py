"""The pages of the Help menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Thread

from PySide6.QtWidgets import QMainWindow

from ..qt import help_pages
from ..qt.actions import shortcuts
from ..qt.dialogs import LivePage, Page
from ..qt.preferences import Preferences
from ..qt.theme import Theme


class Pages:
    """Opens them over a window.

    Args:
        theme: gives the theme of the moment.
        checks: looks at this computer: (name, finding); takes seconds.
        details: what is known of the run, as HTML; asked again and again.
    """

    def __init__(
        self,
        window: QMainWindow,
        theme: Callable[[], Theme],
        preferences: Preferences,
        *,
        checks: Callable[[], Sequence[tuple[str, str]]],
        details: Callable[[], str],
    ) -> None:
        self._window, self._theme, self._preferences = window, theme, preferences
        self._checks, self._details = checks, details

    def meaning(self) -> None:
        """What the numbers mean."""
        page = Page(
            self._window,
            "What the numbers mean, and what they do not",
            help_pages.meaning(self._theme()),
            size=(680, 620),
        )
        page.finished.connect(lambda _: self._preferences.put("first_run_done", True))
        page.open()

    def welcome(self, source: str, then: Callable[[], object]) -> None:
        """The page of the very first start: what starts when it is closed, what to click, and what
        the numbers mean. `then` starts it."""
        theme = self._theme()
        page = Page(
            self._window,
            "What the numbers mean, and what they do not",
            help_pages.beginning(source) + help_pages.meaning(theme),
            size=(680, 680),
            button="I understand: start",
        )

        def closed() -> None:
            self._preferences.put("first_run_done", True)
            if self._window.isVisible():
                then()

        page.finished.connect(closed)
        page.open()

    def keys(self) -> None:
        """Every shortcut."""
        html = help_pages.key_page(shortcuts(self._window.menuBar()), self._theme())
        Page(self._window, "Keyboard shortcuts", html, size=(780, 640)).open()

    def about(self) -> None:
        """Version, paper and licences."""
        Page(self._window, "About AVCE live", help_pages.about(self._theme())).open()

    def details(self) -> None:
        """The run in full, kept up to date."""
        LivePage(self._window, "Details", self._details).show()

    def doctor(self) -> None:
        """What was found on this computer."""
        found: list[tuple[str, str]] = []
        # It starts a program and opens the models: not while the video waits.
        search = Thread(target=lambda: found.extend(self._checks()), daemon=True)
        search.start()

        def page() -> str:
            if search.is_alive():
                return "<p>Checking …</p>"
            return help_pages.table(found, self._theme())

        LivePage(self._window, "System check", page).show()
