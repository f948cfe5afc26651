"""The review window: a recorded session with a cursor, its markers and peaks, and its pictures."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow

from ...model.errors import AvceError
from ..analysis import Analysis
from . import review_commands, theme
from .actions import Actions
from .circumplex import TRAIL_SECONDS
from .errand import Errand
from .film import Film
from .first_size import open_within_screen
from .icons import application_icon
from .overlays import Toast
from .review_data import OTHER, Review, beside, save_events
from .review_export import EXPORT
from .review_layout import ReviewLayout, face_icons
from .review_markers import MarkerHistory, Markers
from .review_menus import MENUS
from .review_tools import ReviewTools
from .series import Series
from .timeline_plot import WHOLE, Marker, TimelinePlot

_TICK_MS: Final = 33
_CLOSING_SECONDS: Final = 1.0


class ReviewWindow(QMainWindow):
    """Shows one session, and a second one over it when asked.

    Args:
        review: the session.
        tools: what it needs of the rest of the app.
        colours: the theme to begin with.
    """

    opened = Signal(object)
    """The user asked for another session, ready loaded."""
    theme_chosen = Signal(str)
    closed = Signal()

    def __init__(
        self, review: Review, tools: ReviewTools, *, colours: theme.Theme = theme.DARK
    ) -> None:
        super().__init__()
        self.review, self.tools, self.theme = review, tools, colours
        self.time = review.start
        self.other: Review | None = None
        self.setWindowTitle(f"{review.path.name} – AVCE review")
        self.setWindowIcon(application_icon())
        self.commands = Actions(self, MENUS)
        self.history = MarkerHistory(review.events, self)
        self.parts = ReviewLayout(
            self.commands, review, self.history, lambda errand: tools.replay(review, errand.go_on)
        )
        self.panes, self.events = self.parts.panes, self.parts.events
        self.comparison, self.strip = self.parts.comparison, self.parts.strip
        self.setCentralWidget(self.parts)
        self.toast = Toast(self.panes.timeline)
        open_within_screen(self)
        self.exporting: Errand[str] | None = None
        self.faces: Errand[dict[int, np.ndarray]] | None = None
        self.film: Film | None = None
        if review.video is not None:
            video = review.video
            self.film = Film(lambda: tools.open_video(video))
            if review.found:
                self.faces = Errand("faces", lambda errand: tools.faces(review))
        self._began = (0.0, 0.0)
        self._playing = QTimer(self)
        self._playing.setInterval(_TICK_MS)
        self._playing.timeout.connect(self._advance)
        self._ticking = QTimer(self)
        self._ticking.setInterval(_TICK_MS)
        self._ticking.timeout.connect(self._tick)
        review_commands.connect(self)
        self._fill()
        self.set_theme(colours)
        self._ticking.start()

    # Set-up.

    @property
    def plot(self) -> TimelinePlot:
        """The curves over time."""
        return self.panes.timeline.plot

    def _fill(self) -> None:
        review, panes = self.review, self.panes
        if review.time.size:
            self.plot.origin, self.plot.latest = review.start, review.end
        self.plot.add_series(review.series, {})
        self.plot.set_markers(list(review.events))
        panes.transport.show_source(review.end - review.start, seekable=True)
        panes.timeline.choose_window(WHOLE)
        panes.timeline.follow_button.setVisible(False)
        for series in review.series.values():
            panes.circumplex.add_history(*series.values[2:4])
        for name in ("undo", "redo"):
            self.commands[name].setEnabled(False)
        for name in ("marker", "move_marker", "remove_marker"):
            self.commands[name].setEnabled(not review.growing)
        self.commands["replay"].setEnabled(review.video is not None)
        self.commands["density"].setChecked(True)
        panes.timeline.refresh()
        panes.view.set_state("running")
        panes.transport.show_state("paused")
        self.go(review.start)

    def set_theme(self, colours: theme.Theme) -> None:
        """Give the window a theme."""
        self.theme = colours
        theme.apply(colours)
        self.parts.set_theme(colours)

    def switch_theme(self) -> None:
        """Dark becomes light, light becomes dark."""
        self.set_theme(theme.LIGHT if self.theme.name == "dark" else theme.DARK)
        self.theme_chosen.emit(self.theme.name)

    # The cursor.

    def go(self, moment: float) -> None:
        """Put the cursor at a time of the source's clock and show everything of that moment."""
        review, panes = self.review, self.panes
        self.events.show_time(moment)
        moment = min(max(moment, review.start), review.end)
        row = review.at(moment)
        if row is None:
            return
        self.time = moment
        self.plot.set_cursor(moment)
        self.plot.look_at(moment)
        panes.transport.show_time(moment - review.start)
        wanted = self.plot.only_face
        faces = [r for r in review.frames[row] if r.success]
        chosen = [r for r in faces if wanted in (None, r.face_id)]
        panes.readout.show_reading(min(chosen, key=lambda r: r.face_id, default=None))
        panes.circumplex.keep_only({r.face_id for r in faces})
        for face in faces:
            trail = review.trail(face.face_id, float(review.time[row]), TRAIL_SECONDS)
            if trail:
                panes.circumplex.show_trail(face.face_id, trail)
        if self.other is not None:
            self.comparison.show_time(moment)
        if self.film is not None:
            self.film.show(float(review.picture_times[row]))

    def step(self, frames: int) -> None:
        """Move the cursor by whole frames."""
        row = self.review.at(self.time)
        if row is not None:
            row = min(max(row + frames, 0), len(self.review.time) - 1)
            self.go(float(self.review.time[row]))

    def jump(self, kind: str, by: int) -> None:
        """Go to the next (1) or last (-1) "marker", "peak" or "event", which is either."""
        markers = self.history.markers if kind != "peak" else ()
        peaks = self.review.peaks if kind != "marker" else ()
        moments = sorted([m.time for m in markers] + [m.time for m, _ in peaks])
        later = [at for at in moments if (at - self.time) * by > 1e-6]
        if later:
            self.go(later[0] if by > 0 else later[-1])

    def play_or_pause(self) -> None:
        """Let the cursor run at true speed, or hold it."""
        if self.playing:
            self._playing.stop()
            self.panes.transport.show_state("paused")
            return
        if self.time >= self.review.end:
            self.go(self.review.start)
        self._began = (time.monotonic(), self.time)
        self._playing.start()
        self.panes.transport.show_state("running")

    @property
    def playing(self) -> bool:
        """Whether the cursor runs."""
        return self._playing.isActive()

    def _advance(self) -> None:
        began, moment = self._began
        self.go(moment + time.monotonic() - began)
        if self.time >= self.review.end:
            self.play_or_pause()

    def _tick(self) -> None:
        """Draw what has changed, and take in what threads have left."""
        self.panes.timeline.refresh()
        self.strip.look_in()
        if self.film is not None:
            frame, problem = self.film.take(), self.film.take_problem()
            if frame is not None:
                self.panes.view.show_frame(frame)
                row = int(np.abs(self.review.picture_times - frame.timestamp).argmin())
                self.panes.view.show_analysis(Analysis(frame, self.review.frames[row]))
            if problem:
                self.panes.view.set_state("failed", problem)
        if self.faces is not None and self.faces.done:
            self.events.show_faces(face_icons(self.faces.result or {}))
            self.faces = None
        if self.exporting is not None and self.exporting.done:
            self.toast.say(self.exporting.problem or self.exporting.result or "", topic=EXPORT)
            self.exporting = None

    # Markers.

    def add_marker(self) -> None:
        """Set a marker at the cursor; its name can be typed at once."""
        if not self.review.growing:
            marker = Marker(self.time, self.history.free_name())
            self.history.add(marker)
            self.events.edit(marker)

    def move_marker(self) -> None:
        """Move the chosen marker to the cursor."""
        marker = self.events.marker()
        if marker is not None and not self.review.growing:
            self.history.replace(marker, Marker(self.time, marker.label))

    def markers_changed(self, markers: Markers) -> None:
        """Draw and save the markers as they are now."""
        self.plot.set_markers(list(markers))
        self.commands["undo"].setText(f"Undo {self.history.stack.undoText()}".strip())
        self.commands["redo"].setText(f"Redo {self.history.stack.redoText()}".strip())
        try:
            save_events(self.review.path, markers)
        except OSError as error:
            self.toast.say(f"The markers could not be saved: {error}")

    # Other sessions.

    def compare_with(self, other: Review) -> None:
        """Draw another session over this one, both beginning at the left edge."""
        self.end_comparison()
        self.other = other
        self.comparison.compare(self.review, other)
        self.panes.timeline.choose_window(WHOLE)
        self.toast.say(f"{other.path.name} is drawn with broken lines")

    def lay_beside(self, shift: float) -> None:
        """Draw the other session that many seconds later than its own clock says."""
        if self.other is not None:
            self.plot.add_series(*beside(self.review, self.other, shift))
            self.comparison.show_time(self.time)

    def end_comparison(self) -> None:
        """Take the other session away."""
        self.other = None
        self.comparison.clear()
        timeline = self.panes.timeline
        gone = [number for number in self.plot.series if number >= OTHER]
        if self.plot.only_face in gone:
            timeline.face_choice.setCurrentIndex(0)
        # Empty curves draw nothing; after that the plot can forget them.
        self.plot.add_series({number: Series(number) for number in gone}, {})
        self.plot.redraw()
        for number in gone:
            del self.plot.series[number]
            timeline.face_choice.removeItem(timeline.face_choice.findData(number))
        self.plot.latest = self.review.end
        timeline.refresh()

    def open_other(self) -> None:
        """Ask for another session and announce it."""
        other = self._ask("Open session")
        if other is not None:
            self.opened.emit(other)

    def choose_other(self) -> None:
        """Ask for a session to compare this one with."""
        other = self._ask("Compare with session")
        if other is not None:
            self.compare_with(other)

    def _ask(self, title: str) -> Review | None:
        name = QFileDialog.getExistingDirectory(self, title, str(self.review.path.parent))
        try:
            return self.tools.load(Path(name)) if name else None
        except AvceError as error:
            self.toast.say(str(error))
            return None

    def closeEvent(self, event: QCloseEvent) -> None:
        self._playing.stop()
        self._ticking.stop()
        deadline = time.monotonic() + _CLOSING_SECONDS
        for errand in filter(None, (self.strip.errand, self.faces)):
            errand.stop()
        if self.film is not None:
            self.film.close(_CLOSING_SECONDS)
        for errand in filter(None, (self.strip.errand, self.faces)):
            errand.wait(max(deadline - time.monotonic(), 0.0))
        self.closed.emit()
        event.accept()
