"""Recording, markers and snapshots: what the window writes to disk, and only when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ....model.errors import AvceError
from ...session.earlier import recorded_before
from ...session.free_space import FreeSpace, LowSpace, expected_rate
from ...settings import RecordingOptions
from ..qt.preferences import Preferences
from ..qt.question import Answer, Role, ask
from ..widgets.camera_view import CameraView
from ..widgets.count_down import CountDown
from ..widgets.time_axis import clock
from ..widgets.timeline_plot import Marker
from .ports import Backend, Recorder, Running
from .session_form import SessionForm
from .snapshot import save_snapshot

_COMING = ("starting", "running")
"""States of a pipeline from which readings come; not of one that is paused, lost or over."""


class Recording(QObject):
    """Starts and ends sessions of the running source.

    Args:
        view: shows the count-down.
        parent: the window, over which questions are asked.
    """

    changed = Signal(bool)
    message = Signal(str)
    marked = Signal(object)
    saved = Signal(object, str)
    """A session has ended: its folder, and what it came to in words."""
    beginning = Signal(str)
    """A session of this participant is about to begin."""
    restart_wanted = Signal()
    """A file is to be recorded, which is done from its start."""

    def __init__(
        self, backend: Backend, preferences: Preferences, view: QWidget, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._preferences = preferences
        self._running: Running | None = None
        self._recorder: Recorder | None = None
        self._limit = 0.0
        self._path: Path | None = None
        self._space, self._low = FreeSpace(), LowSpace()
        self._window = parent
        self.count_down = CountDown(view)
        self.count_down.finished.connect(self._start)
        self.asks = False
        """Whether the form is offered before each session."""
        self.holds = RecordingOptions()
        """What the next session holds besides the readings."""
        self.about = RecordingOptions()
        self.seconds_wanted = 0.0
        """What the next session is about, and when it stops by itself; 0 for never."""
        self._announced = False
        self.stated_folder: Path | None = None
        """Where the command line wants sessions; holds until the user chooses another place."""

    @property
    def folder(self) -> Path:
        """Where new sessions go."""
        if self.stated_folder is not None:
            return self.stated_folder
        chosen = self._preferences.text("folder")
        if chosen:
            return Path(chosen)
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        return Path(documents or Path.home()) / "AVCE sessions"

    @property
    def active(self) -> bool:
        """Whether a session is being written."""
        return self._running is not None and self._running.recorder.path is not None

    def attach(self, running: Running | None) -> None:
        """Follow the source on show. A session of the source before it has been closed with it."""
        self._running = running
        if running is not None and running.settings.recording.folder is not None:
            # It is recorded from its first frame on.
            self.beginning.emit(running.settings.recording.participant)
        self._call_off()
        self._announce()

    def can_start(self) -> bool:
        """Whether readings are coming that could be recorded."""
        return self._running is not None and self._running.pipeline.state in _COMING

    def leave(self, what: str, then: Callable[[], object]) -> None:
        """Do what ends a recording: at once where there is none, else when the user agrees.

        Args:
            what: what is about to happen, as the subject of "... ends it".
            then: does it, after the session was ended.
        """
        if not self.active:
            then()
            return

        def end() -> None:
            self.end()
            then()

        ask(
            self._window,
            "End the recording?",
            f"A session is being recorded. {what} ends it.",
            "What has been recorded so far is kept.",
            [
                Answer("End recording", Role.AcceptRole, end),
                Answer("Keep recording", Role.RejectRole),
            ],
        )

    def hold(self, name: str, on: bool) -> None:
        """Set a field of `RecordingOptions`, from the next session on."""
        self.holds = replace(self.holds, **{name: on})

    def wanted(self) -> RecordingOptions:
        """What the session that begins now is about and holds; the next one is asked for anew."""
        lossless = self.holds.video and self.holds.lossless
        return replace(self.holds, folder=self.folder, lossless=lossless, **self.about.about())

    def ask_details(self) -> None:
        """Ask what the next session is about."""
        self._ask_details("OK", lambda: None)

    def _ask_details(self, button: str, then: Callable[[], object]) -> None:
        seconds = self._preferences.number("count_down")
        form = SessionForm(self.about, self.seconds_wanted, seconds, self._window, button=button)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def accepted() -> None:
            self.about, self.seconds_wanted = form.about, form.seconds
            self._preferences.put("count_down", form.count_down)
            then()

        form.accepted.connect(accepted)
        form.open()

    def ask_before(self, on: bool) -> None:
        """Offer the form before each session, or not."""
        self.asks = on

    def ask_folder(self) -> None:
        """Ask where sessions go."""
        name = QFileDialog.getExistingDirectory(self._window, "Session folder", str(self.folder))
        if name:
            self._preferences.put("folder", name)
            self.stated_folder = None
            self.message.emit(f"New sessions are stored in {name}")

    def switch(self, on: bool) -> None:
        """Start or end a session; says what happened."""
        if self._running is None:
            return
        if self._call_off():
            return
        if not on:
            self.end()
            return
        if not self.can_start():
            self._refuse()
        elif self.asks and self.about == RecordingOptions() and not self.seconds_wanted:
            # Nothing is recorded yet, and the button says so.
            self.changed.emit(False)
            self._ask_details("Record", self._count_down)
        else:
            self._count_down()

    def _call_off(self) -> bool:
        """End a count-down; whether there was one."""
        if not self.count_down.active:
            return False
        self.count_down.cancel()
        self.changed.emit(False)
        return True

    def _refuse(self) -> None:
        self.message.emit("Nothing can be recorded: no readings are coming")
        self.changed.emit(False)

    def _count_down(self) -> None:
        self.count_down.begin(self._preferences.number("count_down"))

    def _start(self) -> None:
        if self._running is None or not self.can_start():
            self._refuse()
            return
        before = recorded_before(self.wanted())
        if before:
            self.message.emit(before)
        if not self._running.source.live:
            # Whole, in order, each frame once: a recording of a file has no other beginning.
            self.restart_wanted.emit()
            return
        self._begin()

    def _begin(self) -> None:
        assert self._running is not None
        video, wanted = self.holds.video, self.wanted()
        self.beginning.emit(wanted.participant)
        try:
            path = self._backend.record(self._running, wanted)
        except (AvceError, OSError) as error:
            self.message.emit(f"Cannot record: {error}")
            self.changed.emit(False)
            return
        words = f"Recording readings to {path.name}. No video is stored"
        if video:
            words = f"Recording readings and video to {path.name}. Faces are being stored"
        self.message.emit(words)
        self._announce()

    def end(self) -> None:
        """End the session, if there is one."""
        if self._running is not None:
            self._running.recorder.end()
        self._announce()

    def check_length(self) -> None:
        """Readings have come: end a session that is as long as it was to be."""
        if self.active and 0 < self._limit <= self.seconds():
            self.end()

    def seconds(self) -> float:
        """Length of the recording so far, or of the last one, on the source's clock."""
        return 0.0 if self._recorder is None else self._recorder.written.seconds

    def _announce(self) -> None:
        """Tell when a recording has begun or ended, also when the pipeline did it by itself."""
        if self.active and not self._announced and self._running is not None:
            self._recorder = self._running.recorder
            self._path = self._recorder.path
            self._low.begin()
            # What this session is about is not carried over to the next one.
            self._limit, self.seconds_wanted = self.seconds_wanted, 0.0
            self.about = RecordingOptions()
        if self.active != self._announced:
            self._announced = self.active
            self.changed.emit(self.active)
            if not self.active and self._path is not None:
                self.saved.emit(self._path, self._came_to(self._path))

    def _came_to(self, path: Path) -> str:
        count = 0 if self._recorder is None else self._recorder.written.rows
        rows = f"{count} {'row' if count == 1 else 'rows'}"
        saved = "Session saved" if path.is_dir() else "Session lost, its folder is gone"
        return f"{saved}: {clock(self.seconds())}, {rows}"

    def mark(self, timestamp: float, label: str) -> None:
        """Put a marker at a moment of the source's clock, in the plot and in the session."""
        if self.active and self._running is not None:
            self._running.recorder.event(label, timestamp)
        else:
            self.message.emit(f"Nothing is being recorded: the marker “{label}” is not stored")
        self.marked.emit(Marker(timestamp, label, stored=self.active))

    def words(self) -> str:
        """Length and disk space for the status line; "" when nothing is recorded."""
        if self._running is None:
            return ""
        error = self._running.recorder.error
        if error is not None:
            self._running.recorder.error = None
            self.message.emit(f"Recording stopped: {error}")
        summary = self._running.recorder.summary
        if summary is not None and summary.done:
            self._running.recorder.summary = None
            if summary.problem:
                self.message.emit(f"The summary could not be drawn: {summary.problem}")
        self._announce()
        if not self.active:
            return ""
        wanted = self._limit - self.seconds() if self._limit else None
        warning = self._low.words(self._space.seconds(*self._rates()), wanted)
        if warning:
            self.message.emit(warning)
        return f"● {clock(self.seconds())}, {self.room()}"

    def room(self) -> str:
        """How much longer can be recorded where the session is or would be written, in words."""
        return self._space.words(*self._rates())

    def _rates(self) -> tuple[Path, float, float]:
        """Where is or would be recorded, the bytes a second that it takes, and its seconds."""
        running = self._running
        expected, path = 1.0, None
        if running is not None:
            path = running.recorder.path
            expected = expected_rate(running.source, running.settings.max_faces, self.wanted())
        recorded = self.seconds() if self.active else 0.0
        return path or self.folder, expected, recorded

    def snapshot(self, view: CameraView) -> None:
        """Save the frame on show, in the session's folder where there is one."""
        session = self._running.recorder.path if self._running is not None else None
        self.message.emit(save_snapshot(view, session or self.folder))
