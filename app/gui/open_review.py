"""Opens the review window on a session folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from ..sources.video import VideoSource
from .review import ReviewWindow
from .review_data import load
from .theme import Theme


def show_review(path: Path, colours: Theme) -> ReviewWindow:
    """A shown review window. Raises `InputError` for a folder that is no session."""
    window = ReviewWindow(load(path), load, VideoSource, colours=colours)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.show()
    return window
