"""The review window: a recorded session with a cursor, its markers and peaks, and its pictures."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QMainWindow, QTextBrowser, QVBoxLayout, QWidget

from ...model.errors import AvceError
from ..analysis import Analysis
from ..sources.base import Frame, Source
from . import review_export, theme
from .actions import Actions
from .circumplex import TRAIL_SECONDS
from .events_table import EventsTable
from .film import Film
from .icons import application_icon
from .overlays import Toast
from .panes import Panes
from .review_data import Review, beside, save_events
from .review_menus import MENUS
from .timeline_plot import WHOLE, Marker, clock
from .words import table

_TICK_MS: Final = 33


class ReviewWindow(QMainWindow):
    """Shows one session, and a second one over it when asked.

    Args:
        review: the session.
        load: opens another one, raises `AvceError`.
        open_video: makes a source of a session's video.
        colours: the theme to begin with.
        exports: further ways to export, name to function of (session folder, file).
    """

    opened = Signal(object)
    """The user asked for another session, ready loaded."""
    theme_chosen = Signal(str)
    closed = Signal()
    told = Signal(str)
    """Words for the user, from any thread."""

    def __init__(
        self,
        review: Review,
        load: Callable[[Path], Review],
        open_video: Callable[[Path], Source],
        *,
        colours: theme.Theme = theme.DARK,
        exports: Mapping[str, Callable[[Path, Path], None]] | None = None,
    ) -> None:
        super().__init__()
        self.review = review
        self.theme = colours
        self._load = load
        self.time = review.start
        self.setWindowTitle(f"{review.path.name} – AVCE review")
        self.setWindowIcon(application_icon())
        self.commands = Actions(self, MENUS)
        self.events = EventsTable()
        self.film: Film | None = None
        cover = None if review.video is not None else self._facts_page()
        self.panes = Panes(self.commands, cover=cover, beside=self.events)
        if review.video is not None:
            video = review.video
            self.film = Film(lambda: open_video(video), self)
            self.film.shown.connect(self._show_frame)
            self.film.failed.connect(lambda words: self.panes.view.set_state("failed", words))
        self._heading = QLabel()
        self._heading.setTextFormat(self._heading.textFormat().RichText)
        self._heading.setWordWrap(True)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(10, 4, 10, 8)
        layout.setSpacing(8)
        layout.addWidget(self._heading)
        layout.addWidget(self.panes, 1)
        self.setCentralWidget(centre)
        self.toast = Toast(self.panes.timeline)
        self.told.connect(self.toast.say)
        self.resize(1280, 800)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._advance)
        self._began = (0.0, 0.0)
        self._connect(exports or {})
        self._fill()
        self.set_theme(colours)

    # Set-up.

    def _facts_page(self) -> QWidget:
        self._facts = QTextBrowser()
        self._facts.setProperty("plain", True)
        self._facts.setAccessibleName("About this session")
        self._facts.setContentsMargins(12, 12, 12, 12)
        self._facts.document().setDocumentMargin(16)
        return self._facts

    def _connect(self, exports: Mapping[str, Callable[[Path, Path], None]]) -> None:
        panes, go = self.panes, self.commands
        for name, do in {
            "open": self._open_other,
            "compare": self._compare,
            "export_png": lambda: review_export.ask(self, "png"),
            "export_svg": lambda: review_export.ask(self, "svg"),
            "export_csv": lambda: review_export.ask(self, "csv"),
            "quit": self.close,
            "play": self.play_or_pause,
            "step": lambda: self.step(1),
            "step_back": lambda: self.step(-1),
            "back": lambda: self.go(self.time - 5.0),
            "forward": lambda: self.go(self.time + 5.0),
            "next_event": lambda: self._jump(1),
            "last_event": lambda: self._jump(-1),
            "marker": self.add_marker,
            "next_face": panes.timeline.next_face,
            "switch_theme": self._switch_theme,
        }.items():
            go[name].triggered.connect(lambda _=False, do=do: do())
        go["density"].toggled.connect(panes.circumplex.set_density)
        go["relative"].toggled.connect(panes.timeline.plot.set_relative)
        for name, export in exports.items():
            action = go.menus["&File"].addAction(f"Export {name}…")
            action.triggered.connect(
                lambda _=False, n=name, e=export: review_export.ask_other(self, n, e)
            )
        panes.transport.seek_wanted.connect(lambda at: self.go(self.review.start + at))
        panes.timeline.plot.pointed.connect(self.go)
        panes.view.face_clicked.connect(panes.show_face)
        self.events.chosen.connect(self.go)
        self.events.add_wanted.connect(self.add_marker)
        self.events.changed.connect(self._events_changed)
        go.guard(self)

    def _fill(self) -> None:
        review, panes = self.review, self.panes
        plot = panes.timeline.plot
        for moment, readings in zip(review.time, review.frames, strict=True):
            plot.add(float(moment), readings)
        self.events.fill(review.start, review.events, review.peaks)
        plot.set_markers(list(review.events))
        panes.transport.show_source(review.end - review.start, seekable=True)
        panes.timeline.choose_window(WHOLE)
        panes.timeline.follow_button.setVisible(False)
        seen = [series.values[2:4] for series in plot.series.values()]
        for values in seen:
            panes.circumplex.add_history(values[0], values[1])
        self.commands["density"].setChecked(True)
        panes.timeline.refresh()
        panes.view.set_state("running")
        panes.transport.show_state("paused")
        self._redraw = QTimer(self)
        self._redraw.timeout.connect(panes.timeline.refresh)
        self._redraw.start(_TICK_MS)
        self.go(review.start)

    def set_theme(self, colours: theme.Theme) -> None:
        """Give the window a theme."""
        self.theme = colours
        theme.apply(colours)
        self.panes.set_theme(colours)
        self.events.set_theme(colours)
        review = self.review
        words = [
            f"<b>{review.path.name}</b>",
            f"{clock(review.end - review.start)} long",
            f"{len(self.panes.timeline.plot.series)} face(s)",
            f"{len(review.time)} frames",
        ]
        text = " · ".join(words)
        for warning in review.warnings:
            text += f"<br><span style='color:{colours.warning}'>{warning}</span>"
        self._heading.setText(text)
        if review.video is None:
            self._facts.setHtml(
                "<p><b>No pictures were stored in this session.</b></p>"
                + table(review.facts, colours)
            )

    def _switch_theme(self) -> None:
        self.set_theme(theme.LIGHT if self.theme.name == "dark" else theme.DARK)
        self.theme_chosen.emit(self.theme.name)

    # The cursor.

    def go(self, moment: float) -> None:
        """Put the cursor at a time of the source's clock and show everything of that moment."""
        row = self.review.at(min(max(moment, self.review.start), self.review.end))
        if row is None:
            return
        self.time = min(max(moment, self.review.start), self.review.end)
        panes = self.panes
        panes.timeline.plot.set_cursor(self.time)
        panes.timeline.plot.look_at(self.time)
        panes.transport.show_time(self.time - self.review.start)
        readings = self.review.frames[row]
        wanted = panes.timeline.plot.only_face
        faces = [r for r in readings if r.success]
        chosen = [r for r in faces if wanted in (None, r.face_id)]
        panes.readout.show_reading(min(chosen, key=lambda r: r.face_id, default=None))
        panes.circumplex.keep_only({r.face_id for r in faces})
        span = self.review.span(self.time - TRAIL_SECONDS, float(self.review.time[row]))
        for face in faces:
            trail = [
                (r.timestamp, r.valence_smooth, r.arousal_smooth)
                for at in span
                for r in self.review.frames[at]
                if r.face_id == face.face_id and not math.isnan(r.valence_smooth)
            ]
            if trail:
                panes.circumplex.show_trail(face.face_id, trail)
        if self.film is not None:
            self.film.show(float(self.review.time[row]))

    def step(self, frames: int) -> None:
        """Move the cursor by whole frames."""
        row = self.review.at(self.time)
        if row is not None:
            row = min(max(row + frames, 0), len(self.review.time) - 1)
            self.go(float(self.review.time[row]))

    def play_or_pause(self) -> None:
        """Let the cursor run at true speed, or hold it."""
        if self._timer.isActive():
            self._timer.stop()
            self.panes.transport.show_state("paused")
            return
        if self.time >= self.review.end:
            self.go(self.review.start)
        self._began = (time.monotonic(), self.time)
        self._timer.start()
        self.panes.transport.show_state("running")

    @property
    def playing(self) -> bool:
        """Whether the cursor runs."""
        return self._timer.isActive()

    def _advance(self) -> None:
        started, moment = self._began
        self.go(moment + time.monotonic() - started)
        if self.time >= self.review.end:
            self.play_or_pause()

    def _jump(self, by: int) -> None:
        moments = sorted(
            [marker.time for marker in self.panes.timeline.plot.markers]
            + [peak.time for peak, _ in self.review.peaks]
        )
        later = [at for at in moments if (at - self.time) * by > 1e-6]
        if later:
            self.go(later[0] if by > 0 else later[-1])

    def _show_frame(self, frame: Frame) -> None:
        row = self.review.at(frame.timestamp)
        self.panes.view.show_frame(frame)
        if row is not None:
            self.panes.view.show_analysis(Analysis(frame, self.review.frames[row]))

    # Markers, other sessions.

    def add_marker(self) -> None:
        """Set a marker at the cursor; its name can be typed at once."""
        self.events.add(Marker(self.time, f"marker {len(self.panes.timeline.plot.markers) + 1}"))

    def _events_changed(self, markers: list[Marker]) -> None:
        self.panes.timeline.plot.set_markers(markers)
        try:
            save_events(self.review.path, markers)
        except OSError as error:
            self.toast.say(f"The markers could not be saved: {error}")

    def compare_with(self, other: Review) -> None:
        """Draw another session over this one, both beginning at the left edge."""
        self.panes.timeline.plot.add_series(*beside(self.review, other))
        self.panes.timeline.choose_window(WHOLE)
        self.toast.say(f"{other.path.name} is drawn with broken lines")

    def _open_other(self) -> None:
        self._ask("Open session", self.opened.emit)

    def _compare(self) -> None:
        self._ask("Compare with session", self.compare_with)

    def _ask(self, title: str, use: Callable[[Review], None]) -> None:
        name = QFileDialog.getExistingDirectory(self, title, str(self.review.path.parent))
        if not name:
            return
        try:
            use(self._load(Path(name)))
        except AvceError as error:
            self.toast.say(str(error))

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        self._redraw.stop()
        if self.film is not None:
            self.film.close()
        self.closed.emit()
        event.accept()
