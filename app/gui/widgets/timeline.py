"""The timeline with its heading: which stretch, which face, and the legend."""

from __future__ import annotations

from html import escape
from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ..qt.boxes import in_column, in_row
from ..qt.icons import icon
from ..qt.theme import Theme
from .inputs import Choice
from .segments import Segments
from .timeline_plot import WHOLE, TimelinePlot
from .traces import sample, toned

_WIDEST_CHOICE: Final = 150
WINDOWS: Final = (("10 s", 10.0), ("30 s", 30.0), ("1 min", 60.0), ("5 min", 300.0), ("all", WHOLE))


class Timeline(QFrame):
    """A card with the plot and the choice of what it shows."""

    window_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.plot = TimelinePlot(self)
        self._title = QLabel("Estimated expression over time")
        self._title.setProperty("title", True)
        self.legend = QLabel()
        self.legend.setAccessibleName("Legend")
        self.key = QLabel()
        self.key.setAccessibleName("Key of the faces")
        self.key.setToolTip("How the lines of each face look; its number stands at their ends")
        self.key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.face_choice = Choice()
        self.face_choice.setAccessibleName("Face to plot")
        self.face_choice.setMaximumWidth(_WIDEST_CHOICE)
        self.face_choice.setToolTip("Which face to plot (N: next)")
        self.face_choice.addItem("all faces", None)
        self.face_choice.currentIndexChanged.connect(self._face_chosen)
        self.follow_button = QToolButton()
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        self.follow_button.setProperty("flat", True)
        self.follow_button.setIconSize(QSize(18, 18))
        self.follow_button.setAccessibleName("Follow newest reading")
        self.follow_button.setToolTip(
            "Follow the newest reading (F). Drag the plot to stop following."
        )
        self.follow_button.toggled.connect(self.plot.set_following)
        self.plot.let_go.connect(lambda: self.follow_button.setChecked(False))
        segments = Segments()
        self.window_buttons: dict[float, QToolButton] = {}
        for text, seconds in WINDOWS:
            button = self.window_buttons[seconds] = segments.add(text)
            button.setAccessibleName(f"Show {text}")
            button.setToolTip(
                "Show the whole session" if text == "all" else f"Show the last {text}"
            )
            button.clicked.connect(lambda _=False, s=seconds: self.choose_window(s))
        head = in_row(
            self._title,
            self.legend,
            None,
            self.face_choice,
            segments,
            self.follow_button,
            margins=(4, 0, 0, 0),
            spacing=10,
        )
        in_column(head, self.key, (self.plot, 1), of=self, margins=(10, 8, 10, 4), spacing=4)
        self.choose_window(30.0)
        self.set_theme(self.plot.theme)

    def choose_window(self, seconds: float) -> None:
        """Show the last `seconds`, or everything with `WHOLE`, and follow again."""
        if seconds not in self.window_buttons:
            seconds = 30.0
        self.window_buttons[seconds].setChecked(True)
        self.follow_button.setChecked(True)
        self.plot.set_window(seconds)
        self.window_chosen.emit(seconds)

    def zoom(self, by: int) -> None:
        """Show the next longer stretch of time (1) or the next shorter one (-1)."""
        choices = [seconds for _, seconds in WINDOWS]
        at = choices.index(self.plot.seconds_shown) + by
        self.choose_window(choices[min(max(at, 0), len(choices) - 1)])

    def refresh(self) -> bool:
        """Draw what is new and offer every face that has been seen; whether anything was new."""
        drawn = self.plot.redraw()
        known = self.face_choice.count() - 1
        if known != len(self.plot.series):
            for face_id in sorted(self.plot.series):
                if self.face_choice.findData(face_id) < 0:
                    self.face_choice.addItem(self._words(face_id), face_id)
        self.face_choice.setVisible(self.face_choice.count() > 2)
        self._show_key()
        return drawn

    def _show_key(self) -> None:
        plot = self.plot
        inks = {face: toned(plot.theme.text, plot.theme, plot.order(face)) for face in plot.series}
        words = "&nbsp;&nbsp; ".join(
            f'<span style="color:{ink.name()}">{sample(plot.order(face))}</span> '
            f"{escape(self._words(face))}"
            for face, ink in inks.items()
        )
        if words != self.key.text():
            self.key.setText(words)
        self.key.setVisible(len(inks) > 1)

    def _words(self, face_id: int) -> str:
        return self.plot.names.get(face_id, f"face {face_id}")

    def next_face(self) -> None:
        """Plot the next face; after the last one, all of them."""
        count = self.face_choice.count()
        self.face_choice.setCurrentIndex((self.face_choice.currentIndex() + 1) % count)

    def clear(self) -> None:
        """Forget everything, for another source."""
        self.plot.clear_data()
        self.face_choice.blockSignals(True)
        self.face_choice.clear()
        self.face_choice.addItem("all faces", None)
        self.face_choice.blockSignals(False)
        self.plot.show_face(None)

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self.plot.set_theme(theme)
        self.legend.setText(
            f'<span style="color:{theme.valence}">━</span> valence &nbsp;&nbsp;'
            f'<span style="color:{theme.arousal}">━</span> arousal &nbsp;&nbsp;'
            f'<span style="color:{theme.muted}">thin: raw, thick: smoothed</span>'
        )
        self.legend.setToolTip(
            "Thin: raw, thick: smoothed. The band around a smoothed line is its 90 % interval: of "
            "ten faces seen like this, nine lie within it. Only models with intervals have one."
        )
        self.follow_button.setIcon(icon("follow", theme.muted, checked=theme.card))

    def _face_chosen(self) -> None:
        self.plot.show_face(self.face_choice.currentData())
