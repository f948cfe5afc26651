"""The live window: puts the parts side by side and passes on what happens."""

from __future__ import annotations

import time
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QWidget

from ...analysis.analyser import Analysis
from ...analysis.pipeline import Statistics
from ...lsl.streams import LslStreams
from ...session.reader import FRAMES
from ...settings import EXTRAS, RecordingOptions, RunSettings
from ...sources import Choice
from ...sources.base import Frame
from ..qt import theme
from ..qt.actions import Actions
from ..qt.boxes import in_column
from ..qt.preferences import Preferences
from ..qt.window import application_icon, open_within_screen
from ..widgets.overlays import MarkerPrompt, Toast
from ..widgets.panes import Panes
from ..widgets.preset_labels import PresetLabels
from ..widgets.time_axis import clock
from . import details
from .actions import FACES, HOLDS, menus
from .baseline_guide import BaselineGuide
from .controls import Controls
from .lsl_switches import LslSwitches
from .model_chooser import ModelChooser
from .pages import Pages
from .peak_marks import PeakMarks
from .pipeline_feed import Feed
from .playback import Playback
from .plot_delay import PlotDelay
from .ports import Backend, Running
from .recent import Recent
from .record_options import RecordOptions
from .recording import Recording
from .saved_session import SavedSession
from .source_menu import SourceMenu
from .status import Status

_PLOT_SECONDS: Final = 1 / 40


class MainWindow(QMainWindow):
    """The app's window on what runs now. Knows nothing of reviews but that they are asked for.

    Args:
        backend: the way to sources and models.
        settings: what to run first.
        preferences: what is remembered.
        streams: what is sent and received by the Lab Streaming Layer; None for nothing at first.
    """

    review_wanted = Signal(object)
    """The user asked for the session in this folder."""
    study_wanted = Signal(object)
    """The user asked for a study, beginning with this folder of sessions."""
    theme_changed = Signal(object)
    closed = Signal()

    def __init__(
        self,
        backend: Backend,
        settings: RunSettings,
        preferences: Preferences,
        streams: LslStreams | None = None,
    ) -> None:
        super().__init__()
        self.backend = backend
        self.settings = settings
        self.preferences = preferences
        self.theme = theme.resolve(preferences.text("theme"))
        theme.apply(self.theme)
        self.running: Running | None = None
        self.close_at_end = self.closing = False
        self.statistics: Statistics | None = None
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self.panes = Panes()
        self.view = self.panes.view
        self.transport = self.panes.transport
        self.circumplex = self.panes.circumplex
        self.readout = self.panes.readout
        self.timeline = self.panes.timeline
        self.sources = SourceMenu(backend, preferences, lambda: self.running, self)
        self.controls = Controls(self.sources)
        self.options = RecordOptions()
        self.saved = SavedSession()
        self.transport.put_below(self.saved)
        self.transport.put_below(self.options)
        self.peak_marks = PeakMarks(self.timeline.plot)
        self.status = Status()
        self.feed = Feed(backend, self)
        self.recording = Recording(backend, preferences, self.view, self)
        self.lsl = LslSwitches(streams or LslStreams(), self.recording.mark, self)
        self.playback = Playback(
            lambda: self.running, self.feed, self.view, lambda: self.recording.active, self
        )
        self.baselines = BaselineGuide(lambda: self.running, self)
        self.pages = Pages(
            self, lambda: self.theme, preferences, checks=backend.doctor, details=self._details
        )
        self._build()
        self.toast = Toast(self.view)
        self.prompt = MarkerPrompt(self.view)
        self.delay = PlotDelay()
        self._plotted = 0.0
        self.presets = PresetLabels(preferences, self.mark, self)
        self.commands = self._actions()
        self.presets.tie(self.commands)
        self.recent = Recent(self.commands, preferences, self)
        self._connect()
        self._restore()

    # Set-up.

    def _actions(self) -> Actions:
        table = menus(
            self,
            self.playback,
            self.sources,
            self.recording,
            self.lsl,
            self.baselines,
            self.panes,
            self.peak_marks,
            self.pages,
            faces=sorted({*FACES, self.settings.max_faces}),
            ask_review=self.ask_review,
            ask_study=lambda: self.study_wanted.emit(self.recording.folder),
            track_faces=self.track_faces,
            write_extra=self.write_extra,
            ask_marker=self.ask_marker,
            presets=self.presets.actions(),
            choose_model=self.choose_model,
            use_theme=lambda choice: self.set_theme(theme.resolve(choice)),
            switch_theme=self.switch_theme,
        )
        actions = Actions(self, table, self.preferences)
        for buttons in (self.controls.buttons, self.options.buttons, self.transport.buttons):
            actions.tie(buttons)
        actions.guard(self)
        return actions

    def _build(self) -> None:
        centre = QWidget()
        in_column(self.controls, (self.panes, 1), of=centre, margins=(10, 4, 10, 2), spacing=8)
        self.setCentralWidget(centre)
        self.setStatusBar(self.status)
        open_within_screen(self)

    def _connect(self) -> None:
        self.feed.frame.connect(self.view.show_frame)
        self.feed.analyses.connect(self._show_analyses)
        self.feed.state.connect(self._show_state)
        self.feed.statistics.connect(self._show_statistics)
        self.feed.opened.connect(self._opened)
        self.feed.remarked.connect(lambda words: self.toast.say(words, seconds=10.0))
        self.feed.ticked.connect(self._refresh)
        self.sources.aboutToShow.connect(lambda: self.sources.fill(self.commands))
        self.sources.chosen.connect(self.ask_open)
        self.controls.opacity_changed.connect(lambda value: self.view.set_map(opacity=value))
        self.controls.colours_chosen.connect(lambda name: self.view.set_map(colours=name))
        self.view.map_changed.connect(self._show_map)
        self.playback.start_wanted.connect(self.start)
        self.transport.seek_wanted.connect(self.playback.seek)
        self.timeline.face_choice.currentIndexChanged.connect(lambda _: self.peak_marks.place())
        self.view.face_clicked.connect(self.panes.show_face)
        self.timeline.window_chosen.connect(
            lambda seconds: self.preferences.put("window", str(seconds))
        )
        self.status.details_wanted.connect(self.commands["details"].trigger)
        self.status.model_wanted.connect(self.commands["model"].trigger)
        self.lsl.message.connect(self.toast.say)
        self.lsl.show_in(self.commands["lsl"], self.commands["lsl_markers"])
        self.recording.message.connect(self.toast.say)
        self.recording.changed.connect(self._show_recording)
        self.recording.marked.connect(self.timeline.plot.add_marker)
        self.recording.saved.connect(self.saved.tell)
        self.recording.restart_wanted.connect(self.record_from_start)
        self.recording.beginning.connect(self.baselines.begin_session)
        self.recording.saved.connect(lambda *_: self.baselines.end_session())
        self.saved.review.connect(self.review_wanted)
        self.feed.opened.connect(self.recent.opened)
        self.recording.saved.connect(self.recent.saved)
        self.review_wanted.connect(self.recent.saved)
        self.recent.source_chosen.connect(self.ask_open)
        self.recent.session_chosen.connect(self.review_wanted)
        self.baselines.message.connect(self.toast.say)
        self.prompt.named.connect(self.recording.mark)
        self.timeline.plot.painted.connect(self.delay.painted)

    def _restore(self) -> None:
        chosen = self.preferences
        self.set_theme(self.theme)
        self.commands.choose("theme", chosen.text("theme"))
        self.view.set_map(
            chosen.text("map"), opacity=chosen.number("opacity"), colours=chosen.text("colours")
        )
        self.timeline.choose_window(float(chosen.text("window")))
        self.commands.choose("max_faces", self.settings.max_faces)
        self.commands.restore()
        for name in EXTRAS:
            self.commands[name].setChecked(name in self.settings.extras)
        asked = self.settings.recording
        if asked.folder is not None:
            # What the command line asked for holds, and is what the ticks show.
            for name, action in HOLDS.items():
                self.commands[action].setChecked(getattr(asked, name))
            self.recording.holds = asked
            self.recording.stated_folder = asked.folder
        self.options.show_room(self.recording.room())
        self.restoreGeometry(chosen.bytes("window"))
        self.panes.restore_layout(chosen.bytes("across"), chosen.bytes("down"))
        self._show_state("", "")
        self._show_no_source()

    def set_theme(self, chosen: theme.Theme) -> None:
        """Give the window and everything in it a theme."""
        self.theme = chosen
        theme.apply(chosen)
        self.panes.set_theme(chosen)
        self.controls.set_theme(chosen)
        self.peak_marks.set_theme(chosen)
        self.theme_changed.emit(chosen)

    def choose_theme(self, name: str) -> None:
        """Take "system", "dark" or "light", as if it was chosen from the menu."""
        self.commands[f"theme_{name}"].trigger()

    def switch_theme(self) -> None:
        """Dark becomes light, light becomes dark."""
        self.choose_theme("light" if self.theme.name == "dark" else "dark")

    # What the user asks for.

    def ask_open(self, source: Choice) -> None:
        """Show another source, once a recording may end for it."""
        self.recording.leave("Opening another source", lambda: self.open(source))

    def open(self, source: Choice) -> None:
        """Show another source."""
        self.settings = replace(self.settings, source=source)
        self.start()

    def start(self) -> None:
        """Run what is asked for, in place of what runs."""
        self._run(self.settings)
        # One start is recorded as the command line asked for; the next only when asked for anew.
        self.settings = replace(self.settings, recording=RecordingOptions())

    def record_from_start(self) -> None:
        """Play the file again from its first frame to its end, and record that."""
        self._run(replace(self.settings, recording=self.recording.wanted(), loop=False))

    def _run(self, settings: RunSettings) -> None:
        self.running = None
        self.saved.hide()
        self.recording.attach(None)
        self.panes.clear()
        self.peak_marks.clear()
        self.transport.show_source(None, seekable=False)
        self.transport.show_time(0.0)
        self.statistics = None
        self.status.show_statistics(None)
        self.delay.clear()
        self.baselines.drop()
        self.feed.open(settings)

    def use_model(self, path: Path | None) -> None:
        """Run the same source with another model, and remember it."""
        self.settings = replace(self.settings, model=path)
        self.preferences.put("model", "" if path is None else str(path))
        self.start()

    def choose_model(self) -> None:
        """Show the models with their cards and take another one."""
        chooser = ModelChooser(self, self.backend, self.theme, self.settings.model)
        chooser.accepted.connect(
            lambda: self.recording.leave(
                "Changing the model", lambda: self.use_model(chooser.chosen)
            )
        )
        chooser.open()

    def track_faces(self, count: int) -> None:
        """Track at most this many faces."""
        self.settings = replace(self.settings, faces=count)
        self.start()

    def write_extra(self, name: str, on: bool) -> None:
        """Give optional columns, "emotions" or "blendshapes", or leave them out."""
        chosen = {each: each in self.settings.extras for each in EXTRAS} | {name: on}
        self.settings = replace(self.settings, **chosen)
        self.start()

    def ask_marker(self) -> None:
        """Keep this moment and ask for its name."""
        plot = self.timeline.plot
        if plot.origin is None:
            self.toast.say("There is no reading to mark yet")
            return
        self.prompt.ask(plot.latest, clock(plot.called(plot.latest), decimals=1))

    def mark(self, label: str) -> None:
        """Set a marker with this label at the newest reading."""
        if self.timeline.plot.origin is None:
            self.toast.say("There is no reading to mark yet")
        else:
            self.recording.mark(self.timeline.plot.latest, label)

    def ask_review(self) -> None:
        """Ask for a session folder and review it."""
        start = str(self.recording.folder)
        name = QFileDialog.getExistingDirectory(self, "Review session", start)
        if name:
            self.review_wanted.emit(Path(name))

    def open_path(self, path: Path) -> None:
        """Open what was dropped: a session folder for review, anything else as a source."""
        if (path / FRAMES).is_file():
            self.review_wanted.emit(path)
        else:
            self.ask_open(str(path))

    def _details(self) -> str:
        return details.page(
            self.theme,
            self.running,
            self.statistics,
            self.view,
            plot_delay=self.delay.seconds(),
            folder=self.recording.folder,
            markers=len(self.timeline.plot.markers),
        )

    def _show_map(self) -> None:
        view = self.view
        self.commands.choose("map", view.axis)
        self.controls.show_map(view.axis, view.opacity, view.colour_map)
        self.preferences.put("opacity", view.opacity)
        self.preferences.put("colours", view.colour_map)

    # What the feed brings.

    def _opened(self, running: Running) -> None:
        self.running = running
        source = running.source
        self.view.set_mirrored(source.mirrored)
        self.commands["mirror"].setChecked(self.view.mirrored)
        name = "Demo clip" if source.kind == "demo" else source.name
        self.controls.show_source(source.kind, name, self.theme)
        self.timeline.plot.set_since_start(source.live)
        self.transport.show_time(0.0)
        self._show_length()
        self.recording.attach(running)
        self.commands.refresh()
        self.setWindowTitle(f"{name} – AVCE live")

    def _show_length(self) -> None:
        """A file's length and a camera's name are known once it has been opened."""
        if self.running is not None:
            source = self.running.source
            looped = self.running.settings.loop
            self.transport.show_source(
                source.duration, seekable=source.seekable, looped=looped, exact=True
            )

    def _show_analyses(self, analyses: list[Analysis]) -> None:
        self.panes.show_analyses(analyses)
        self.peak_marks.take(analyses)
        for analysis in analyses:
            if not analysis.waited:
                self.delay.read(analysis.frame.captured)
        self._refresh()
        self.recording.check_length()
        self._show_time(analyses[-1].frame)

    def _show_time(self, frame: Frame) -> None:
        """Where the source is: by the very frame and its time while paused."""
        number = frame.index if frame.counted else None
        exact = self.feed.current_state == "paused"
        self.transport.show_time(self.timeline.plot.called(frame.timestamp), number, exact=exact)

    def _show_state(self, state: str, detail: str) -> None:
        running = self.running
        single = running is not None and running.source.still and running.source.file is not None
        # One image is all there is: that it has ended need not be said over it.
        quiet = state == "ended" and single and not detail
        self.view.set_state("" if quiet else state, detail)
        if state == "ended":
            # What a file holds has been recorded: there is nothing more to come.
            self.recording.end()
        frame = self.view.frame
        if state == "paused" and frame is not None:
            self._show_time(frame)
        if state == "ended" and self.close_at_end:
            self.close_now()
            return
        if state == "failed" and self.running is None:
            self._show_no_source()
        self.transport.show_state(state)
        self.commands.refresh()

    def _show_no_source(self) -> None:
        """Name no source, neither at first nor the one before where a new one cannot be had."""
        self.controls.show_source("demo", "Source", self.theme)
        self.setWindowTitle("AVCE live")

    def _show_statistics(self, statistics: Statistics) -> None:
        self.statistics = statistics
        idle = self.feed.current_state != "running"
        self.status.show_statistics(statistics, (nan, nan) if idle else self.delay.seconds())
        if self.running is not None:
            model = self.running.model()
            self.status.show_model(f"{model.name} on {model.provider}" if model else "")
            if model is not None:
                self.circumplex.set_anchors(model.anchors)
            self._show_length()
        self.status.show_lsl(self.lsl.words())
        self.status.show_recording(self.recording.words())
        self.options.show_room(self.recording.room())

    def _show_recording(self, recording: bool) -> None:
        self.commands["record"].setChecked(recording)
        self.controls.show_recording(recording, self.theme)
        self.options.show_recording(recording)
        self.readout.light.advises = not recording
        self.transport.lock_seeking(recording, "A recorded file plays from start to end")
        if recording:
            self.saved.hide()
        self.commands.refresh()
        if not recording:
            self.status.show_recording("")

    def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._plotted >= _PLOT_SECONDS:
            self._plotted = now
            if self.timeline.refresh():
                self.delay.drawn(seen=self._is_exposed())
            self.baselines.tell()

    def _is_exposed(self) -> bool:
        """Whether the window is on the screen: a minimised one is not painted."""
        handle = self.windowHandle()
        return handle is not None and handle.isExposed()

    def close_now(self) -> None:
        """Close without a question; a session that is being written is ended and kept."""
        self.closing = True
        self.close()

    # Qt's own events.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.open_path(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.recording.active and not self.closing:
            event.ignore()
            self.recording.leave("Closing the window", self.close_now)
            return
        self.feed.close()
        self.closed.emit()
        self.preferences.put_bytes("window", self.saveGeometry())
        across, down = self.panes.layout_state()
        self.preferences.put_bytes("across", across)
        self.preferences.put_bytes("down", down)
        event.accept()
