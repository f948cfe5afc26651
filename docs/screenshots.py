"""Takes the screenshots that the documentation shows: `make screenshots`.

The real window runs with the shipped network on the demo clip (whose face is synthetic) and on a
moving photograph (Eileen Collins; NASA, public domain; it comes with scikit-image), and is
photographed at stated moments. Needs a display; `make screenshots` brings a virtual one.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np
from PySide6.QtCore import QSettings
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from skimage import data

from avce.app.gui.launch import application, what_starts
from avce.app.gui.live.live_backend import LiveBackend
from avce.app.gui.live.main_window import MainWindow
from avce.app.gui.qt.preferences import Preferences
from avce.app.gui.qt.theme import Theme
from avce.app.gui.review.data import load
from avce.app.gui.review.reviews import Reviews
from avce.app.gui.study.study_dialog import StudyDialog
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources.demo import DemoSource

OUT = Path(__file__).resolve().parent
WEIGHTS = OUT.parent / "weights"
PATIENCE = 300.0


@dataclass(frozen=True)
class Shot:
    """A screenshot `name`.png of the window at `at` seconds of the clip."""

    name: str
    at: float
    size: tuple[int, int] = (1280, 720)
    theme: str = "dark"
    shown_map: str = "valence"
    source: str = "demo"


SHOTS = (
    Shot("window", 15.0, (1280, 800)),
    Shot("window-light", 10.0, (1280, 720), "light", "arousal"),
    Shot("window-large", 15.0, (1920, 1080), "dark", "arousal"),
)


def preferences(theme: str, shown_map: str) -> Preferences:
    """Settings of their own, so that nobody's are read or changed."""
    store = Path(tempfile.mkdtemp()) / "settings.ini"
    chosen = Preferences(QSettings(str(store), QSettings.Format.IniFormat))
    chosen.put("theme", theme)
    chosen.put("map", shown_map)
    chosen.put("first_run_done", True)
    chosen.put("ask_details", False)
    return chosen


def moving_photograph() -> Path:
    """Twelve seconds of a photograph that drifts and zooms, 640 x 480 at 25 frames a second."""
    photograph = np.asarray(data.astronaut(), dtype=np.uint8)
    path = Path(tempfile.mkdtemp()) / "astronaut.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for i in range(300):
            turn = 2 * np.pi * i / 100
            zoom = 2.0 + 0.6 * np.sin(turn)
            x, y = 225 + 20 * np.cos(turn), 130 + 15 * np.sin(2 * turn)
            shift = np.array([[zoom, 0, 320 - zoom * x], [0, zoom, 240 - zoom * y]])
            frame = cv2.warpAffine(photograph, shift, (640, 480), borderMode=cv2.BORDER_REPLICATE)
            image = av.VideoFrame.from_ndarray(np.asarray(frame, np.uint8), format="rgb24")
            image.pts = i
            container.mux(stream.encode(image))
        container.mux(stream.encode())
    return path


def wait_until(app: QApplication, condition: Callable[[], bool]) -> None:
    """Let the window live until the condition holds; RuntimeError where it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("the window did not get to the moment of the screenshot in time")
        app.processEvents()
        time.sleep(0.005)


def live_on(app: QApplication, seconds: float) -> None:
    """Let the windows live for a while."""
    until = time.monotonic() + seconds
    wait_until(app, lambda: time.monotonic() > until)


def latest(window: MainWindow) -> float:
    """Timestamp of the newest reading in the plot, in seconds."""
    return window.timeline.plot.latest


def photograph(app: QApplication, shot: Shot) -> None:
    """Run the window up to a moment and save a screenshot."""
    window = MainWindow(
        LiveBackend(), RunSettings(shot.source), preferences(shot.theme, shot.shown_map)
    )
    window.resize(*shot.size)
    window.show()
    window.start()
    wait_until(app, lambda: latest(window) >= shot.at)
    save(window, shot.name)
    close(app, window)


def save(widget: QWidget, name: str) -> None:
    """Save a screenshot of a widget and say so."""
    path = OUT / f"{name}.png"
    if not widget.grab().save(str(path)):
        raise RuntimeError(f"{path} cannot be written")
    print(f"{path.relative_to(OUT.parent)}: {widget.width()} x {widget.height()}")


def close(app: QApplication, window: MainWindow) -> None:
    """Close a window and let it finish."""
    window.close()
    app.processEvents()


def record(
    app: QApplication, folder: Path, until: float, model: Path | None = None
) -> tuple[Path, Theme]:
    """Record the clip into `folder`, with a marker; the session and the colours."""
    before = set(folder.iterdir())
    request = RunSettings("demo", model=model, recording=RecordingOptions(folder))
    window = MainWindow(LiveBackend(), request, preferences("dark", "valence"))
    window.show()
    window.start()
    wait_until(app, lambda: latest(window) >= 4.0)
    window.recording.mark(latest(window), "smile")
    wait_until(app, lambda: latest(window) >= until)
    colours = window.theme
    close(app, window)
    (session,) = set(folder.iterdir()) - before
    # It is closed in its own time; before that, a review says that it is still being recorded.
    wait_until(app, lambda: '"complete"' in (session / "session.json").read_text("utf-8"))
    return session, colours


def photograph_reviews(app: QApplication) -> None:
    """A session's review, its comparison with one of the other network, and a study of both."""
    folder = Path(tempfile.mkdtemp()) / "sessions"
    folder.mkdir()
    session, colours = record(app, folder, 12.0)
    review = Reviews(colours).show(session)
    review.resize(1280, 720)
    live_on(app, 2.0)
    save(review, "review")
    other, _ = record(app, folder, 12.0, WEIGHTS / "avce-al.onnx")
    review.compare_with(load(other))
    review.playhead.go(3.5)
    live_on(app, 2.0)
    save(review, "review-compare")
    review.close()
    # No screenshot shows where this machine keeps its files.
    os.chdir(folder.parent)
    study = StudyDialog(Path(folder.name))
    study.show()
    wait_until(app, lambda: study.table.rowCount() > 0)
    study.out.setText(f"{folder.name}-results")
    save(study, "study")
    study.close()


def photograph_recording(app: QApplication) -> None:
    """A neutral baseline being taken, then a recording that stores video, with a marker."""
    chosen = preferences("light", "valence")
    chosen.put("folder", tempfile.mkdtemp())
    window = MainWindow(LiveBackend(), RunSettings("demo"), chosen)
    window.resize(1280, 720)
    window.show()
    window.start()
    wait_until(app, lambda: window.readout.face_id is not None)
    window.commands["baseline"].trigger()
    wait_until(app, lambda: latest(window) >= 1.6)
    save(window, "window-baseline")
    window.commands["clear_baseline"].trigger()
    window.commands["record_video"].trigger()
    window.commands["record"].trigger()
    wait_until(app, lambda: latest(window) >= 4.0)
    window.recording.mark(latest(window), "smile")
    wait_until(app, lambda: latest(window) >= 14.0)
    save(window, "window-recording")
    close(app, window)


def photograph_dialogs(app: QApplication) -> None:
    """The page that a new user sees first, the choice of a network, and the details of a run."""
    chosen = preferences("dark", "off")
    chosen.put("folder", "sessions")
    window = MainWindow(LiveBackend(), RunSettings("demo"), chosen)
    window.resize(1280, 720)
    window.show()
    window.start()
    wait_until(app, lambda: latest(window) >= 8.0)
    starts = what_starts(RunSettings(), DemoSource())

    def dialogs() -> set[QDialog]:
        return {w for w in app.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()}

    for name, show in {
        "meaning": partial(window.pages.welcome, starts, lambda: None),
        "models": window.choose_model,
        "details": window.pages.details,
    }.items():
        before = dialogs()
        show()
        live_on(app, 1.5)
        (dialog,) = dialogs() - before
        save(dialog, name)
        dialog.close()
        live_on(app, 0.2)
    close(app, window)


def main() -> int:
    """Take every screenshot."""
    app = application()
    # Away from the windows: a button under the pointer looks as if somebody were about to press it.
    QCursor.setPos(app.primaryScreen().geometry().bottomRight())
    for shot in SHOTS:
        photograph(app, shot)
    photograph(app, Shot("window-photograph", 11.0, source=str(moving_photograph())))
    photograph_recording(app)
    photograph_reviews(app)
    photograph_dialogs(app)
    return 0


if __name__ == "__main__":
    sys.exit(main())
