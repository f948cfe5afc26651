"""Takes the pictures of the window that the documentation shows: `make screenshots`.

The real window runs with the shipped network on the demo clip (whose face is synthetic) and on a
moving photograph (Eileen Collins; NASA, public domain; it comes with scikit-image), and is
photographed at stated moments. Needs a display; `make screenshots` brings a virtual one.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from skimage import data

from avce.app.gui import commands
from avce.app.gui.app_backend import AppBackend
from avce.app.gui.backend import Request
from avce.app.gui.main_window import Window
from avce.app.gui.open_review import show_review
from avce.app.gui.preferences import Preferences
from avce.app.gui.window import application

OUT = Path(__file__).resolve().parent
PATIENCE = 120.0


@dataclass(frozen=True)
class Shot:
    """A picture `name`.png of the window at `at` seconds of the clip."""

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
            picture = av.VideoFrame.from_ndarray(np.asarray(frame, np.uint8), format="rgb24")
            picture.pts = i
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def wait_until(app: QApplication, condition: Callable[[], bool]) -> None:
    """Let the window live until the condition holds; RuntimeError where it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("the window did not get as far as the picture in time")
        app.processEvents()
        time.sleep(0.005)


def latest(window: Window) -> float:
    """Timestamp of the newest reading in the plot, in seconds."""
    return window.timeline.plot.latest


def photograph(app: QApplication, shot: Shot) -> None:
    """Run the window up to a moment and save its picture."""
    window = Window(AppBackend(), Request(shot.source), preferences(shot.theme, shot.shown_map))
    window.resize(*shot.size)
    window.show()
    window.start()
    wait_until(app, lambda: latest(window) >= shot.at)
    save(window, shot.name)
    close(app, window)


def save(widget: QWidget, name: str) -> None:
    """Save a widget's picture and say so."""
    path = OUT / f"{name}.png"
    if not widget.grab().save(str(path)):
        raise RuntimeError(f"{path} cannot be written")
    print(f"{path.relative_to(OUT.parent)}: {widget.width()} x {widget.height()}")


def close(app: QApplication, window: Window) -> None:
    """Close a window and let it finish."""
    window.close()
    app.processEvents()


def photograph_review(app: QApplication) -> None:
    """Record a part of the clip and photograph its review."""
    folder = Path(tempfile.mkdtemp())
    chosen = preferences("dark", "valence")
    chosen.put("folder", str(folder))
    window = Window(AppBackend(), Request("demo", record=folder), chosen)
    window.resize(1280, 720)
    window.show()
    window.start()
    wait_until(app, lambda: latest(window) >= 4.0)
    window.recording.mark(latest(window), "smile")
    wait_until(app, lambda: latest(window) >= 12.0)
    colours = window.theme
    close(app, window)
    (session,) = folder.iterdir()
    review = show_review(session, colours)
    review.resize(1280, 720)
    until = time.monotonic() + 2.0
    wait_until(app, lambda: time.monotonic() > until)
    save(review, "review")
    review.close()


def photograph_first_page(app: QApplication) -> None:
    """The page that a new user sees first."""
    window = Window(AppBackend(), Request("demo"), preferences("dark", "off"))
    window.resize(1280, 720)
    window.show()
    window.start()
    wait_until(app, lambda: latest(window) >= 1.0)
    commands.show_meaning(window, first=True)
    until = time.monotonic() + 1.0
    wait_until(app, lambda: time.monotonic() > until)
    for widget in app.topLevelWidgets():
        if isinstance(widget, QDialog) and widget.isVisible():
            save(widget, "meaning")
            widget.close()
            break
    close(app, window)


def main() -> int:
    """Take every picture."""
    app = application()
    for shot in SHOTS:
        photograph(app, shot)
    photograph(app, Shot("window-photograph", 11.0, source=str(moving_photograph())))
    photograph_review(app)
    photograph_first_page(app)
    return 0


if __name__ == "__main__":
    sys.exit(main())
