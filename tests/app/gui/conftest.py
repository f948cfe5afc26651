"""Fakes for the window: a pipeline that shows what a test pushes, a backend that hands it out."""

from __future__ import annotations

import os

# Before Qt is imported: tests need no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt, SignalInstance
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import SignalBlocker

from avce.app.analysis.analyser import Analysis
from avce.app.analysis.baseline import Baseline
from avce.app.analysis.pipeline import Statistics
from avce.app.analysis.reading import Reading, no_face
from avce.app.gui.launch import join_reviews
from avce.app.gui.live.main_window import MainWindow
from avce.app.gui.live.ports import Card, ModelInUse, Recorder, Running
from avce.app.gui.qt.preferences import Preferences
from avce.app.session.written import Written
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources.base import CameraConfig, Discontinuity, Frame, Kind, SourceFacts
from avce.model.anchors import RULES
from avce.model.errors import InputError

from ..stand_ins import WAIT
from .hand_camera import live, network, source  # noqa: F401  (fixtures)

PATIENCE_MS = int(1000 * WAIT)


def frame_at(time: float, *, index: int = 0, size: tuple[int, int] = (64, 96)) -> Frame:
    """A grey frame of (height, width) captured at `time` seconds."""
    rgb = np.full((*size, 3), 90, np.uint8)
    return Frame(index=index, timestamp=time, rgb=rgb, captured=time)


def reading_at(
    time: float,
    valence: float = 0.2,
    arousal: float = 0.1,
    *,
    face_id: int = 1,
    index: int = 0,
    x: float = 10.0,
    side: float = 20.0,
    relative: float = math.nan,
) -> Reading:
    """A reading of a face whose box is a square at (x, 10)."""
    return Reading(
        frame=index,
        timestamp=time,
        face_id=face_id,
        confidence=0.9,
        success=True,
        x=x,
        y=10.0,
        width=side,
        height=side,
        valence=valence,
        arousal=arousal,
        valence_smooth=valence,
        arousal_smooth=arousal,
        valence_relative=valence + relative,
        arousal_relative=arousal + relative,
    )


def nobody_at(time: float, *, index: int = 0) -> Reading:
    """The one row of a frame without a face."""
    return no_face(index, time)


def analysis_at(time: float, *readings: Reading, index: int = 0) -> Analysis:
    """What came out of the frame at `time`; a face has a map that is strongest in the middle."""
    peak = np.zeros((2, 5, 5), np.float32)
    peak[:, 2, 2] = 1.0
    shown = readings or (nobody_at(time, index=index),)
    seen = [reading.face_id for reading in shown if reading.success]
    return Analysis(
        frame=frame_at(time, index=index),
        readings=tuple(shown),
        maps=dict.fromkeys(seen, peak),
        crops={face_id: np.full((224, 224, 3), 120, np.uint8) for face_id in seen},
        latency=0.03,
    )


FRONT_CAMERA = CameraConfig(0)


@dataclass
class FakeSource(SourceFacts):
    kind: Kind = "camera"
    name: str = "Fake camera"
    live: bool = True
    seekable: bool = False
    duration: float | None = None
    size: tuple[int, int] | None = (96, 64)
    rate: float | None = 30.0
    damaged: str = ""
    location: str = ""
    file: Path | None = None
    skipped: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    discontinuities: tuple[Discontinuity, ...] = ()
    still: bool = False

    def __post_init__(self) -> None:
        self.mirrored = self.live
        self.camera = FRONT_CAMERA if self.live else None


@dataclass
class FakePipeline:
    """Shows what a test pushes. `stop` can be made to call back while the window waits."""

    sinks: list[Recorder] = field(default_factory=list)
    state: str = "starting"
    error: Exception | None = None
    calls: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    stopping: Callable[[], None] = lambda: None
    _frame: Frame | None = None
    _waiting: list[Analysis] = field(default_factory=list)

    def push(self, frame: Frame | None = None, *analyses: Analysis) -> None:
        self._frame = frame or self._frame
        for analysis in analyses:
            for sink in self.sinks:
                sink.write(analysis)
            self._waiting.append(analysis)

    def start(self) -> None:
        self.calls.append("start")
        self.state = "running"

    def stop(self, timeout: float = 2.0) -> bool:
        self.calls.append("stop")
        self.stopping()
        for sink in self.sinks:
            sink.close(complete=self.error is None)
        return True

    def newest_frame(self) -> Frame | None:
        return self._frame

    def drain(self) -> list[Analysis]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def reports(self) -> list[str]:
        told, self.told = self.told, []
        return told

    def statistics(self) -> Statistics:
        return Statistics(
            video_rate=30.0,
            analysis_rate=27.5,
            latency_median=0.034,
            latency_p95=0.052,
            frames_seen=300,
            frames_dropped=7,
            frames_without_face=3,
        )

    def pause(self) -> None:
        self.calls.append("pause")
        self.state = "paused"

    def resume(self) -> None:
        self.calls.append("resume")
        self.state = "running"

    def step(self) -> None:
        self.calls.append("step")

    def seek(self, seconds: float) -> None:
        self.calls.append(f"seek {seconds:g}")


@dataclass
class FakeAnalyser:
    taken: dict[int, float] = field(default_factory=dict)
    progress: float | None = None

    def start_baseline(self, face_id: int, seconds: float = 3.0) -> None:
        self.taken[face_id] = seconds

    def clear_baseline(self, face_id: int) -> None:
        self.taken.pop(face_id, None)

    def baseline(self, face_id: int) -> Baseline | None:
        seconds = self.taken.get(face_id)
        return None if seconds is None else Baseline(0.1, 0.0, 0.01, 0.01, 0.0, seconds, 90)

    def baselines(self) -> dict[int, Baseline]:
        return {face: taken for face in self.taken if (taken := self.baseline(face)) is not None}

    def baseline_progress(self, face_id: int) -> float | None:
        return self.progress


@dataclass
class FakeWriter:
    path: Path
    rows: list[Analysis] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)
    closed: bool = False
    complete: bool | None = None

    @property
    def written(self) -> Written:
        if not self.rows:
            return Written()
        first, last = (self.rows[at].frame.timestamp for at in (0, -1))
        return Written(sum(len(each.readings) for each in self.rows), first, last)

    def write(self, analysis: Analysis) -> None:
        assert not self.closed
        self.rows.append(analysis)

    def event(self, label: str, timestamp: float) -> None:
        self.events.append((timestamp, label))

    def close(self, *, complete: bool = True) -> None:
        if not self.closed:
            self.closed, self.complete = True, complete


@dataclass
class FakeBackend:
    """Hands out fake pipelines; remembers what was asked for."""

    folder: Path
    opened: list[Running] = field(default_factory=list)
    writers: list[FakeWriter] = field(default_factory=list)
    sources: dict[str, FakeSource] = field(default_factory=dict)
    analyser: FakeAnalyser = field(default_factory=FakeAnalyser)
    recorded: RecordingOptions = field(default_factory=RecordingOptions)

    def open(self, settings: RunSettings) -> Running:
        if settings.source == "broken":
            raise InputError("There is no camera 7; choose another source")
        recorder = Recorder()
        running = Running(
            settings=settings,
            source=self.sources.get(str(settings.source), FakeSource()),
            pipeline=FakePipeline(sinks=[recorder]),
            recorder=recorder,
            analyser=lambda: self.analyser,
            model=lambda: ModelInUse("avce-al", "cpu", RULES["words"]),
        )
        if settings.recording.folder is not None:
            self.record(running, settings.recording)
        self.opened.append(running)
        return running

    def cameras(self) -> list[tuple[int, str]]:
        return [(0, "Front camera"), (2, "Desk camera")]

    def models(self) -> list[Path]:
        return [Path("weights/avce-al.onnx"), Path("weights/avce-r18.onnx")]

    def card(self, path: Path) -> Card:
        if "avce" not in path.stem:
            return Card(problem=f"{path.name} is not a network of this app: avce.format is missing")
        return Card(
            facts=(("backbone", "AlexNet"), ("method", "AVCE"), ("trained on", "FER+")),
            columns=("CCC", "RMSE"),
            metrics=(("valence", ("0.871", "0.171")), ("arousal", ("0.862", "0.150"))),
        )

    def doctor(self) -> list[tuple[str, str]]:
        return [("OpenCV", "one, as it should be"), ("cameras", "2")]

    def record(self, running: Running, recording: RecordingOptions) -> Path:
        assert recording.folder is not None
        writer = FakeWriter(recording.folder / f"session{len(self.writers)}")
        writer.path.mkdir(parents=True)
        self.writers.append(writer)
        self.recorded = recording
        running.recorder.begin(writer)
        return writer.path


def answer(qtbot, window: MainWindow, words: str) -> None:
    """Press a button of the question that the window asks."""
    box = window.findChild(QMessageBox)
    assert box is not None, "no question is asked"
    button = next(each for each in box.buttons() if each.text() == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


class PatientBot(QtBot):
    """Waits as long as it takes on a machine that is busy with something else, too."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(
        self, signal: SignalInstance, *, timeout: int = PATIENCE_MS, **how: Any
    ) -> SignalBlocker:
        return super().waitSignal(signal, timeout=timeout, **how)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def _garbage_stays_here() -> Iterator[None]:
    """Windows of earlier tests must not be destroyed on a thread of a later one."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    chosen = Preferences(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    chosen.put("folder", str(tmp_path / "sessions"))
    chosen.put("first_run_done", True)
    chosen.put("ask_details", False)
    chosen.put("theme", "dark")
    return chosen


@pytest.fixture
def backend(tmp_path: Path) -> FakeBackend:
    return FakeBackend(tmp_path)


@pytest.fixture
def window(qtbot, backend: FakeBackend, preferences: Preferences) -> Iterator[MainWindow]:
    """A shown window on a running fake camera."""
    made = MainWindow(backend, RunSettings("0"), preferences)
    join_reviews(made)
    qtbot.addWidget(made)
    made.show()
    made.start()
    qtbot.waitUntil(lambda: made.feed.current_state == "running")
    yield made
    made.close_now()


@pytest.fixture
def pipeline(window: MainWindow) -> FakePipeline:
    """The fake pipeline that the window runs."""
    assert window.running is not None
    return window.running.pipeline  # type: ignore[return-value]


def same_image(path: Path, other: Path) -> bool:
    """Whether two image files show the same, and more than one colour."""
    first, second = (cv2.imread(str(each)) for each in (path, other))
    assert first is not None
    assert second is not None
    return first.shape == second.shape and bool((first == second).all()) and first.std() > 1
