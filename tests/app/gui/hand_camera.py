"""The window's real pipeline and session writer, with a camera and a network of our own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avce.app.gui.launch import join_reviews
from avce.app.gui.live import live_backend
from avce.app.gui.live.live_backend import LiveBackend
from avce.app.gui.live.main_window import MainWindow
from avce.app.settings import RunSettings
from avce.app.sources.base import Frame, Source, SourceLostError
from avce.model.face.face import Face
from avce.model.face.tracked_faces import TrackedFaces
from avce.model.predictor import Prediction, Predictor

from ..stand_ins import StandInNetwork

RGB = np.full((48, 64, 3), 120, np.uint8)


class HandSource(Source):
    """A live source that gives what the test puts in."""

    kind = "camera"
    name = "Hand camera"
    live = True
    size = (64, 48)

    def __init__(self) -> None:
        self.frames: queue.Queue[Frame | Exception | None] = queue.Queue()
        self.count = 0
        self.plugged = True

    def open(self) -> None:
        if not self.plugged:
            raise SourceLostError("There is no camera.")

    def put(self, count: int = 1) -> None:
        for _ in range(count):
            at = self.count / 30
            self.frames.put(Frame(self.count, at, RGB, time.perf_counter()))
            self.count += 1

    def read(self) -> Frame | None:
        item = self.frames.get()
        if isinstance(item, Exception):
            raise item
        return item

    def interrupt(self) -> None:
        self.frames.put(None)

    def close(self) -> None: ...


class OneFace:
    tracked = TrackedFaces()

    def find(self, rgb, timestamp_ms=None) -> list[Face]:
        landmarks = np.tile(np.array([[30, 20]], np.float32), (478, 1))
        return [Face(20.0, 10.0, 20.0, 20.0, 0.9, landmarks)]

    def before(self, face, earlier) -> Iterator[Face]:
        return iter(())

    def restart(self) -> None: ...

    def close(self) -> None: ...


class GatedNetwork(Predictor):
    """Waits at a gate for each frame."""

    card = StandInNetwork.card

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.waiting = threading.Event()
        self.broken = False
        self.estimate = 0.25
        self.path = Path("gated.onnx")
        self.sha256 = "0" * 64
        self.provider = "cpu"
        self.card = StandInNetwork.card

    def predict(self, crops) -> Prediction:
        self.waiting.set()
        self.gate.acquire()
        if self.broken:
            raise RuntimeError("the network is out of order")
        count = len(crops)
        return Prediction(
            np.full((count, 2), self.estimate, np.float32),
            np.ones((count, 2, 7, 7), np.float32),
            np.zeros((count, 32), np.float32),
        )


@pytest.fixture
def source(monkeypatch) -> HandSource:
    made = HandSource()
    monkeypatch.setattr(live_backend, "open_source", lambda spec, loop=False: made)
    return made


@pytest.fixture
def network(monkeypatch) -> GatedNetwork:
    from avce.app.analysis.analyser import Analyser

    made = GatedNetwork()
    monkeypatch.setattr(live_backend, "open_analyser", lambda *_: Analyser(made, OneFace()))
    return made


@pytest.fixture
def live(qtbot, source, network, preferences) -> Iterator[MainWindow]:
    window = MainWindow(LiveBackend(), RunSettings("0"), preferences)
    join_reviews(window)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.running is not None and window.running.analyser() is not None)
    yield window
    network.gate.release(1_000_000)
    window.close_now()
