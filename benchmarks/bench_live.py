"""The live window on a 1280 x 720 camera at 30 frames a second, one face, the map on.

    python benchmarks/bench_live.py [seconds]

First what each part costs in processor time, measured alone (so the load of other programs changes
it little); then the real window, unseen, on the real network for some seconds. The goals are for
two cores that do nothing else: the load average that is printed says how far that holds.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from moving_face import RATE, MovingFace, moving_face
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from avce.app.analysis.analyser import Analyser
from avce.app.gui.launch import application
from avce.app.gui.live.live_backend import LiveBackend
from avce.app.gui.live.main_window import MainWindow
from avce.app.gui.qt.preferences import Preferences
from avce.app.gui.widgets.camera_view import CameraView
from avce.app.settings import RunSettings
from avce.app.sources.base import Frame
from avce.model.predictor import Predictor

SIZE = (1280, 800)
PARTS = 40


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure, its unit, and the least (or most) that it should be."""

    name: str
    value: float
    goal: float
    unit: str
    most: bool = True

    @property
    def met(self) -> bool:
        return self.value <= self.goal if self.most else self.value >= self.goal


def milliseconds(run: Callable[[int], object], times: int = PARTS) -> float:
    """Processor time of one call in milliseconds, all threads together, after five to warm up."""
    for i in range(5):
        run(i)
    before = time.process_time()
    for i in range(5, 5 + times):
        run(i)
    return (time.process_time() - before) / times * 1000.0


def measure_parts(app: QApplication) -> dict[str, float]:
    """Milliseconds of processor time a frame of each part."""
    images = list(moving_face())
    frames = [Frame(i, i / RATE, images[i % len(images)], 0.0) for i in range(3 * PARTS)]
    with Analyser(Predictor()) as analyser:
        finder, network = analyser._finder, analyser.predictor
        parts = {"find the face": milliseconds(lambda i: finder.find(frames[i].rgb, 40 * i))}
        last = frames[PARTS + 5]
        (face,) = finder.find(last.rgb, 40 * last.index)
        parts["crop it"] = milliseconds(lambda i: face.crop(last.rgb))
        crops = face.crop(last.rgb)[None]
        parts["estimate with maps"] = milliseconds(lambda i: network.predict(crops))
    with Analyser(Predictor()) as analyser:
        analyses = [analyser.analyse(frame) for frame in frames[: PARTS + 5]]
    view = CameraView()
    view.mirrored = True
    view.set_map("valence")
    view.resize(850, 480)
    view.show()
    app.processEvents()

    def paint(i: int) -> None:
        view.show_frame(frames[i])
        view.show_analysis(analyses[i])
        view.repaint()

    parts["paint the frame"] = milliseconds(paint)
    view.close()
    return parts


class Run:
    """The window on a fake camera for some seconds, and what was seen of it."""

    def __init__(self) -> None:
        self.source = MovingFace(moving_face())
        self.readings = 0
        store = Path(tempfile.mkdtemp()) / "settings.ini"
        chosen = Preferences(QSettings(str(store), QSettings.Format.IniFormat))
        for name, value in (("map", "valence"), ("theme", "dark"), ("first_run_done", True)):
            chosen.put(name, value)
        self.began = time.perf_counter()
        self.window = MainWindow(LiveBackend(first=self.source), RunSettings("0"), chosen)
        self.window.resize(*SIZE)
        self.window.show()
        self.first_reading = float("nan")
        self.window.feed.analyses.connect(self._read)
        self.window.start()

    def _read(self, analyses: list[object]) -> None:
        self.readings += len(analyses)
        if self.first_reading != self.first_reading:
            self.first_reading = time.perf_counter() - self.began

    def go_on(self, seconds: float) -> None:
        """Let the window live."""
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    app = application()
    run = Run()
    run.go_on(4.0)
    view, source = run.window.view, run.source
    painted, readings = view.frames_painted, run.readings
    index, missed = source.index, source.missed
    start, spent = time.perf_counter(), time.process_time()
    run.go_on(seconds)
    length, spent = time.perf_counter() - start, time.process_time() - spent
    painted, readings = view.frames_painted - painted, run.readings - readings
    missed = source.missed - missed
    delivered = source.index - index - missed
    resident = psutil.Process().memory_info().rss / 1e6
    median, late = run.window.delay.seconds()
    run.window.close()
    goals = (
        Goal("frames painted of delivered", painted / max(delivered, 1), 0.99, "", most=False),
        Goal("readings", readings / length, 25.0, "/s", most=False),
        Goal("capture to plot, median", median * 1000, 45.0, "ms"),
        Goal("capture to plot, 95th percentile", late * 1000, 60.0, "ms"),
        Goal("resident memory", resident, 700.0, "MB"),
        Goal("start to first reading", run.first_reading, 4.0, "s"),
    )
    print(f"{psutil.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    print(f"{length:.0f} s at {RATE:.0f}/s: {delivered} frames delivered, {painted} painted, "
          f"{missed} never left the camera; {spent / length:.2f} cores in use")  # fmt: skip
    for goal in goals:
        word = "met" if goal.met else "NOT MET"
        sign = "<=" if goal.most else ">="
        print(f"{goal.name:<36}{goal.value:>9.2f} {goal.unit:<3} {sign} {goal.goal:g}: {word}")
    print("processor time of the parts, each alone, ms a frame")
    for name, spent in measure_parts(app).items():
        print(f"{name:<36}{spent:>9.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
