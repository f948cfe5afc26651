"""What the review window is made of, and where each part stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QPushButton,
    QTextBrowser,
    QWidget,
)

from ...session.replay import Replay
from ..qt.background_task import BackgroundTask
from ..qt.boxes import in_column, in_row
from ..qt.help_pages import table
from ..qt.theme import Theme
from ..widgets.images import PixelImage
from ..widgets.panes import Panes
from ..widgets.time_axis import clock
from .compare import Comparison
from .data import Review
from .events_table import EventsTable
from .markers import MarkerHistory
from .replay import ReplayStrip


def face_icons(faces: Mapping[int, NDArray[np.uint8]]) -> dict[int, QIcon]:
    """Faces uint8 [h, w, 3] as icons, by the same numbers."""
    return {
        number: QIcon(QPixmap.fromImage(PixelImage(face).image.copy()))
        for number, face in faces.items()
    }


class ReviewLayout(QWidget):
    """The heading with its buttons, the strip, the panes, and the list of moments at their side."""

    def __init__(
        self,
        review: Review,
        history: MarkerHistory,
        replay: Callable[[BackgroundTask[Replay]], Replay],
    ) -> None:
        super().__init__()
        self._review = review
        self.events = EventsTable(history, review.peaks, editable=not review.growing)
        self.comparison = Comparison()
        self.strip = ReplayStrip(replay)
        self._facts: QTextBrowser | None = None
        if review.video is None:
            self._facts = QTextBrowser()
            self._facts.setProperty("plain", True)
            self._facts.setAccessibleName("About this session")
            self._facts.setToolTip("How this session was recorded")
            self._facts.document().setDocumentMargin(16)
        side = QWidget()
        in_column((self.events, 1), self.comparison, of=side, margins=(0, 0, 0, 0), spacing=8)
        self.panes = Panes(cover=self._facts, beside=side)
        self.panes.readout.light.advises = False
        self._heading = QLabel()
        self._heading.setTextFormat(Qt.TextFormat.RichText)
        self._heading.setWordWrap(True)
        head = in_row((self._heading, 1), spacing=8)
        self.buttons: dict[str, QAbstractButton] = {"compare": QPushButton("Compare…")}
        """By the actions that they do."""
        if review.video is not None:
            self.buttons["rate"] = QPushButton("Rate…")
            self.buttons["replay"] = QPushButton("Re-analyse video")
        for button in self.buttons.values():
            button.setAccessibleName(button.text())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.buttons |= self.panes.transport.buttons
        in_column(head, self.strip, (self.panes, 1), of=self, margins=(10, 4, 10, 8), spacing=8)

    def set_theme(self, colours: Theme) -> None:
        """Follow the window's theme."""
        self.panes.set_theme(colours)
        self.events.set_theme(colours)
        self.comparison.set_theme(colours)
        review = self._review
        count = len(review.series)
        words = [
            f"<b>{escape(review.path.name)}</b>",
            clock(review.end - review.start),
            "1 face" if count == 1 else f"{count} faces",
            f"{len(review.time)} frames",
        ]
        lines = [" · ".join(words)]
        lines += [
            f"<span style='color:{colours.warning}'>{escape(warning)}</span>"
            for warning in review.warnings
        ]
        self._heading.setText("<br>".join(lines))
        if self._facts is not None:
            facts = table(review.facts, colours)
            self._facts.setHtml(f"<p><b>This session has no video.</b></p>{facts}")
