"""Re-analyses a session's video with its model and says how far the estimates agree.

With lossless video they agree to the last bit on the same kind of processor with the same
versions: the model's file, the settings, each frame and its exact time are the recorded ones,
and a recording with video begins where its face finder began. H.264 changes the frames a
little, and with them the estimates.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np

from ...model.errors import InputError
from ...model.metrics import AXES
from ...model.predictor import Predictor
from ...weights import available_weights
from ..analysis.analyser import Analyser, Estimator, Finder
from ..analysis.reading import Reading
from ..sources.base import Frame
from .folder import file_sha256, software
from .reader import Session
from .video import all_frames, frame_starts

# The model's float32 sums depend on these in their last bits.
_BITS = ("onnxruntime", "onnxruntime-gpu", "mediapipe", "opencv-python", "machine", "system")


@dataclass(frozen=True, slots=True)
class Replay:
    """How a session's recorded estimates compare with those made again.

    Args:
        lossless: whether the frames are stored to the last bit.
        frames: frames of the session; `replayed`: those that were re-analysed.
        faces: faces found in both; `equal`: those whose valence and arousal are the same bits.
        only_recorded, only_replayed: faces found in one of both alone.
        largest, mean: absolute differences (valence, arousal) over the faces found in both.
        stopped: whether it was stopped before its end.
        reasons: what else may make estimates differ, a sentence each.
    """

    lossless: bool
    frames: int
    replayed: int
    faces: int
    equal: int
    only_recorded: int
    only_replayed: int
    largest: tuple[float, float]
    mean: tuple[float, float]
    stopped: bool = False
    reasons: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether everything that was replayed is the same to the last bit."""
        alone = self.only_recorded + self.only_replayed
        return self.replayed > 0 and self.equal == self.faces and not alone

    @property
    def words(self) -> str:
        """The result in sentences."""
        kind = "lossless (FFV1)" if self.lossless else "H.264, which changes the frames a little"
        said = [f"The stored video is {kind}."]
        if self.stopped:
            said.append(f"Stopped after {self.replayed} of {self.frames} frames.")
        elif self.replayed < self.frames:
            said.append(
                f"{self.frames - self.replayed} of {self.frames} frames are not in the video."
            )
        if not self.replayed:
            return " ".join([*said, "Nothing could be compared."])
        if self.exact:
            same = f"All {self.faces} estimates in {self.replayed} frames"
            said.append(f"{same} are the same as the recorded ones, bit for bit.")
            return " ".join(said)
        said.append(f"{self.equal} of {self.faces} estimates are the same bit for bit.")
        if self.faces:
            said.append(
                "Difference (valence / arousal): "
                f"largest {self.largest[0]:.4g} / {self.largest[1]:.4g}, "
                f"mean {self.mean[0]:.3g} / {self.mean[1]:.3g}."
            )
        if self.only_recorded or self.only_replayed:
            said.append(
                f"Faces found only then: {self.only_recorded}, only now: {self.only_replayed}."
            )
        return " ".join([*said, *self.reasons])


def find_network(info: Mapping[str, Any], model: Path | None = None) -> Path:
    """The file of the model that made a session, known by its SHA-256.

    Args:
        info: what `session.json` says.
        model: where to look; None looks among the shipped models.

    Raises `InputError` that names the model that is needed.
    """
    facts = _part(info, "model")
    wanted, name = facts.get("sha256"), facts.get("file")
    if not isinstance(wanted, str) or not wanted:
        raise InputError("session.json does not say which model made this session.")
    needed = f"the model {name} with SHA-256 {wanted[:16]}…"
    if model is not None:
        if not model.is_file():
            raise InputError(f"There is no model at {model}: no such file.")
        if file_sha256(model) != wanted:
            raise InputError(f"{model} is another model: this session was made by {needed}.")
        return model
    for path in available_weights():
        if file_sha256(path) == wanted:
            return path
    raise InputError(
        f"This session was made by {needed}, which does not come with this version: "
        "give its file with --model."
    )


def replay(
    session: Session,
    *,
    model: Path | None = None,
    progress: Callable[[float], bool] = lambda _: True,
    finder: Finder | None = None,
    estimator: Estimator | None = None,
) -> Replay:
    """Re-analyse the stored video of a session and compare valence and arousal.

    Args:
        session: one with video.
        model: the model's file; None looks among the shipped ones.
        progress: told the share done, 0 to 1; False ends it early.
        finder, estimator: stand-ins.

    Raises `InputError` for a session without video or facts, and where its model is missing.
    """
    info = session.info
    if session.video is None:
        raise InputError(f"{session.path} contains no video: it was recorded without one.")
    if not info:
        raise InputError(f"{session.path}: session.json is missing, so its model is unknown.")
    most = _part(info, "faces").get("max_faces")
    if not isinstance(most, int) or not 1 <= most <= 1000:
        raise InputError(f"{session.path}: session.json does not say how many faces were tracked.")
    reasons = _reasons(info)
    if estimator is None:
        estimator, note = _open(find_network(info, model), _part(info, "model").get("provider"))
        reasons += note
    source = _part(info, "source")
    # The first sessions tell it by their kind alone.
    video = not source.get("still", source.get("kind") == "images")
    score = _Score(session)
    jumps = {jump.timestamp for jump in session.discontinuities}
    with Analyser(estimator, finder, max_faces=most, video=video) as analyser:
        # A frame without a row is shown to the finder all the same.
        rows: deque[int | None] = deque()

        def frames() -> Generator[Frame]:
            for number, (row, seconds, rgb) in enumerate(all_frames(session)):
                rows.append(row)
                yield Frame(number, seconds, rgb, 0.0, restarts=seconds in jumps)

        looked, followed = (
            _part(info, "faces").get(fact) is True for fact in ("looked_back", "followed_back")
        )
        analysed = analyser.analyse_all(frames(), look_back=looked, follow_back=followed)
        with closing(analysed) as analyses:
            for analysis in analyses:
                row = rows.popleft()
                if row is not None:
                    score.add(row, analysis.readings)
                    if not progress((row + 1) / score.frames):
                        return score.result(session, reasons, stopped=True)
    if not score.replayed:
        raise InputError(f"No frame of {session.video} can be decoded: it is damaged or empty.")
    return score.result(session, reasons)


class _Score:
    """Adds up differences, frame by frame."""

    def __init__(self, session: Session) -> None:
        self._columns = {n: session.readings[n] for n in ("success", "x", "y", "width", *AXES)}
        self._starts = np.append(frame_starts(session), len(session))
        self.frames = len(self._starts) - 1
        self.replayed = self._equal = self._before = self._after = 0
        self._differences: list[tuple[float, float]] = []

    def add(self, frame: int, found: Iterable[Reading]) -> None:
        """Compare a frame's faces, each with the nearest one."""
        first, end = int(self._starts[frame]), int(self._starts[frame + 1])
        rows = [row for row in range(first, end) if self._columns["success"][row]]
        faces = [face for face in found if face.success]
        self.replayed += 1
        while rows and faces:
            _, row, at = min(
                (self._apart(row, face), row, at) for row in rows for at, face in enumerate(faces)
            )
            self._compare(row, faces.pop(at))
            rows.remove(row)
        self._before += len(rows)
        self._after += len(faces)

    def _apart(self, row: int, face: Reading) -> float:
        columns = self._columns
        x, y = columns["x"][row] - face.x, columns["y"][row] - face.y
        distance = hypot(float(x), float(y), float(columns["width"][row] - face.width))
        return distance if np.isfinite(distance) else np.inf

    def _compare(self, row: int, face: Reading) -> None:
        then = [np.float32(self._columns[axis][row]) for axis in AXES]
        now = [np.float32(getattr(face, axis)) for axis in AXES]
        self._equal += all(a.tobytes() == b.tobytes() for a, b in zip(then, now, strict=True))
        valence, arousal = (abs(float(a) - float(b)) for a, b in zip(then, now, strict=True))
        self._differences.append((valence, arousal))

    def result(
        self, session: Session, reasons: tuple[str, ...], *, stopped: bool = False
    ) -> Replay:
        """The sum of it."""
        apart = np.array(self._differences or [(0.0, 0.0)])
        return Replay(
            lossless=session.video is not None and session.video.suffix == ".mkv",
            frames=self.frames,
            replayed=self.replayed,
            faces=len(self._differences),
            equal=self._equal,
            only_recorded=self._before,
            only_replayed=self._after,
            largest=(float(apart[:, 0].max()), float(apart[:, 1].max())),
            mean=(float(apart[:, 0].mean()), float(apart[:, 1].mean())),
            stopped=stopped,
            reasons=reasons,
        )


def _reasons(info: Mapping[str, Any]) -> tuple[str, ...]:
    """Why estimates may differ although the frames are the same."""
    reasons = []
    if not _part(info, "faces").get("finder_began_here"):
        reasons.append("The face finder had seen frames before this recording began.")
    then, now = _part(info, "software"), software()
    changed = [
        f"{name} {then.get(name, '–')} then, {now.get(name, '–')} now"
        for name in _BITS
        if then.get(name) != now.get(name)
    ]
    if changed:
        reasons.append(f"Not the same: {'; '.join(changed)}.")
    return tuple(reasons)


def _open(path: Path, provider: object) -> tuple[Predictor, tuple[str, ...]]:
    """The model where it ran then, or on the processor with a word about it."""
    wanted = provider if isinstance(provider, str) else "cpu"
    try:
        return Predictor(path, provider=wanted), ()
    except (InputError, KeyError):
        note = f"The model ran on {wanted} then, it runs on the processor now."
        return Predictor(path, provider="cpu"), (note,)


def _part(info: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = info.get(name)
    return found if isinstance(found, dict) else {}
