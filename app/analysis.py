"""One frame in, the readings of its faces out: find, crop, estimate, track, smooth, compare."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, nan
from operator import itemgetter
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..model.closing import Closing
from ..model.errors import InputError
from ..model.face import Face
from ..model.predictor import Prediction
from ..weights import find_weights
from .baseline import Baseline, BaselineTaker
from .reading import Reading, no_face
from .smoothing import OneEuroConfig, OneEuroFilter
from .sources.base import Frame
from .tracking import Tracker


class Finder(Protocol):
    """Finds faces: `FaceFinder`, or a stand-in."""

    def find(self, rgb: NDArray[np.uint8], timestamp_ms: int | None = None) -> list[Face]: ...
    def restart(self) -> None: ...
    def close(self) -> None: ...


class Estimator(Protocol):
    """Estimates crops: `Predictor`, or a stand-in."""

    def predict(self, crops: NDArray[np.uint8]) -> Prediction: ...


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What was made of a frame.

    Args:
        frame: the frame.
        readings: one a face, in the order of their numbers; one without a face if there is none.
        maps: activation maps [2, h, w] (valence, arousal) by face number.
        crops: what the network saw, uint8 [224, 224, 3], by face number.
        latency: seconds from capture to here.
        run: how often the face finder had been started anew, see `Analyser.restart`.
    """

    frame: Frame
    readings: tuple[Reading, ...]
    maps: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    crops: Mapping[int, NDArray[np.uint8]] = field(default_factory=dict)
    latency: float = 0.0
    run: int = 0


class MillisecondClock:
    """Whole, strictly increasing milliseconds from timestamps in seconds, as MediaPipe wants them.

    Two frames within a millisecond get different ones; after a jump back time goes on from where it
    was, 40 ms later.
    """

    _AFTER_A_JUMP = 40

    def __init__(self) -> None:
        self._seconds = -inf
        self._last = -1
        self._offset = 0

    def __call__(self, seconds: float) -> int:
        """The milliseconds of a frame."""
        now = round(seconds * 1000.0)
        if self._last < 0:
            # Counting starts at nought or later, also where a file's time starts below.
            self._offset = max(0, -now)
        elif seconds < self._seconds:
            self._offset = self._last + self._AFTER_A_JUMP - now
        self._seconds = seconds
        self._last = max(self._last + 1, now + self._offset)
        return self._last


@dataclass(slots=True)
class _Person:
    """What is remembered of one face number."""

    valence: OneEuroFilter
    arousal: OneEuroFilter
    baseline: Baseline | None = None
    taker: BaselineTaker | None = None

    def restart(self, smoothing: OneEuroConfig) -> None:
        """Smooth from here on as if nothing had been."""
        self.valence, self.arousal = OneEuroFilter(smoothing), OneEuroFilter(smoothing)
        if self.taker is not None:
            self.taker = BaselineTaker(self.taker.seconds)


class Analyser(Closing):
    """Turns frames into readings; `analyse` belongs to one thread, the baseline calls to any.

    Args:
        predictor: the network.
        finder: finds faces, and is closed together with the analyser; None makes a `FaceFinder`.
        max_faces: how many faces are followed.
        video: frames follow one another; False for unrelated pictures.
        smoothing: settings of the One-Euro filter.
    """

    def __init__(
        self,
        predictor: Estimator,
        finder: Finder | None = None,
        *,
        max_faces: int = 1,
        video: bool = True,
        smoothing: OneEuroConfig | None = None,
    ) -> None:
        if finder is None:
            from ..model.face import FaceFinder

            finder = FaceFinder(max_faces, video=video)
        self.predictor = predictor
        self.max_faces = max_faces
        self.video = video
        self.smoothing = smoothing or OneEuroConfig()
        self._finder = finder
        self._tracker = Tracker()
        self._people: dict[int, _Person] = {}
        self._lock = threading.Lock()
        self._clock = MillisecondClock()
        self._last = -inf
        self._run = self._wanted_run = 0
        self._unused = True

    def close(self) -> None:
        """Close the finder."""
        self._finder.close()

    def jumped(self) -> None:
        """The next frame does not follow the last one: a file was wound.

        Faces keep their numbers and baselines where they are found again; smoothing starts anew.
        """
        self._last = inf

    def restart(self) -> int:
        """From any thread: find faces in the next frame as if it were the first.

        Returns the `run` of that frame's analysis. What the finder makes of a picture depends on
        those before it, so that only a recording that begins with such a frame can be replayed to
        the last bit. Faces keep their numbers, smoothing and baselines.
        """
        with self._lock:
            if not self._unused:
                self._wanted_run = self._run + 1
            return self._wanted_run

    def _begin_run(self) -> None:
        with self._lock:
            wanted, self._unused = self._wanted_run, False
        if wanted > self._run:
            self._finder.restart()
            self._clock = MillisecondClock()
            self._run = wanted

    def analyse(self, frame: Frame) -> Analysis:
        """The readings of a frame."""
        self._begin_run()
        if frame.timestamp <= self._last:
            self._tracker.rebase(frame.timestamp)
            with self._lock:
                for person in self._people.values():
                    person.restart(self.smoothing)
        self._last = frame.timestamp
        faces = self._finder.find(frame.rgb, self._clock(frame.timestamp) if self.video else None)
        if not faces:
            rows = (no_face(frame.index, frame.timestamp),)
            latency = time.perf_counter() - frame.captured
            return Analysis(frame, rows, latency=latency, run=self._run)
        numbers = self._tracker.update(faces, frame.timestamp)
        # Beyond the cap, whoever came first goes on being followed.
        followed = sorted(zip(numbers, faces, strict=True), key=itemgetter(0))[: self.max_faces]
        ids, faces = [i for i, _ in followed], [face for _, face in followed]
        crops = np.stack([face.crop(frame.rgb) for face in faces])
        prediction = self.predictor.predict(crops)
        rows = tuple(
            self._reading(frame, face, face_id, va)
            for face, face_id, va in zip(faces, ids, prediction.va, strict=True)
        )
        return Analysis(
            frame,
            rows,
            maps={face_id: prediction.cam[i] for i, face_id in enumerate(ids)},
            crops={face_id: crops[i] for i, face_id in enumerate(ids)},
            latency=time.perf_counter() - frame.captured,
            run=self._run,
        )

    def _person(self, face_id: int) -> _Person:
        if face_id not in self._people:
            self._people[face_id] = _Person(
                OneEuroFilter(self.smoothing), OneEuroFilter(self.smoothing)
            )
        return self._people[face_id]

    def _reading(self, frame: Frame, face: Face, face_id: int, va: NDArray[np.float32]) -> Reading:
        valence, arousal = float(va[0]), float(va[1])
        with self._lock:
            person = self._person(face_id)
            if person.taker is not None:
                taken = person.taker.add(frame.timestamp, valence, arousal)
                if taken is not None:
                    person.baseline, person.taker = taken, None
            base = person.baseline
        return Reading(
            frame=frame.index,
            timestamp=frame.timestamp,
            face_id=face_id,
            confidence=face.confidence,
            success=True,
            x=face.x,
            y=face.y,
            width=face.width,
            height=face.height,
            valence=valence,
            arousal=arousal,
            valence_smooth=person.valence(frame.timestamp, valence),
            arousal_smooth=person.arousal(frame.timestamp, arousal),
            valence_relative=valence - base.valence if base else nan,
            arousal_relative=arousal - base.arousal if base else nan,
        )

    def start_baseline(self, face_id: int, seconds: float = 3.0) -> None:
        """Take this face's neutral baseline from its next estimates."""
        with self._lock:
            self._person(face_id).taker = BaselineTaker(seconds)

    def clear_baseline(self, face_id: int) -> None:
        """Forget a face's baseline, also one that is being taken."""
        with self._lock:
            person = self._person(face_id)
            person.baseline = person.taker = None

    def baseline(self, face_id: int) -> Baseline | None:
        """A face's baseline, None while there is none."""
        with self._lock:
            person = self._people.get(face_id)
            return person.baseline if person else None

    def baseline_progress(self, face_id: int) -> float | None:
        """How much of a baseline has been taken, 0 to 1; None where none is being taken."""
        with self._lock:
            person = self._people.get(face_id)
            return person.taker.progress if person and person.taker else None

    def baselines(self) -> dict[int, Baseline]:
        """All baselines by face number."""
        with self._lock:
            return {i: p.baseline for i, p in self._people.items() if p.baseline is not None}


def open_analyser(
    model: Path | str | None = None,
    *,
    provider: str = "auto",
    max_faces: int = 1,
    video: bool = True,
) -> Analyser:
    """An analyser with the real face finder and network; call it on the thread that will use it."""
    from ..model.predictor import Predictor

    predictor = Predictor(find_model(model), provider=provider)
    return Analyser(predictor, max_faces=max_faces, video=video)


def find_model(model: Path | str | None) -> Path:
    """The network's file: a path, the name of a shipped one, or None for the default.

    Raises `InputError` where there is none.
    """
    if model is not None and Path(model).exists():
        return Path(model)
    name = None if model is None else Path(model).name
    if name is not None and not name.endswith(".onnx"):
        name += ".onnx"
    if model is None or Path(model).parent == Path():
        try:
            return find_weights(name)
        except FileNotFoundError as error:
            raise InputError(str(error)) from error
    raise InputError(f"There is no network at {model}: no such file.")
