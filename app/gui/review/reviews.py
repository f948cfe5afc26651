"""The open review windows, in one theme."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ....model.errors import AvceError
from ...session.folder import SUMMARY
from ..qt.background_task import BackgroundTask
from ..qt.open_windows import OpenWindows
from ..qt.preferences import Preferences
from ..qt.theme import Theme
from .data import Review, load
from .ports import ReviewTools
from .review_window import ReviewWindow


class Reviews(OpenWindows[ReviewWindow]):
    """Opens review windows.

    Args:
        colours: the theme to begin with.
        preferences: where preset labels are kept; the user's own place if None.
    """

    refused = Signal(str)
    """Why a folder cannot be reviewed, in a sentence."""
    rate_wanted = Signal(object)
    """The user asked to rate the session of this folder."""

    def __init__(
        self,
        colours: Theme,
        parent: QObject | None = None,
        *,
        preferences: Preferences | None = None,
    ) -> None:
        super().__init__(colours, parent)
        self.summaries: list[BackgroundTask[object]] = []
        """What is being drawn for sessions that had no summary."""
        self._tools = ReviewTools()
        self._preferences = preferences

    def open(self, session: Path | Review) -> None:
        """Show a session, or tell why not."""
        try:
            self.show(session)
        except AvceError as error:
            self.refused.emit(str(error))

    def show(self, session: Path | Review) -> ReviewWindow:
        """Show a session. Raises `InputError` for a folder that is none."""
        review = session if isinstance(session, Review) else load(session)
        window = ReviewWindow(
            review, self._tools, colours=self._colours, preferences=self._preferences
        )
        window.opened.connect(self.open)
        window.replaced.connect(lambda review: self._replace(window, review))
        window.rate_wanted.connect(self.rate_wanted)
        self._show(window)
        self._give_summary(review)
        return window

    def _replace(self, old: ReviewWindow, review: Review) -> None:
        """Show a session as it is now in place of what a window shows, at the same moment."""
        new = self.show(review)
        new.restoreGeometry(old.saveGeometry())
        new.playhead.go(old.playhead.time)
        old.close()
        self.summaries.append(BackgroundTask("summary", lambda _: self._tools.draw(review)))

    def _give_summary(self, review: Review) -> None:
        """Draw the summary of a session whose program ended before it could."""
        if not (review.growing or (review.path / SUMMARY).is_file()):
            # Without a place for it (a folder that can only be read) the session is still shown.
            self.summaries.append(BackgroundTask("summary", lambda _: self._tools.draw(review)))

    def say(self, words: str) -> None:
        """Tell something in the window that is used."""
        window = next((w for w in self.windows if w.isActiveWindow()), None)
        for each in self.windows if window is None else [window]:
            each.toast.say(words)

    def ratings_changed(self, folder: Path) -> None:
        """Somebody has rated the session of this folder."""
        for window in self.windows:
            if window.review.path == folder:
                window.show_ratings()
                if window.ratings is not None:
                    window.ratings.refresh()
