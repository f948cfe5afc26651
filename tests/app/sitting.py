"""A participant's sitting, in a program of its own: a real window, real keys, a camera of ours.

    python -m sitting WINDOW_ENDING PARTICIPANT CONDITION FOLDER [SCREENSHOT]

The camera shows the demo clip as a live source. `WINDOW_ENDING` is how it ends: `key` (R), `pull`
(the camera is pulled out, then R), `kill` (SIGKILL); `headless` runs without a window.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from avce.app.sources.base import Frame, Kind, Source, SourceLostError
from avce.app.sources.demo import DemoSource

_RATE = 12.0
_PATIENCE = 900.0  # seconds: on a busy computer a summary alone has taken more than one minute
MARKERS = ("clip begins", 'the "joke", told')


class DemoCamera(Source):
    """The demo clip at 12 frames a second, as a camera that can be pulled out."""

    kind: Kind = "camera"
    live = mirrored = True
    rate = _RATE

    def __init__(self) -> None:
        self.name = "Laboratory camera"
        self._pulled = threading.Event()
        self._film = DemoSource(loop=True)
        self._began = 0.0
        self._index = 0

    def open(self) -> None:
        if self._pulled.is_set():
            raise SourceLostError("There is no camera.")
        if not self._began:
            self._film.open()
            self.size = self._film.size
            self._began, self.origin = time.perf_counter(), datetime.now(UTC)

    def read(self) -> Frame | None:
        due = self._began + self._index / _RATE
        gone = self._pulled.wait(max(due - time.perf_counter(), 0.0))
        frame = None if gone else self._film.read()
        if frame is None:
            raise SourceLostError("The camera is gone.")
        now = time.perf_counter()
        self._index += 1
        return Frame(self._index - 1, now - self._began, frame.rgb, now)

    def pull(self) -> None:
        self._pulled.set()

    def close(self) -> None: ...


def without_a_window(participant: str, condition: str, folder: str) -> int:
    """`avce-live --headless` for five seconds of the camera's time."""
    from avce.app import headless
    from avce.app.cli import main

    headless.open_source = lambda *_, **__: DemoCamera()
    about = ["--participant", participant, "--condition", condition, "--session", "1"]
    options = ["--record", folder, "--task", "watch", "--duration", "5", "--source", "0"]
    return main(["--headless", *about, *options])


def in_the_window(
    ending: str, participant: str, condition: str, folder: str, shot: str = ""
) -> None:
    """Form, recording, baseline and two markers, each by its keys; then the ending."""
    from PySide6.QtCore import QSettings, Qt
    from PySide6.QtTest import QTest

    from avce.app.analysis.analyser import Analyser
    from avce.app.gui.launch import application, join_reviews
    from avce.app.gui.live import live_backend
    from avce.app.gui.live.live_backend import LiveBackend
    from avce.app.gui.live.main_window import MainWindow
    from avce.app.gui.live.session_form import SessionForm
    from avce.app.gui.qt.preferences import Preferences
    from avce.app.settings import RunSettings

    def until(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"{participant}: waited in vain"
            QTest.qWait(20)

    def press(key: Qt.Key) -> None:
        # What a window manager does when a dialog has closed.
        window.activateWindow()
        until(window.isActiveWindow)
        QTest.keyClick(window, key)

    camera = DemoCamera()
    live_backend.open_source = lambda *_, **__: camera
    app = application()
    settings = Path(tempfile.mkdtemp()) / "settings.ini"
    preferences = Preferences(QSettings(str(settings), QSettings.Format.IniFormat))
    preferences.put("folder", folder)
    preferences.put("first_run_done", True)
    window = MainWindow(LiveBackend(), RunSettings("0"), preferences)
    join_reviews(window)
    window.show()
    window.start()
    plot = window.timeline.plot
    until(lambda: plot.series and window.running)
    press(Qt.Key.Key_R)
    until(lambda: window.findChild(SessionForm) is not None)
    form = window.findChild(SessionForm)
    assert form is not None
    said = {"participant": participant, "session": "1", "condition": condition, "task": "watch"}
    for name, words in said.items():
        QTest.keyClicks(form.fields[name], words)
    QTest.keyClicks(form.note, f"consent of {participant}")
    QTest.keyClick(form.fields["task"], Qt.Key.Key_Return)
    until(lambda: window.recording.active)
    assert window.running is not None
    path = window.running.recorder.path
    analyser = window.running.analyser()
    assert isinstance(analyser, Analyser)
    until(lambda: window.readout.face_id is not None)
    began = time.monotonic()
    while not analyser.baselines():
        assert time.monotonic() - began < _PATIENCE, f"{participant}: no baseline"
        # Again where the face was lost meanwhile, as a slow computer loses it.
        press(Qt.Key.Key_B)
        QTest.qWait(8000)
    for words in MARKERS:
        latest = plot.latest
        until(lambda since=latest: plot.latest > since + 1.0)
        press(Qt.Key.Key_M)
        until(window.prompt.isVisible)
        QTest.keyClicks(window.prompt.field, words)
        QTest.keyClick(window.prompt.field, Qt.Key.Key_Return)
    latest = plot.latest
    until(lambda: plot.latest > latest + 1.0)
    print(path, flush=True)
    if shot:
        window.grab().save(shot)
    if ending == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if ending == "pull":
        camera.pull()
        until(lambda: window.view.notice() == "camera lost")
        QTest.qWait(1500)
        assert window.recording.active
    press(Qt.Key.Key_R)
    until(lambda: not window.recording.active)
    recorder = window.running.recorder
    until(lambda: recorder.summary is None or recorder.summary.done)
    if shot:
        window.grab().save(shot.replace(".png", "-end.png"))
    window.close_now()
    app.processEvents()


if __name__ == "__main__":
    if sys.argv[1] == "headless":
        sys.exit(without_a_window(*sys.argv[2:]))
    in_the_window(*sys.argv[1:])
