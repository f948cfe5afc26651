"""Runs a session's pictures through its network again and says how far the estimates agree.

With lossless pictures they agree to the last bit on the same kind of processor with the same
versions: the network's file, the settings, each picture and its exact time are the recorded ones,
and a recording with pictures begins where its face finder began. H.264 changes the pictures a
little, and with them the estimates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np

from ..model.errors import InputError
from ..model.metrics import AXES
from ..model.predictor import Predictor
from ..weights import available_weights
from .analysis import Analyser, Estimator, Finder
from .reading import Reading
from .session_files import software
from .session_reading import Session
from .session_video import all_pictures, frame_starts
from .sources.base import Frame

# The network's float32 sums depend on these in their last bits.
_BITS = ("onnxruntime", "onnxruntime-gpu", "mediapipe", "opencv-python", "machine", "system")


@dataclass(frozen=True, slots=True)
class Replay:
    """How a session's recorded estimates compare with those made again.

    Args:
        lossless: whether the pictures are stored to the last bit.
        frames: frames of the session; `replayed`: those whose picture was run again.
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
        kind = "lossless (FFV1)" if self.lossless else "H.264, which changes the pictures a little"
        said = [f"The stored pictures are {kind}."]
        if self.stopped:
            said.append(f"Stopped after {self.replayed} of {self.frames} frames.")
        elif self.replayed < self.frames:
            said.append(f"{self.frames - self.replayed} of {self.frames} frames have no picture.")
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
    """The file of the network that made a session, known by its SHA-256.

    Args:
        info: what `session.json` says.
        model: where to look; None looks among the shipped networks.

    Raises `InputError` that names the network that is needed.
    """
    facts = _part(info, "model")
    wanted, name = facts.get("sha256"), facts.get("file")
    if not isinstance(wanted, str) or not wanted:
        raise InputError("session.json does not say which network made this session.")
    needed = f"the network {name} with SHA-256 {wanted[:16]}…"
    if model is not None:
        if not model.is_file():
            raise InputError(f"There is no network at {model}: no such file.")
        if _sha256(model) != wanted:
            raise InputError(f"{model} is another network: this session was made by {needed}.")
        return model
    for path in available_weights():
        if _sha256(path) == wanted:
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
    """Run the stored pictures of a session again and compare valence and arousal.

    Args:
        session: one with pictures.
        model: the network's file; None looks among the shipped ones.
        progress: told the share done, 0 to 1; False ends it early.
        finder, estimator: stand-ins.

    Raises `InputError` for a session without pictures or facts, and where its network is missing.
    """
    info = session.info
    if session.video is None:
        raise InputError(f"{session.path} holds no pictures: it was recorded without video.")
    if not info:
        raise InputError(f"{session.path}: session.json is missing, so its network is unknown.")
    most = _part(info, "faces").get("max_faces")
    if not isinstance(most, int) or not 1 <= most <= 1000:
        raise InputError(f"{session.path}: session.json does not say how many faces were followed.")
    reasons = _reasons(info)
    if estimator is None:
        estimator, note = _open(find_network(info, model), _part(info, "model").get("provider"))
        reasons += note
    video = _part(info, "source").get("kind") != "images"
    score = _Score(session)
    with Analyser(estimator, finder, max_faces=most, video=video) as analyser:
        for number, (frame, seconds, rgb) in enumerate(all_pictures(session)):
            # A picture without a row is shown to the finder all the same.
            found = analyser.analyse(Frame(number, seconds, rgb, 0.0)).readings
            if frame is not None:
                score.add(frame, found)
                if not progress((frame + 1) / score.frames):
                    return score.result(session, reasons, stopped=True)
    if not score.replayed:
        raise InputError(f"No picture of {session.video} can be decoded: it is damaged or empty.")
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
    """Why estimates may differ although the pictures are the same."""
    reasons = []
    if not _part(info, "faces").get("finder_began_here"):
        reasons.append("The face finder had seen pictures before this recording began.")
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
    """The network where it ran then, or on the processor with a word about it."""
    wanted = provider if isinstance(provider, str) else "cpu"
    try:
        return Predictor(path, provider=wanted), ()
    except (InputError, KeyError):
        note = f"The network ran on {wanted} then, it runs on the processor now."
        return Predictor(path, provider="cpu"), (note,)


def _part(info: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = info.get(name)
    return found if isinstance(found, dict) else {}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
