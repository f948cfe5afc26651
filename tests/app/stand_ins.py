"""Stand-ins for camera, face finder and network: each does exactly what a test tells it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avce.app.analysis.analyser import Analyser, Analysis
from avce.app.sources.base import Frame, Kind, Source, SourceFacts, SourceLostError
from avce.model.anchors import DEFAULT, RULES, AnchorRule
from avce.model.face.face import Face
from avce.model.face.tracked_faces import TrackedFaces
from avce.model.predictor import ModelCard, Prediction

WAIT = 60.0
"""Seconds until a test that hangs is given up; none that passes waits so long, on a machine that is
busy with something else too."""


class SourceInfo(SourceFacts):
    """A source's facts without the source."""

    def __init__(self, kind: Kind, name: str, **known: Any) -> None:
        self.kind, self.name = kind, name
        vars(self).update(known)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model's facts without the model."""

    path: Path
    sha256: str
    provider: str
    anchors: AnchorRule = RULES[DEFAULT]


def face_at(x: float, y: float = 20.0, side: float = 20.0) -> Face:
    """A face whose square has its centre at (x, y)."""
    half = side / 2.0
    return Face(x - half, y - half, side, side, 0.9, np.zeros((478, 2), np.float32))


def grey_image(value: int = 100, size: tuple[int, int] = (64, 48)) -> NDArray[np.uint8]:
    """A frame (width, height) of one grey."""
    return np.full((size[1], size[0], 3), value, np.uint8)


def frame(index: int, timestamp: float | None = None, value: int = 100) -> Frame:
    """The frame with that number, by default 25 a second."""
    return Frame(index, index / 25 if timestamp is None else timestamp, grey_image(value), 0.0)


class StandInFinder:
    """Gives the faces of a script: a list for every frame, or a function of its number."""

    def __init__(self, script: Callable[[int], Sequence[Face]] | None = None) -> None:
        self.script = script or (lambda _: [face_at(30.0)])
        self.milliseconds: list[int | None] = []
        self.closed = self.restarts = 0
        self.tracked = TrackedFaces()

    def find(self, rgb: NDArray[np.uint8], timestamp_ms: int | None = None) -> list[Face]:
        assert not self.closed
        self.milliseconds.append(timestamp_ms)
        return list(self.script(len(self.milliseconds) - 1))

    def before(
        self, face: Face, earlier: Iterable[tuple[NDArray[np.uint8], float, Sequence[Face]]]
    ) -> Iterator[Face]:
        return iter(())

    def restart(self) -> None:
        assert not self.closed
        self.restarts += 1

    def close(self) -> None:
        self.closed += 1


class StandInNetwork:
    """Reads brightness: valence runs from -1 (black) to 1 (white), arousal is its half."""

    path = Path("stand-in.onnx")
    sha256 = "0" * 64
    provider = "cpu"
    anchors = RULES["words"]
    card = ModelCard("1", "alexnet", "avce", "0", "nothing", {}, {"margin": 0.05, "size": 224})

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self.before = before

    def predict(self, crops: NDArray[np.uint8]) -> Prediction:
        self.before()
        n = len(crops)
        light = crops.reshape(n, -1).mean(axis=1) / 127.5 - 1.0
        va = np.stack([light, light / 2], axis=1).astype(np.float32)
        return Prediction(va, np.ones((n, 2, 3, 3), np.float32), np.zeros((n, 32), np.float32))


def analyser(
    script: Callable[[int], Sequence[Face]] | None = None,
    *,
    before: Callable[[], object] = lambda: None,
    **options: Any,
) -> Analyser:
    """An analyser of stand-ins."""
    options.setdefault("max_faces", 4)
    return Analyser(StandInNetwork(before), StandInFinder(script), **options)


class FilmSource(Source):
    """A file of frames that lie in memory."""

    kind: Kind = "video"
    seekable = True

    def __init__(self, frames: Sequence[Frame], name: str = "film") -> None:
        self.name = name
        self.frames = list(frames)
        self.duration = frames[-1].timestamp if frames else 0.0
        self.is_open = False
        self.closed = 0
        self._next = 0

    def open(self) -> None:
        self.is_open = True

    def read(self) -> Frame | None:
        assert self.is_open
        if self._next >= len(self.frames):
            return None
        self._next += 1
        return self.frames[self._next - 1]

    def seek(self, seconds: float) -> None:
        times = [each.timestamp for each in self.frames]
        self._next = max([0, *(i for i, t in enumerate(times) if t <= seconds)])

    def close(self) -> None:
        self.is_open = False
        self.closed += 1


class HandFedCamera(Source):
    """A camera that shows what a test feeds it: frames, None for its end, or an error."""

    kind: Kind = "camera"
    live = mirrored = True

    def __init__(self) -> None:
        self.name = "hand-fed"
        self.opened = self.closed = 0
        self.absent = threading.Event()
        self.refused = threading.Event()
        self._fed: queue.Queue[Frame | Exception | None] = queue.Queue()

    def feed(self, item: Frame | Exception | None) -> None:
        self._fed.put(item)

    def unplug(self) -> None:
        self.feed(SourceLostError("The camera is gone."))

    def open(self) -> None:
        if self.absent.is_set():
            self.refused.set()
            raise SourceLostError("There is no camera.")
        self.opened += 1

    def read(self) -> Frame | None:
        item = self._fed.get(timeout=WAIT)
        if isinstance(item, Exception):
            raise item
        return item

    def interrupt(self) -> None:
        self.feed(None)

    def close(self) -> None:
        self.closed += 1


class Collector:
    """A sink that keeps everything, and lets a test wait until there is enough."""

    def __init__(self) -> None:
        self.analyses: list[Analysis] = []
        self.closed = 0
        self.complete: bool | None = None
        self._changed = threading.Condition()

    def write(self, analysis: Analysis) -> None:
        assert not self.closed
        with self._changed:
            self.analyses.append(analysis)
            self._changed.notify_all()

    def close(self, *, complete: bool = True) -> None:
        self.closed += 1
        self.complete = complete

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.analyses) >= count, WAIT)

    @property
    def indices(self) -> list[int]:
        return [each.frame.index for each in self.analyses]
