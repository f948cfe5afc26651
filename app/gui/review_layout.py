"""What the review window is made of, and where each part stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ..replay import Replay
from .actions import Actions
from .errand import Errand
from .events_table import EventsTable
from .panes import Panes
from .pictures import Picture
from .review_compare import Comparison
from .review_data import Review
from .review_markers import MarkerHistory
from .review_replay import ReplayStrip
from .theme import Theme
from .time_axis import clock
from .words import table


def face_icons(faces: Mapping[int, NDArray[np.uint8]]) -> dict[int, QIcon]:
    """Faces uint8 [h, w, 3] as icons, by the same numbers."""
    return {
        number: QIcon(QPixmap.fromImage(Picture(face).image.copy()))
        for number, face in faces.items()
    }


class ReviewLayout(QWidget):
    """The heading with its buttons, the strip, the panes, and the list of moments at their side."""

    def __init__(
        self,
        commands: Actions,
        review: Review,
        history: MarkerHistory,
        replay: Callable[[Errand[Replay]], Replay],
    ) -> None:
        super().__init__()
        self._review = review
        self.events = EventsTable(history, review.peaks, review.start, editable=not review.growing)
        self.comparison = Comparison()
        self.strip = ReplayStrip(replay)
        self._facts: QTextBrowser | None = None
        if review.video is None:
            self._facts = QTextBrowser()
            self._facts.setProperty("plain", True)
            self._facts.setAccessibleName("About this session")
            self._facts.setToolTip("What the session says of itself")
            self._facts.document().setDocumentMargin(16)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.events, 1)
        column.addWidget(self.comparison)
        self.panes = Panes(commands, cover=self._facts, beside=side)
        self._heading = QLabel()
        self._heading.setTextFormat(Qt.TextFormat.RichText)
        self._heading.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._heading, 1)
        for name, words in (("compare", "Compare…"), ("replay", "Run the pictures again")):
            if name == "compare" or review.video is not None:
                head.addWidget(_button(commands, name, words), 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 4, 10, 8)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.strip)
        layout.addWidget(self.panes, 1)

    def set_theme(self, colours: Theme) -> None:
        """Follow the window's theme."""
        self.panes.set_theme(colours)
        self.events.set_theme(colours)
        self.comparison.set_theme(colours)
        review = self._review
        count = len(review.series)
        words = [
            f"<b>{escape(review.path.name)}</b>",
            f"{clock(review.end - review.start)} long",
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
            self._facts.setHtml(f"<p><b>This session holds no pictures.</b></p>{facts}")


def _button(commands: Actions, name: str, words: str) -> QPushButton:
    button = QPushButton(words)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setToolTip(commands[name].toolTip())
    button.clicked.connect(commands[name].trigger)
    return button
