"""The review window: a recorded session with a cursor, its markers and peaks, and its video."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow

from ....model.errors import AvceError
from ....model.session_people import People
from ...analysis.analyser import Analysis
from ...rating.parts import Part, parts_between
from ...session.edits import change_people
from ...session.reader import anchors_of
from ..qt import theme
from ..qt.actions import Actions
from ..qt.background_task import BackgroundTask
from ..qt.preferences import Preferences
from ..qt.window import application_icon, open_within_screen
from ..widgets.circumplex import TRAIL_SECONDS, Certainty
from ..widgets.overlays import Toast
from ..widgets.preset_labels import PresetLabels
from ..widgets.series import Series
from ..widgets.timeline_plot import WHOLE, TimelinePlot
from ..widgets.video_reader import VideoReader
from .actions import menus
from .data import OTHER, Review, beside
from .export import Exporter
from .faces_dialog import FacesDialog
from .layout import ReviewLayout, face_icons
from .marker_editing import MarkerEditing
from .markers import MarkerHistory
from .playhead import Playhead
from .ports import ReviewTools
from .ratings_dialog import RatingsDialog
from .stretch import StretchDialog

_TICK_MS: Final = 33
_CLOSING_SECONDS: Final = 1.0


class ReviewWindow(QMainWindow):
    """Shows one session, and a second one over it when asked.

    Args:
        review: the session.
        tools: what it needs of the rest of the app.
        colours: the theme to begin with.
        preferences: where preset labels are kept; the user's own place if None.
    """

    opened = Signal(object)
    """The user asked for another session, ready loaded."""
    replaced = Signal(object)
    """The session is to be shown anew: who its faces are was said."""
    rate_wanted = Signal(object)
    """The user asked to rate this session's folder."""
    theme_chosen = Signal(str)
    closed = Signal()

    def __init__(
        self,
        review: Review,
        tools: ReviewTools,
        *,
        colours: theme.Theme = theme.DARK,
        preferences: Preferences | None = None,
    ) -> None:
        super().__init__()
        self.review, self.tools, self.theme = review, tools, colours
        self.other: Review | None = None
        self.stretch: StretchDialog | None = None
        self.ratings: RatingsDialog | None = None
        self.setWindowTitle(f"{review.path.name} – AVCE review")
        self.setWindowIcon(application_icon())
        self.history = MarkerHistory(review.events, self)
        self.playhead = Playhead(review, lambda: [m.time for m in self.history.markers], self)
        self.parts = ReviewLayout(
            review, self.history, lambda task: tools.replay(review, task.report)
        )
        self.panes, self.events = self.parts.panes, self.parts.events
        self.comparison, self.strip = self.parts.comparison, self.parts.strip
        self.setCentralWidget(self.parts)
        self.toast = Toast(self.panes.timeline)
        self.editing = MarkerEditing(
            *(review, self.history, self.playhead, self.events, self.plot, self.toast, self)
        )
        open_within_screen(self)
        self.exporter = Exporter(review, self.panes, tools.exports, self)
        self.faces: BackgroundTask[dict[int, np.ndarray]] | None = None
        self.reader: VideoReader | None = None
        if review.video is not None:
            video = review.video
            self.reader = VideoReader(lambda: tools.open_video(video))
            if review.found:
                self.faces = BackgroundTask("faces", lambda _: tools.faces(review))
        self._ticking = QTimer(self)
        self._ticking.setInterval(_TICK_MS)
        self._ticking.timeout.connect(self._tick)
        self.presets = PresetLabels(preferences or Preferences(), self.editing.mark, self)
        self.commands = self._actions()
        self.presets.tie(self.commands)
        self._connect()
        self._fill()
        self.set_theme(colours)
        self._ticking.start()

    # Set-up.

    def _actions(self) -> Actions:
        table = menus(
            self,
            self.review,
            self.playhead,
            self.history,
            self.editing,
            self.events,
            self.panes,
            self.strip,
            self.exporter,
            open_other=self.open_other,
            compare=self.choose_other,
            name_faces=self.name_faces,
            switch_theme=self.switch_theme,
            count_from_start=self.count_from_start,
            show_stretch=self.show_stretch,
            show_ratings=self.show_ratings,
            presets=self.presets.actions(lambda: not self.review.growing),
            rate=lambda: self.rate_wanted.emit(self.review.path),
        )
        actions = Actions(self, table)
        actions.tie(self.parts.buttons)
        actions.guard(self)
        return actions

    def _connect(self) -> None:
        panes, events, playhead = self.panes, self.events, self.playhead
        playhead.asked.connect(events.show_time)
        playhead.moved.connect(self._show)
        playhead.state.connect(panes.transport.show_state)
        panes.transport.seek_wanted.connect(lambda at: playhead.go(self.review.start + at))
        panes.timeline.plot.pointed.connect(playhead.go)
        panes.view.face_clicked.connect(panes.show_face)
        events.chosen.connect(playhead.go)
        events.wrong.connect(self.toast.say)
        self.exporter.message.connect(self.toast.say)
        self.history.stack.indexChanged.connect(self._show_history)
        self.comparison.aligned.connect(self.lay_beside)
        self.comparison.ended.connect(self.end_comparison)

    @property
    def plot(self) -> TimelinePlot:
        """The curves over time."""
        return self.panes.timeline.plot

    def _fill(self) -> None:
        review, panes = self.review, self.panes
        if review.time.size:
            self.plot.begin(review.start)
            self.plot.latest = review.end
        people = review.session.people
        called = {face: people.name(face) for face in review.series if people.name(face)}
        self.plot.add_series(review.series, called)
        self.plot.set_markers(list(review.events))
        self.count_from_start(False)
        panes.transport.show_source(review.end - review.start, seekable=True)
        panes.timeline.choose_window(WHOLE)
        panes.timeline.follow_button.setVisible(False)
        panes.circumplex.set_anchors(anchors_of(review.session))
        for series in review.series.values():
            panes.circumplex.add_history(*series.values[2:4])
        self.commands["density"].trigger()
        panes.timeline.refresh()
        panes.view.set_state("running")
        panes.transport.show_state("paused")
        self.playhead.to_start()

    def set_theme(self, colours: theme.Theme) -> None:
        """Give the window a theme."""
        self.theme = colours
        theme.apply(colours)
        self.parts.set_theme(colours)

    def switch_theme(self) -> None:
        """Dark becomes light, light becomes dark."""
        self.set_theme(theme.LIGHT if self.theme.name == "dark" else theme.DARK)
        self.theme_chosen.emit(self.theme.name)

    def count_from_start(self, since_start: bool) -> None:
        """Call times by the seconds since the session's start, or as its source does."""
        self.plot.set_since_start(since_start)
        self.panes.transport.set_zero(self.plot.called(self.review.start))
        self.events.set_origin(self.review.start if since_start else 0.0)

    def show_stretch(self) -> None:
        """Open the numbers of a stretch that is dragged over the plot."""
        if self.stretch is None:
            self.stretch = StretchDialog(self.review, self.plot, lambda: self.history.markers, self)
            self.stretch.gone.connect(self._stretch_gone)
            self.stretch.interval_wanted.connect(self.editing.add_interval)
        self.stretch.show()
        self.stretch.raise_()

    def _stretch_gone(self) -> None:
        self.stretch = None

    def show_ratings(self) -> None:
        """Draw what people rated, and say how far they agree."""
        if self.ratings is None:
            self.ratings = RatingsDialog(self.review.session, self.plot, self._marked_parts, self)
            self.ratings.gone.connect(self._ratings_gone)
        self.ratings.show()
        self.ratings.raise_()

    def _ratings_gone(self) -> None:
        self.ratings = None

    def _marked_parts(self) -> list[Part]:
        moments = [(marker.time, marker.label) for marker in self.history.markers]
        return parts_between(moments, self.review.start, self.review.end)

    # The moment.

    def _show(self, row: int) -> None:
        """Show everything of a frame."""
        review, panes, moment = self.review, self.panes, self.playhead.time
        self.plot.set_cursor(moment)
        self.plot.look_at(moment)
        panes.transport.show_time(moment - review.start)
        faces = [r for r in review.frames[row] if r.success]
        panes.show_readout(faces)
        panes.circumplex.keep_only({r.face_id for r in faces})
        for face in faces:
            trail = review.trail(face.face_id, float(review.time[row]), TRAIL_SECONDS)
            if trail:
                panes.circumplex.show_trail(face.face_id, trail)
                panes.circumplex.tell(face.face_id, Certainty.of(face))
        if self.other is not None:
            self.comparison.show_time(moment)
        if self.reader is not None:
            self.reader.show(float(review.frame_times[row]))

    def _tick(self) -> None:
        """Draw what has changed, and take in what threads have left."""
        self.panes.timeline.refresh()
        self.strip.poll()
        self.exporter.poll()
        if self.reader is not None:
            frame, problem = self.reader.take(), self.reader.take_problem()
            if frame is not None:
                self.panes.view.show_frame(frame)
                row = int(np.abs(self.review.frame_times - frame.timestamp).argmin())
                self.panes.view.show_analysis(Analysis(frame, self.review.frames[row]))
            if problem:
                self.panes.view.set_state("failed", problem)
        if self.faces is not None and self.faces.done:
            self.events.show_faces(face_icons(self.faces.result or {}))
            self.faces = None

    def _show_history(self) -> None:
        stack = self.history.stack
        self.commands["undo"].setText(f"Undo {stack.undoText()}".strip())
        self.commands["redo"].setText(f"Redo {stack.redoText()}".strip())
        self.commands.refresh()

    def name_faces(self) -> None:
        """Ask who the faces are, and show the session by that."""
        session = self.review.session
        dialog = FacesDialog(session, session.faces, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._take_people(dialog.people))
        dialog.open()

    def _take_people(self, people: People) -> None:
        if people == self.review.session.people:
            return
        try:
            change_people(self.review.path, self.review.session.people, people)
            self.replaced.emit(self.tools.load(self.review.path))
        except (AvceError, OSError) as error:
            self.toast.say(f"The names could not be saved: {error}")

    # Other sessions.

    def compare_with(self, other: Review) -> None:
        """Draw another session over this one, aligned as far as is known."""
        self.end_comparison()
        self.other = other
        self.comparison.compare(self.review, other)
        self.panes.timeline.choose_window(WHOLE)
        self.toast.say(f"{other.path.name} is shown with dashed lines")

    def lay_beside(self, shift: float) -> None:
        """Draw the other session that many seconds later than its own clock says."""
        if self.other is not None:
            self.plot.add_series(*beside(self.review, self.other, shift))
            self.comparison.show_time(self.playhead.time)

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

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.editing.look()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.playhead.stop()
        self._ticking.stop()
        deadline = time.monotonic() + _CLOSING_SECONDS
        tasks = [task for task in (self.strip.task, self.faces) if task is not None]
        for task in tasks:
            task.stop()
        if self.reader is not None:
            self.reader.close(_CLOSING_SECONDS)
        for task in tasks:
            task.wait(max(deadline - time.monotonic(), 0.0))
        self.closed.emit()
        event.accept()
