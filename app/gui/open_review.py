"""Opens the review window on a session folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt

from ..export_session import export_session
from ..sources.video import VideoSource
from ..summary import write_summary
from .review import ReviewWindow
from .review_data import load
from .theme import Theme


def _parquet(session: Path, out: Path) -> None:
    export_session(session, "parquet", out)


def _bids(session: Path, out: Path) -> None:
    export_session(session, "bids", out)


def _summary(session: Path, out: Path) -> None:
    write_summary(session, out=out)


EXPORTS: Final = {"Parquet": _parquet, "BIDS folder": _bids, "summary (PNG)": _summary}


def show_review(path: Path, colours: Theme) -> ReviewWindow:
    """A shown review window. Raises `InputError` for a folder that is no session."""
    window = ReviewWindow(load(path), load, VideoSource, colours=colours, exports=EXPORTS)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.show()
    return window
