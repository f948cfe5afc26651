"""Recording, markers and snapshots: what the window writes to disk, and only when asked."""

from __future__ import annotations

import shutil
import time
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal

from ...model.errors import AvceError
from .backend import Backend, Running
from .camera_view import CameraView
from .preferences import Preferences
from .time_axis import clock
from .timeline_plot import Marker

_LOOK_SECONDS = 5.0


class Recording(QObject):
    """Starts and ends sessions of the running source."""

    changed = Signal(bool)
    message = Signal(str)
    marked = Signal(object)

    def __init__(self, backend: Backend, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._backend = backend
        self._preferences = preferences
        self._running: Running | None = None
        self._began = 0.0
        self._free = 0.0
        self._look_again = 0.0
        self.note = ""
        self._announced = False

    @property
    def folder(self) -> Path:
        """Where new sessions go."""
        chosen = self._preferences.text("folder")
        if chosen:
            return Path(chosen)
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        return Path(documents or Path.home()) / "AVCE sessions"

    def use_folder(self, folder: Path) -> None:
        """Write new sessions here, also in later runs."""
        self._preferences.put("folder", str(folder))
        self._look_again = 0.0

    @property
    def active(self) -> bool:
        """Whether a session is being written."""
        return self._running is not None and self._running.recorder.path is not None

    def attach(self, running: Running | None) -> None:
        """Follow the source on show. A session of the source before it has been closed with it."""
        self._running = running
        self._announce()

    def toggle(self) -> None:
        """Start or end a session; says what happened."""
        if self._running is None:
            return
        if self.active:
            self.end()
            return
        video = self._preferences.flag("record_video")
        try:
            path = self._backend.record(
                self._running, self.folder, video=video,
                lossless=self._preferences.flag("lossless"), note=self.note,
            )  # fmt: skip
        except (AvceError, OSError) as error:
            self.message.emit(f"Cannot record: {error}")
            self.changed.emit(False)
            return
        what = "readings and video: faces are being stored" if video else "readings, no pictures"
        self.message.emit(f"Recording {what}, to {path.name}")
        self._announce()

    def end(self) -> None:
        """End the session, if there is one."""
        if self._running is None:
            return
        path = self._running.recorder.end()
        if path is not None and self._running.recorder.error is None:
            self.message.emit(f"Session saved: {path}")
        self._announce()

    def _announce(self) -> None:
        """Tell when a recording has begun or ended, also when the pipeline did it by itself."""
        if self.active and not self._announced:
            self._began = time.monotonic()
            self._look_again = 0.0
        if self.active != self._announced:
            self._announced = self.active
            self.changed.emit(self.active)

    def mark(self, timestamp: float, label: str) -> None:
        """Put a marker at a moment of the source's clock, in the plot and in the session."""
        if self._running is not None:
            self._running.recorder.event(label, timestamp)
        self.marked.emit(Marker(timestamp, label))

    def words(self) -> str:
        """Length and disk space for the status line; "" when nothing is recorded."""
        if self._running is None:
            return ""
        error = self._running.recorder.error
        if error is not None:
            self._running.recorder.error = None
            self.message.emit(f"Recording ended: {error}")
        summary = self._running.recorder.summary
        if summary is not None and summary.done:
            self._running.recorder.summary = None
            if summary.problem:
                self.message.emit(f"The summary could not be drawn: {summary.problem}")
        self._announce()
        if not self.active:
            return ""
        length = clock(time.monotonic() - self._began)
        return f"● {length}, {self.free_gigabytes():.1f} GB free"

    def free_gigabytes(self) -> float:
        """Room where the session is or would be written; looked up every five seconds."""
        now = time.monotonic()
        if now >= self._look_again:
            self._look_again = now + _LOOK_SECONDS
            path = self._running.recorder.path if self._running is not None else None
            folder = path or self.folder
            there = next((each for each in (folder, *folder.parents) if each.exists()), None)
            self._free = shutil.disk_usage(there).free / 1e9 if there is not None else 0.0
        return self._free

    def snapshot(self, view: CameraView) -> Path | None:
        """Save the picture on show with everything drawn on it; the file, or None."""
        image = view.snapshot()
        if image is None:
            self.message.emit("There is no picture to save yet")
            return None
        session = self._running.recorder.path if self._running is not None else None
        folder = session or self.folder
        name = datetime.now().strftime("snapshot_%Y%m%d-%H%M%S_%f")[:-3]
        path = folder / f"{name}.png"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.message.emit(f"Cannot save the snapshot: {error}")
            return None
        if not image.save(str(path)):
            self.message.emit(f"Cannot save the snapshot to {path}")
            return None
        self.message.emit(f"Snapshot saved: {path}")
        return path
