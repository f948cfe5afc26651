"""The peaks of a session: where valence or arousal turns most strongly, and the faces there.

Faces and their activation maps are had only where the session holds its frames, which are recorded
with consent (`record_video`): no face is taken from the source again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.face.face import crop_square
from ...model.metrics import AXES
from .curves import Floats, stretches
from .reader import Session
from .video import frames_at

PROMINENCE, APART_SECONDS = 0.15, 2.0
BRIEF_SECONDS = 0.4
"""A blink is over in less (Stern et al., 1984: 0.1 to 0.4 s)."""
_NEUTRAL = 0.05


@dataclass(frozen=True, slots=True)
class Peak:
    """A prominent moment of one face on one axis; `row` counts in the session's readings."""

    row: int
    face_id: int
    axis: str
    timestamp: float
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class PeakFace:
    """A face at a peak: RGB uint8 [h, w, 3], and the axis's map [h', w'] in [0, 1], or None."""

    face: NDArray[np.uint8]
    map: NDArray[np.float32] | None = None


def find_peaks(
    times: Floats,
    values: Floats,
    *,
    prominence: float = PROMINENCE,
    apart: float = APART_SECONDS,
    unfinished: bool = False,
) -> list[int]:
    """Where `values` [N] at `times` [N] (s) turn most strongly, away from neutral.

    The one rule for the live marks, the review and the summary. A peak lies on its own side of
    neutral: a maximum above it, a minimum below. What lasts less than `BRIEF_SECONDS`, a blink
    above all, neither is a peak nor parts one in two.

    Args:
        prominence: the least by which a peak stands out, in the unit of `values`.
        apart: seconds between two peaks; of two that are closer the more prominent one stays.
        unfinished: the newest turn counts too, before the curve has come back from it.

    Returns indices in order of time. A peak is looked for within a tracked stretch only; nan
    values are left out.
    """
    # Half a second to import: only where peaks are looked for.
    from scipy import signal

    known = np.flatnonzero(np.isfinite(values))
    times, values = times[known], values[known]
    strength = np.zeros(len(values))
    runs = stretches(times)
    for run in runs:
        here, length = values[run], _window(times[run])
        steady = _without_brief(here, length)
        for way in (1.0, -1.0):
            curve = way * steady
            if unfinished and run is runs[-1]:
                curve = np.append(curve, -np.inf)
            _, facts = signal.find_peaks(curve, prominence=prominence, plateau_size=1)
            for left, right, height in zip(
                facts["left_edges"], facts["right_edges"], facts["prominences"], strict=True
            ):
                # Of a flat top its beginning, which stays where it is while the top goes on.
                top = way * here[left : min(right + 1, left + length)]
                row = left + int(top.argmax())
                if way * here[row] > _NEUTRAL:
                    strength[run.start + row] = height
    chosen: list[int] = []
    for i in np.argsort(-strength, kind="stable"):
        if strength[i] <= 0:
            break
        if all(abs(times[i] - times[j]) >= apart for j in chosen):
            chosen.append(int(i))
    return sorted(int(known[i]) for i in chosen)


def _window(times: Floats) -> int:
    """Readings, an odd number, in which something brief is the lesser half."""
    usual = float(np.median(np.diff(times))) if len(times) > 1 else np.inf
    return 2 * int(BRIEF_SECONDS / usual) + 1


def _without_brief(values: Floats, length: int) -> NDArray[np.float64]:
    """A running median over `length` readings: it removes what is brief and keeps steps."""
    from scipy import ndimage

    return ndimage.median_filter(np.asarray(values, np.float64), length, mode="nearest")


def session_peaks(session: Session, faces: Iterable[int] | None = None) -> list[Peak]:
    """The peaks of the smoothed curves of some faces (None: all), in order of time."""
    r = session.readings
    peaks = []
    for face_id in session.faces if faces is None else faces:
        rows = np.flatnonzero((r["face_id"] == face_id) & r["success"])
        for axis in AXES:
            values = r[f"{axis}_smooth"][rows]
            for i in find_peaks(r["timestamp"][rows], values):
                time = float(r["timestamp"][rows[i]])
                peaks.append(Peak(int(rows[i]), face_id, axis, time, float(values[i])))
    return sorted(peaks, key=lambda peak: (peak.timestamp, peak.face_id, peak.axis))


def farthest(peaks: Sequence[Peak], count: int) -> list[Peak]:
    """The `count` peaks that are farthest from neutral, in their order."""
    kept = set(sorted(peaks, key=lambda peak: -abs(peak.value))[:count])
    return [peak for peak in peaks if peak in kept]


def peak_faces(
    session: Session, peaks: Sequence[Peak], estimator: Any = None
) -> dict[Peak, PeakFace]:
    """The faces at the peaks out of the recorded video; {} where none was recorded.

    Args:
        estimator: a `Predictor`, which makes the activation maps again; None leaves them out.
    """
    if session.video is None or not session.info.get("record_video"):
        return {}
    found = frames_at(session, [peak.row for peak in peaks])
    r = session.readings
    crops = {}
    for peak in peaks:
        x, y, width = (float(r[name][peak.row]) for name in ("x", "y", "width"))
        if peak.row in found and width > 0:
            crops[peak] = crop_square(found[peak.row], x, y, width)
    if estimator is None or not crops:
        return {peak: PeakFace(crop) for peak, crop in crops.items()}
    maps = estimator.predict(np.stack(list(crops.values()))).cam
    faces = {}
    for (peak, crop), both in zip(crops.items(), maps, strict=True):
        own = both[AXES.index(peak.axis)]
        faces[peak] = PeakFace(crop, own if own.size else None)
    return faces
