"""The rating window: plays a video and writes down, frame by frame, what the rater says of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QMessageBox

from ...rating.game_pad import GamePad
from ...sources.base import Source
from ...sources.video import VideoSource
from ..qt import theme
from ..qt.actions import Actions
from ..qt.window import application_icon, open_within_screen
from ..widgets.overlays import Toast
from ..widgets.video_reader import VideoReader
from .actions import REDO_SECONDS, menus
from .layout import CHOICES, RateLayout
from .player import Player
from .rater_form import Sitting
from .saving import Saving
from .steering import Steering

_TICK_MS: Final = 16
_DRAW_SECONDS: Final = 0.1
_CLOSING_SECONDS: Final = 1.0


class RateWindow(QMainWindow):
    """One rater's pass over one recording.

    What is rated is the frame on show: a frame gets the rating at the moment at which it appears.

    Args:
        sitting: what is rated, and where it goes; closed with the window.
        colours: the theme to begin with.
        open_video: makes the video's source, on a thread.
        pad: the game pad.
        now: a clock in seconds.
    """

    theme_chosen = Signal(str)
    closed = Signal()
    rated = Signal(object)
    """Ratings were saved in this folder, for the last time."""

    def __init__(
        self,
        sitting: Sitting,
        *,
        colours: theme.Theme = theme.DARK,
        open_video: Callable[[Path], Source] = VideoSource,
        pad: GamePad | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.sitting, self.theme = sitting, colours
        self.take, subject = sitting.take, sitting.subject
        self.setWindowTitle(f"{subject.name}, rated by {sitting.label} – AVCE rating")
        self.setWindowIcon(application_icon())
        self.parts = RateLayout()
        self.setCentralWidget(self.parts)
        self.plane = self.parts.plane
        self.toast = Toast(self.parts.view)
        open_within_screen(self)
        self.player = Player(subject.shown, now)
        self.pad = pad if pad is not None else GamePad()
        self.steering = Steering(self.plane, self.pad, now)
        self.saving = Saving(sitting.file, sitting.label, self.take, now)
        self.reader = VideoReader(lambda: open_video(subject.video))
        self.recording = True
        self._now, self._drawn = now, -1.0
        self._row = 0
        self._newest = 0
        """The number of the request from which on frames count: earlier ones are of before a
        seek."""
        self._answered = self.player.start
        """The moment of the video whose frame is on show."""
        self._in_stretch = False
        self.commands = self._actions()
        self._connect()
        self.parts.transport.show_source(self.player.end - self.player.start, seekable=True)
        self.parts.plot.fit(self.take)
        self.parts.view.set_state("paused")
        self.parts.transport.show_state("paused")
        self.commands["record"].setChecked(True)
        self.commands["use_pad"].setChecked(self.steering.pad_used)
        self.choose_axes(self._name_of(self._unfinished() or sitting.order[0]))
        self.set_theme(colours)
        self.go(self._where_to_begin())
        self.plane.setFocus()
        self._ticking = QTimer(self)
        self._ticking.setInterval(_TICK_MS)
        self._ticking.timeout.connect(self.tick)
        self._ticking.start()

    # Set-up.

    def _actions(self) -> Actions:
        table = menus(
            close=self.close,
            play=self.play_or_pause,
            redo=self.redo,
            undo=self.undo,
            can_undo=lambda: self.take.can_undo,
            next_unrated=self.next_unrated,
            choose_axes=self.choose_axes,
            record=self.set_recording,
            use_pad=self.use_pad,
            pad_there=lambda: self.pad.there,
            step=self.step,
            seek_by=lambda by: self.go(self.player.time + by),
            to_start=lambda: self.go(self.player.start),
            to_end=lambda: self.go(self.player.end),
            show_words=self.plane.set_words,
            switch_theme=self.switch_theme,
        )
        actions = Actions(self, table)
        actions.tie(self.parts.buttons)
        actions.guard(self)
        actions.refresh()
        return actions

    def _connect(self) -> None:
        self.parts.transport.seek_wanted.connect(lambda at: self.go(self.player.start + at))
        times = self.sitting.subject
        self.parts.plot.pointed.connect(lambda at: self.go(float(times.shown[self.take.at(at)])))

    def set_theme(self, colours: theme.Theme) -> None:
        """Give the window a theme."""
        self.theme = colours
        theme.apply(colours)
        self.parts.set_theme(colours)
        self._drawn = -1.0

    def switch_theme(self) -> None:
        """Dark becomes light, light becomes dark."""
        self.set_theme(theme.LIGHT if self.theme.name == "dark" else theme.DARK)
        self.theme_chosen.emit(self.theme.name)

    # What is rated.

    @property
    def moment(self) -> float:
        """When the frame on show is shown, on the clock of the ratings."""
        return float(self.take.times[self._row])

    def choose_axes(self, name: str) -> None:
        """Rate "both", "valence" or "arousal" from here on."""
        self._end_stretch()
        self.commands.choose("axes", name)
        self.parts.rate(CHOICES[name])
        self._meet_rating()
        if self.player.playing:
            self._begin_stretch()

    def _name_of(self, axes: tuple[str, ...]) -> str:
        return next(name for name, each in CHOICES.items() if each == axes)

    def _unfinished(self) -> tuple[str, ...] | None:
        """The first run of the order that is not whole, None where all are."""
        order = self.sitting.order
        return next((axes for axes in order if self.take.first_unrated(axes) is not None), None)

    def _where_to_begin(self) -> float:
        """The video's moment at which a pass is continued: the first one that lacks what is rated,
        so that nothing is replaced unasked; the start where it is whole or has nothing yet."""
        first = self.take.first_unrated(self.plane.axes)
        return self.player.start if first is None else float(self.player.shown[self.take.at(first)])

    def set_recording(self, on: bool) -> None:
        """Rate while playing, or only look at what was rated."""
        self._end_stretch()
        self.recording = on
        if self.player.playing:
            self._begin_stretch()

    def use_pad(self, on: bool) -> None:
        """Let the game pad move the point, or not."""
        self.steering.pad_used = on and self.pad.there

    def _begin_stretch(self) -> None:
        if self.recording and not self._in_stretch:
            self._in_stretch = True
            self.take.begin(self.moment, self.plane.value, self.plane.axes)
            self._changed()

    def _end_stretch(self) -> None:
        self._in_stretch = False

    def _changed(self) -> None:
        self.saving.changed()
        self._drawn = -1.0
        self.commands.refresh()

    # Playback.

    def play_or_pause(self) -> None:
        """Play and rate, or pause and save."""
        if self.player.playing:
            self.pause()
            return
        if self.player.time >= self.player.end:
            self.go(self.player.start)
        self.player.play()
        self._begin_stretch()
        self._show_state("running")

    def pause(self) -> None:
        """Stop at the frame on show, and save."""
        self.player.pause()
        self._end_stretch()
        # A frame that comes now was not rated: back to the one that was.
        self.player.go(float(self.player.shown[self._row]))
        self._newest = self.reader.show(self.player.time)
        self._show_state("paused")
        self.saving.poll(at_once=True)

    def go(self, moment: float) -> None:
        """Go to a moment of the video; a stretch ends, and another begins if it plays."""
        self._end_stretch()
        self.player.go(moment)
        self._newest, self._answered = self.reader.show(self.player.time), self.player.time
        self._show_row(self.player.row(self.player.time))
        self._meet_rating()
        if self.player.playing:
            self._begin_stretch()

    def step(self, by: int) -> None:
        """Go some frames on or back."""
        row = min(max(self._row + by, 0), len(self.take.times) - 1)
        self.go(float(self.player.shown[row]))

    def redo(self) -> None:
        """Go back ten seconds; what is there is replaced from there on when it is played."""
        self.go(self.player.time - REDO_SECONDS)

    def undo(self) -> None:
        """Take back the last stretch, and go to where it began."""
        if self.player.playing:
            self.pause()
        began = self.take.undo()
        if began is not None:
            self._changed()
            self.go(float(self.player.shown[self.take.at(began)]))
            self.saving.poll(at_once=True)

    def next_unrated(self) -> None:
        """Go to the next moment that lacks what is being rated; from the start, if need be."""
        axes = self.plane.axes
        found = self.take.first_unrated(axes, self.moment + 1e-6)
        found = self.take.first_unrated(axes) if found is None else found
        if found is None:
            self.toast.say("Everything is rated")
        else:
            self.go(float(self.player.shown[self.take.at(found)]))

    def _meet_rating(self) -> None:
        """Put the point where this moment was rated, so that a stretch is joined smoothly."""
        if not self.plane.held:
            self.plane.put(*self.take.value(self.moment))

    def _show_state(self, state: str) -> None:
        self.parts.view.set_state(state)
        self.parts.transport.show_state(state)

    # The moment.

    def tick(self) -> None:
        """Move on, take in the frame that has come, and rate it."""
        self.steering.poll()
        if self.player.playing:
            before = self.player.time
            self.player.advance(self._answered)
            if self.player.time != before:
                self.reader.show(self.player.time)
        frame, problem = self.reader.take(), self.reader.take_problem()
        request = self.reader.answered
        if frame is not None and request is not None and request.number >= self._newest:
            self._answered = request.time
            self.parts.view.show_frame(frame)
            if self.player.playing:
                self._pass(self.player.row(frame.timestamp))
        if problem:
            self.pause()
            self._show_state("failed")
            self.toast.say(problem, 30.0)
        self._save()
        self._draw()

    def _pass(self, row: int) -> None:
        """A frame has come on show while playing."""
        if row > self._row:
            self._show_row(row)
            if self._in_stretch:
                self.take.rate(self.moment, self.plane.value)
                self._changed()
            elif not self.recording:
                self._meet_rating()
        # The last frames may be missing in the video of a program that was killed.
        if self._answered >= self.player.end:
            self._at_end()

    def _at_end(self) -> None:
        self.pause()
        left = self._unfinished()
        if left is None:
            self.toast.say("Everything is rated and saved: close the window")
        elif left == self.plane.axes:
            self.toast.say("Some moments are not rated yet: press N to go to the next")
        else:
            self.choose_axes(self._name_of(left))
            self.toast.say(f"Now {' and '.join(left)}: press Space to rate from the start", 8.0)

    def _show_row(self, row: int) -> None:
        self._row = row
        self.parts.plot.set_cursor(self.moment)
        self.parts.plot.look_at(self.moment)
        self.parts.transport.show_time(float(self.player.shown[row]) - self.player.start)

    def _save(self) -> None:
        self.saving.poll()
        if self.saving.problem:
            self.toast.say(f"Not saved: {self.saving.problem}", 10.0, "saving")

    def _draw(self) -> None:
        now = self._now()
        if self._drawn < 0 or now - self._drawn >= _DRAW_SECONDS:
            self._drawn = now
            self.parts.plot.show_take(self.take)
            self.parts.plot.redraw()
            self.parts.show_progress(self.take, saved=self.saving.saved)

    # The user's hand.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.steering.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.steering.release(event):
            super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.steering.let_go()
            self.plane.let_go()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.player.pause()
        problem = self.saving.finish()
        if problem and not self._leave(problem):
            event.ignore()
            return
        self._ticking.stop()
        self.reader.close(_CLOSING_SECONDS)
        self.pad.close()
        self.sitting.file.close()
        self.rated.emit(self.sitting.subject.folder)
        self.closed.emit()
        event.accept()

    def _leave(self, problem: str) -> bool:
        """Ask whether to close although something is not saved."""
        question = QMessageBox.question(
            self,
            "Ratings are not saved",
            f"{problem}\n\nClose the window and lose what was rated since it was saved last?",
            QMessageBox.StandardButton.Close | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        return question == QMessageBox.StandardButton.Close
