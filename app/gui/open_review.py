"""Opens the review window on a session folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from .review import ReviewWindow
from .review_data import Review, load
from .review_tools import ReviewTools
from .theme import Theme


def show_review(session: Path | Review, colours: Theme) -> ReviewWindow:
    """A shown review window. Raises `InputError` for a folder that is no session."""
    review = session if isinstance(session, Review) else load(session)
    window = ReviewWindow(review, ReviewTools(), colours=colours)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.show()
    return window
