"""One frame in, the readings of its faces out: find, crop, estimate, track, smooth, compare."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from math import inf, nan
from operator import itemgetter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from ...model.face.face import CROP_SIZE, Face, Pixels, Square
from ...model.face.head_pose import head_pose
from ...model.face.image_measures import brightness, grey_of, sharpness
from ...model.face.quality import Conditions, judged
from ...model.face.tracked_faces import TrackedFaces
from ...model.predictor import ModelCard, Prediction
from ...model.system.closing import Closing
from ..sources.base import Frame
from ..sources.ticks import Ticks
from .baseline import BASELINE_SECONDS, Baseline, BaselineTaker
from .looking_back import Found, LookBack, looking_back
from .person import Person
from .reading import Extras, Reading, no_face
from .smoothing import OneEuroConfig
from .stages import ahead, mapped
from .tracking import Tracker


class Finder(Protocol):
    """Finds faces: `FaceFinder`, or a stand-in."""

    @property
    def tracked(self) -> TrackedFaces: ...
    def find(self, rgb: NDArray[np.uint8], timestamp_ms: int | None = None) -> list[Face]: ...
    def before(
        self, face: Face, earlier: Iterable[tuple[Pixels, float, Sequence[Face]]]
    ) -> Iterator[Face]: ...
    def restart(self) -> None: ...
    def close(self) -> None: ...


class Estimator(Protocol):
    """Estimates crops: `Predictor`, or a stand-in."""

    @property
    def card(self) -> ModelCard: ...
    def predict(self, crops: NDArray[np.uint8]) -> Prediction: ...


class Blendshapes(Protocol):
    """Reads the blendshapes of a face: `BlendshapeReader`, or a stand-in."""

    def read(self, rgb: NDArray[np.uint8], square: Square) -> tuple[float, ...]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What was made of a frame.

    Args:
        frame: the frame.
        readings: one a face, in the order of their numbers; one without a face if there is none.
        maps: activation maps [2, h, w] (valence, arousal) by face number.
        crops: what the model saw, uint8 [224, 224, 3], by face number.
        squares: where each crop was cut out of the frame, by face number.
        latency: seconds from capture to here.
        run: how often the face finder had been restarted, see `Analyser.restart`.
        waited: the run was paused, or made ready, meanwhile: the latency tells of that.
    """

    frame: Frame
    readings: tuple[Reading, ...]
    maps: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    crops: Mapping[int, NDArray[np.uint8]] = field(default_factory=dict)
    squares: Mapping[int, Square] = field(default_factory=dict)
    latency: float = 0.0
    run: int = 0
    waited: bool = False

    def without_pixels(self) -> Analysis:
        """The same, with an empty image [0, 0, 3] in its frame: small enough to be kept."""
        return replace(self, frame=replace(self.frame, rgb=self.frame.rgb[:0, :0].copy()))


def _milliseconds() -> Ticks:
    """The clock that MediaPipe wants: a seek backwards is as if one frame had been left out."""
    return Ticks(1000, after_jump=40)


class Analyser(Closing):
    """Turns frames into readings: `analyse`, or its two halves side by side, each half on one
    thread at a time. The baseline calls belong to any thread.

    Args:
        predictor: the model.
        finder: finds faces, and is closed together with the analyser; None makes a `FaceFinder`.
        max_faces: how many faces are tracked.
        video: frames follow one another; False for unrelated images, which are neither tracked
            nor smoothed into each other.
        smoothing: settings of the One-Euro filter.
        min_quality: a reading of less quality keeps its raw estimate and all that is known of it;
            its smoothed and relative values are blank, and neither the filter nor a baseline takes
            it in.
        extras: optional columns of the readings. Those of the model are there where it gives them;
            the blendshapes take about as long as finding faces does, and are read where they are
            wanted alone.
        baseline_at: take the neutral baseline of each face that is seen so many seconds after the
            first frame, or less than `BASELINE_SECONDS` later; None takes none unasked.

    Raises `InputError` where vote shares are wanted of a model that gives none.

    `busy_since` is when the model was given the crops it has not answered yet (`time.monotonic`),
    None while it is idle: see `watchdog`.
    """

    def __init__(
        self,
        predictor: Estimator,
        finder: Finder | None = None,
        *,
        max_faces: int = 1,
        video: bool = True,
        smoothing: OneEuroConfig | None = None,
        min_quality: float = 0.0,
        extras: Extras = (),
        blendshapes: Blendshapes | None = None,
        baseline_at: float | None = None,
    ) -> None:
        check_extras(predictor, extras)
        if "blendshapes" in extras and blendshapes is None:
            from ...model.face.blendshapes import open_blendshapes

            blendshapes = open_blendshapes()
        self._blendshapes = blendshapes
        if finder is None:
            from ...model.face.finder import FaceFinder

            finder = FaceFinder(max_faces, video=video)
        self.predictor = predictor
        self.max_faces = max_faces
        self.video = video
        self.smoothing = smoothing or OneEuroConfig()
        self.min_quality = min_quality
        self.extras = extras
        self._baseline_at = baseline_at
        self._first: float | None = None
        self._finder = finder
        self._tracker = Tracker()
        self._people: dict[int, Person] = {}
        self._lock = threading.Lock()
        self._clock = _milliseconds()
        self._last = -inf
        self._run = self._wanted_run = 0
        self._unused = True
        self.busy_since: float | None = None

    def close(self) -> None:
        """Close the finder, and what reads blendshapes."""
        self._finder.close()
        if self._blendshapes is not None:
            self._blendshapes.close()

    def jumped(self) -> None:
        """The next frame that `find` gets does not follow the last one: there was a seek.

        Faces keep their numbers and baselines where they are found again; smoothing starts again.
        """
        self._last = inf

    def restart(self) -> int:
        """From any thread: find faces in the next frame as if it were the first.

        Returns the `run` of that frame's analysis. What the finder makes of a frame depends on
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
            self._clock = _milliseconds()
            self._run = wanted

    def analyse(self, frame: Frame) -> Analysis:
        """The readings of a frame."""
        return self.estimate(self.find(frame))

    def analyse_all(
        self, frames: Iterable[Frame], *, look_back: bool = True, follow_back: bool = True
    ) -> Generator[Analysis]:
        """The readings of every frame, in order, as fast as it goes: reading, finding and
        estimating side by side. The same as `analyse` of one after the other, to the last bit, and
        with `look_back` the rows of a face that was known to be one only later, with `follow_back`
        of one that the search came to only later.

        Close it before the source of the frames and the analyser.
        """
        read = ahead(frames, "avce-read", size=lambda frame: frame.rgb.nbytes)
        seen = mapped(self.find, read)
        if look_back:
            before = self._finder.before if follow_back and self.video else None
            seen = looking_back(seen, LookBack(before, self.max_faces))
        found = ahead(seen, "avce-find", size=lambda each: each.nbytes)
        with closing(found):
            for each in found:
                yield self.estimate(each)

    def find(self, frame: Frame) -> Found:
        """The first half: the faces of a frame."""
        self._begin_run()
        if frame.restarts:
            # Recordings were put end to end: find faces anew.
            self._finder.restart()
            self._clock = _milliseconds()
        follows = frame.timestamp > self._last
        self._last = frame.timestamp
        faces = self._finder.find(frame.rgb, self._clock(frame.timestamp) if self.video else None)
        return Found(frame, faces, follows, self._run, self._finder.tracked)

    def estimate(self, found: Found) -> Analysis:
        """The second half: numbers, crops and estimates of the faces that were found."""
        frame, faces = found.frame, found.faces
        self._first = frame.timestamp if self._first is None else self._first
        if frame.restarts:
            self._tracker.forget()
        if not found.follows:
            self._tracker.rebase(frame.timestamp)
            with self._lock:
                for person in self._people.values():
                    person.restart()
        if not faces:
            rows = (no_face(frame.index, frame.timestamp, frame.name),)
            latency = time.perf_counter() - frame.captured
            return Analysis(frame, rows, latency=latency, run=found.run)
        # Faces of unrelated images are numbered in each by themselves, the largest first.
        numbers = self._tracker.update(faces, frame.timestamp) if self.video else range(len(faces))
        # Beyond the cap, whoever came first is still tracked.
        followed = sorted(zip(numbers, faces, strict=True), key=itemgetter(0))[: self.max_faces]
        ids, faces = [i for i, _ in followed], [face for _, face in followed]
        squares = [face.square(self.predictor.card.geometry) for face in faces]
        crops = np.stack([square.cut(frame.rgb) for square in squares])
        self.busy_since = time.monotonic()
        try:
            prediction = self.predictor.predict(crops)
        finally:
            self.busy_since = None
        rows = tuple(
            self._reading(frame, *each)
            for each in zip(faces, ids, crops, *_estimates(prediction), strict=True)
        )
        if self._blendshapes is not None:
            rows = tuple(
                replace(each, blendshapes=self._blendshapes.read(frame.rgb, square))
                for each, square in zip(rows, squares, strict=True)
            )
        return Analysis(
            frame,
            rows,
            maps={face_id: prediction.cam[i] for i, face_id in enumerate(ids)},
            crops={face_id: crops[i] for i, face_id in enumerate(ids)},
            squares=dict(zip(ids, squares, strict=True)),
            latency=time.perf_counter() - frame.captured,
            run=found.run,
        )

    def _person(self, face_id: int) -> Person:
        return self._people.setdefault(face_id, Person(self.smoothing))

    def _reading(
        self,
        frame: Frame,
        face: Face,
        face_id: int,
        crop: NDArray[np.uint8],
        va: tuple[float, float],
        halfwidth: tuple[float, float],
        covered: tuple[float, float],
        emotions: tuple[float, ...],
    ) -> Reading:
        valence, arousal = va
        seen = conditions_of(face, crop, covered)
        quality = judged(seen).value
        blank = quality < self.min_quality
        with self._lock:
            person = self._person(face_id)
            if self._is_due(frame.timestamp):
                person.ask_once()
            if not blank:
                person.take(frame.timestamp, va)
            base = person.baseline
            if not self.video:
                person.smooth_anew()
        smooth = sure = (nan, nan)
        if not blank:
            smooth, sure = person.smoothed(frame.timestamp, va, halfwidth)
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
            valence_smooth=smooth[0],
            arousal_smooth=smooth[1],
            valence_relative=valence - base.valence if base and not blank else nan,
            arousal_relative=arousal - base.arousal if base and not blank else nan,
            valence_halfwidth=halfwidth[0],
            arousal_halfwidth=halfwidth[1],
            valence_smooth_halfwidth=sure[0],
            arousal_smooth_halfwidth=sure[1],
            yaw=seen.yaw,
            pitch=seen.pitch,
            roll=seen.roll,
            sharpness=seen.sharpness,
            brightness=seen.brightness,
            quality=quality,
            file=frame.name,
            eyes_covered=seen.eyes_covered,
            mouth_covered=seen.mouth_covered,
            emotions=emotions,
        )

    def _is_due(self, timestamp: float) -> bool:
        """Whether a face that is seen then shall give its baseline unasked."""
        if self._baseline_at is None or self._first is None:
            return False
        return 0.0 <= timestamp - self._first - self._baseline_at < BASELINE_SECONDS

    def start_baseline(self, face_id: int, seconds: float = BASELINE_SECONDS) -> None:
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


def check_extras(predictor: Estimator, extras: Extras) -> None:
    """Raise `InputError` where optional columns are wanted that a model cannot fill."""
    blank = np.zeros((1, CROP_SIZE, CROP_SIZE, 3), np.uint8)
    if "emotions" in extras and predictor.predict(blank).votes is None:
        raise InputError(
            "The model gives no emotions' shares (its file has no output 'votes'): choose "
            "another model, add them by avce-train heads, or leave the emotions out."
        )


def conditions_of(
    face: Face, crop: NDArray[np.uint8], covered: tuple[float, float] = (nan, nan)
) -> Conditions:
    """How a face was seen, of which this crop uint8 [H, W, 3] was cut; `covered` are the shares of
    eyes and mouth that a network tells to be hidden."""
    pose, grey = head_pose(face.landmarks), grey_of(crop)
    angles, taken = (pose.yaw, pose.pitch, pose.roll), (sharpness(grey), brightness(grey))
    return Conditions(*angles, *taken, face.width, face.confidence, *covered)


def _estimates(prediction: Prediction) -> tuple[list[tuple[float, ...]], ...]:
    """Of each face (valence, arousal), their half-widths and what is covered, nan from a network
    without them, and the emotions' shares, () from a network without them."""
    va, votes = prediction.va, prediction.votes
    wide, hidden = (
        np.full_like(va, nan) if each is None else each
        for each in (prediction.halfwidth, prediction.covered)
    )
    shares = np.zeros((len(va), 0)) if votes is None else votes
    va, wide, hidden, shares = (
        [tuple(map(float, row)) for row in rows] for rows in (va, wide, hidden, shares)
    )
    return va, wide, hidden, shares
