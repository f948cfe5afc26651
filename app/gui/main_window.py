"""The main window: puts the parts side by side and passes on what happens."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from ..analysis import Analysis
from ..pipeline import Statistics
from . import commands, theme
from .actions import FACES, Actions
from .backend import Backend, Request, Running
from .baseline_guide import BaselineGuide
from .controls import Controls
from .first_size import open_within_screen
from .icons import application_icon
from .live_peaks import LivePeaks
from .overlays import MarkerPrompt, Toast
from .panes import Panes
from .peak_marks import PeakMarks
from .plot_delay import PlotDelay
from .preferences import Preferences
from .record_options import RecordOptions
from .recording import Recording
from .review import ReviewWindow
from .status import Status
from .timeline_plot import Marker
from .worker import Feed

_PLOT_SECONDS: Final = 1 / 40


class Window(QMainWindow):
    """The app's window.

    Args:
        backend: the way to sources and networks.
        request: what to run first.
        preferences: what is remembered.
    """

    def __init__(self, backend: Backend, request: Request, preferences: Preferences) -> None:
        super().__init__()
        self.backend = backend
        self.request = request
        self.preferences = preferences
        self.theme = theme.resolve(preferences.text("theme"))
        theme.apply(self.theme)
        self.running: Running | None = None
        self.close_at_end = False
        self.reviews: list[ReviewWindow] = []
        self.statistics: Statistics | None = None
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self.commands = Actions(self)
        self.controls = Controls(self.commands)
        self.panes = Panes(self.commands)
        self.view = self.panes.view
        self.transport = self.panes.transport
        self.options = RecordOptions(self.commands)
        self.transport.put_beside(self.options)
        self.circumplex = self.panes.circumplex
        self.readout = self.panes.readout
        self.timeline = self.panes.timeline
        self.peaks, self.peak_marks = LivePeaks(), PeakMarks(self.timeline.plot)
        self.status = Status()
        self.feed = Feed(backend, self)
        self.recording = Recording(backend, preferences, self)
        self.baselines = BaselineGuide(lambda: self.running, self)
        self._build()
        self.toast = Toast(self.view)
        self.prompt = MarkerPrompt(self.view)
        self.delay = PlotDelay()
        self._plotted = 0.0
        self._connect()
        commands.connect(self)
        self.commands.guard(self)
        self._restore()

    # Set-up.

    def _build(self) -> None:
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(10, 4, 10, 2)
        layout.setSpacing(8)
        layout.addWidget(self.controls)
        layout.addWidget(self.panes, 1)
        self.setCentralWidget(centre)
        self.setStatusBar(self.status)
        open_within_screen(self)

    def _connect(self) -> None:
        self.feed.frame.connect(self.view.show_frame)
        self.feed.analyses.connect(self._show_analyses)
        self.feed.state.connect(self._show_state)
        self.feed.statistics.connect(self._show_statistics)
        self.feed.opened.connect(self._opened)
        self.feed.ticked.connect(self._refresh)
        self.controls.source_menu_opening.connect(lambda: commands.fill_sources(self))
        self.controls.opacity_changed.connect(lambda value: self.set_map(opacity=value))
        self.controls.colours_chosen.connect(lambda name: self.set_map(colours=name))
        self.transport.seek_wanted.connect(self.seek)
        self.view.face_clicked.connect(self.panes.show_face)
        self.timeline.window_chosen.connect(
            lambda seconds: self.preferences.put("window", str(seconds))
        )
        self.status.details_wanted.connect(self.commands["details"].trigger)
        self.status.model_wanted.connect(self.commands["model"].trigger)
        self.recording.message.connect(self.toast.say)
        self.recording.changed.connect(self._show_recording)
        self.recording.marked.connect(self._show_marker)
        self.baselines.message.connect(self.toast.say)
        self.prompt.named.connect(self.recording.mark)
        self.timeline.plot.painted.connect(self.delay.painted)

    def _restore(self) -> None:
        chosen = self.preferences
        self.set_theme(self.theme)
        self.commands[f"theme_{chosen.text('theme')}"].setChecked(True)
        self.set_map(chosen.text("map"), chosen.number("opacity"), chosen.text("colours"))
        self.timeline.choose_window(float(chosen.text("window")))
        self.commands[
            f"faces_{min(FACES, key=lambda n: abs(n - self.request.max_faces))}"
        ].setChecked(True)
        for name in ("density", "relative", "peaks", "record_video", "lossless"):
            self.commands[name].setChecked(chosen.flag(name))
        self.options.show_space(self.recording.free_gigabytes())
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
        self.peak_marks.show(self.peaks.found, chosen)
        for review in self.reviews:
            review.set_theme(chosen)

    # What the user asks for.

    def open(self, source: str) -> None:
        """Show another source: `auto`, `demo`, a camera number, a path or an address."""
        self.request = replace(self.request, source=source)
        self.start()

    def start(self) -> None:
        """Run what is asked for, in place of what runs."""
        self.running = None
        self.recording.attach(None)
        self.panes.clear()
        self.peaks.clear()
        self.peak_marks.show((), self.theme)
        self.status.show_statistics(None)
        self.delay.clear()
        self.baselines.drop()
        self.feed.open(self.request)

    def use_model(self, path: Path | None) -> None:
        """Run the same source with another network, and remember it."""
        self.request = replace(self.request, model=path)
        self.preferences.put("model", "" if path is None else str(path))
        self.start()

    def follow_faces(self, count: int) -> None:
        """Follow at most this many faces, and remember it."""
        self.request = replace(self.request, max_faces=count)
        self.preferences.put("max_faces", float(count))
        self.start()

    def set_map(
        self, axis: str | None = None, opacity: float | None = None, colours: str | None = None
    ) -> None:
        """Choose the map over the faces, and remember it."""
        self.view.set_map(axis, opacity=opacity, colours=colours)
        view = self.view
        self.commands[f"map_{view.axis}"].setChecked(True)
        self.controls.show_map(view.axis, view.opacity, view.colour_map)
        for name, value in (
            ("map", view.axis),
            ("opacity", view.opacity),
            ("colours", view.colour_map),
        ):
            self.preferences.put(name, value)

    def play_or_pause(self) -> None:
        """Pause, go on, or start again at the end."""
        if self.running is None:
            if self.feed.current_state == "failed":
                self.start()
            return
        state = self.running.pipeline.state
        if state in ("ended", "failed"):
            self.start()
        elif state == "paused":
            self.running.pipeline.resume()
        else:
            self.running.pipeline.pause()

    def seek(self, seconds: float) -> None:
        """Wind a file to this time."""
        if self.running is not None and self.running.source.seekable:
            self.running.pipeline.seek(max(seconds, 0.0))

    # What the feed brings.

    def _opened(self, running: Running) -> None:
        self.running = running
        source = running.source
        self.view.mirrored = source.kind == "camera"
        self.commands["mirror"].setChecked(self.view.mirrored)
        name = "Demo face" if source.kind == "demo" else source.name
        self.controls.show_source(source.kind, name, self.theme)
        self.transport.show_time(0.0)
        self._show_length()
        for name in ("back", "forward"):
            self.commands[name].setEnabled(source.seekable)
        self.recording.attach(running)
        commands.offer(self)
        self.setWindowTitle(f"{name} – AVCE live")

    def _show_length(self) -> None:
        """A file's length and a camera's name are known once it has been opened."""
        if self.running is not None:
            source = self.running.source
            self.transport.show_source(source.duration, seekable=source.seekable)

    def _show_analyses(self, analyses: list[Analysis]) -> None:
        self.panes.show_analyses(analyses)
        if self.peaks.take(analyses):
            self.peak_marks.show(self.peaks.found, self.theme)
        for analysis in analyses:
            self.delay.read(analysis.frame.captured)
        self._refresh()
        start = 0.0 if self._seekable else self.timeline.plot.origin or 0.0
        self.transport.show_time(analyses[-1].frame.timestamp - start)

    @property
    def _seekable(self) -> bool:
        return self.running is not None and self.running.source.seekable

    def _show_state(self, state: str, detail: str) -> None:
        hints = {
            "ended": "Space plays it again",
            "paused": "Space goes on, . steps",
            "lost": "It is taken up again when it returns",
        }
        self.view.set_state(state, detail or hints.get(state, ""))
        if state == "ended" and self.close_at_end:
            self.close()
            return
        if state == "failed" and self.running is None:
            self._show_no_source()
        self.transport.show_state(state)
        commands.offer(self)

    def _show_no_source(self) -> None:
        """Name no source, neither at first nor the one before where a new one cannot be had."""
        self.controls.show_source("demo", "Source", self.theme)
        self.setWindowTitle("AVCE live")

    def _show_statistics(self, statistics: Statistics) -> None:
        self.statistics = statistics
        self.status.show_statistics(statistics, self.delay.seconds())
        if self.running is not None:
            self.status.show_network(*self.running.network())
            self._show_length()
        self.status.show_recording(self.recording.words())
        self.options.show_space(self.recording.free_gigabytes())

    def _show_recording(self, recording: bool) -> None:
        self.commands["record"].setChecked(recording)
        self.controls.show_recording(recording, self.theme)
        self.options.show_recording(recording)
        if not recording:
            self.status.show_recording("")

    def _show_marker(self, marker: Marker) -> None:
        self.timeline.plot.add_marker(marker)

    def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._plotted >= _PLOT_SECONDS:
            self._plotted = now
            if self.timeline.refresh():
                self.delay.drawn()
            self.baselines.tell()

    # Qt's own events.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            commands.open_path(self, paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        self.feed.close()
        for review in list(self.reviews):
            review.close()
        self.preferences.put_bytes("window", self.saveGeometry())
        across, down = self.panes.layout_state()
        self.preferences.put_bytes("across", across)
        self.preferences.put_bytes("down", down)
        event.accept()
