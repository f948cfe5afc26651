"""The picture of a whole session: valence and arousal over time, with the peaks marked.

Faces and their activation maps stand at the peaks only where the session holds its pictures, which
are recorded with consent (`record_video`). Any other session gives curves and marks alone: no face
is taken from the source again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.metrics import AXES
from .session_reading import Session, read_session
from .stretches import Floats, stretches

SUMMARY = "summary.png"
# The pair of the window's light theme, apart for every common form of colour blindness.
COLOURS = {"valence": "#b4540a", "arousal": "#0b69b0"}
PROMINENCE, APART_SECONDS, MOST_PEAKS = 0.15, 2.0, 4
_MOST_FACES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A face at a peak: RGB uint8 [h, w, 3], and the axis's map [h', w'] in [0, 1], or None."""

    face: NDArray[np.uint8]
    map: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Peak:
    """A prominent moment of one face on one axis; `row` counts in the session's readings."""

    row: int
    face_id: int
    axis: str
    timestamp: float
    value: float


def prominences(values: Floats) -> NDArray[np.float64]:
    """How far each local maximum of `values` [N] stands out of its surroundings, 0 elsewhere.

    The height above the higher of the two lowest points on the way to something higher, or to the
    end, left and right. Of a flat top the middle counts; the two ends are no maxima.
    """
    result = np.zeros(len(values))
    # Flat runs count once, and what only leads up or down between two turns has no say.
    firsts = np.flatnonzero(np.r_[True, np.diff(values) != 0][: len(values)])
    lasts = np.r_[firsts[1:], len(values)] - 1
    rises = np.diff(values[firsts]) > 0
    turns = np.flatnonzero(np.r_[True, rises[1:] != rises[:-1], True][: len(firsts)])
    at = values[firsts[turns]]
    left = _lowest_on_the_way(at)
    right = _lowest_on_the_way(at[::-1])[::-1]
    inner = np.arange(1, len(turns) - 1)
    tops = inner[(at[inner - 1] < at[inner]) & (at[inner] > at[inner + 1])]
    middles = (firsts[turns[tops]] + lasts[turns[tops]]) // 2
    result[middles] = at[tops] - np.maximum(left[tops], right[tops])
    return result


def _lowest_on_the_way(values: Floats) -> NDArray[np.float64]:
    """The lowest value between each point and the next higher one to its left, or the start."""
    lowest = np.empty(len(values))
    # Points with nothing higher between them and here, falling; each with its own lowest value.
    open_points: list[tuple[float, float]] = []
    for i, value in enumerate(values.tolist()):
        low = value
        while open_points and open_points[-1][0] <= value:
            low = min(low, open_points.pop()[1])
        open_points.append((value, low))
        lowest[i] = low
    return lowest


def find_peaks(
    times: Floats,
    values: Floats,
    *,
    prominence: float = PROMINENCE,
    apart: float = APART_SECONDS,
    most: int = MOST_PEAKS,
) -> list[int]:
    """Where `values` [N] at `times` [N] (s) turn most strongly, upwards or downwards.

    Args:
        prominence: the least by which a peak stands out, in the unit of `values`.
        apart: seconds between two peaks; of two that are closer the more prominent one stays.
        most: how many are returned.

    Returns indices in order of time. A peak is looked for within a tracked stretch only; nan
    values are left out.
    """
    known = np.flatnonzero(np.isfinite(values))
    times, values = times[known], values[known]
    strength = np.zeros(len(values))
    for run in stretches(times):
        strength[run] = np.maximum(prominences(values[run]), prominences(-values[run]))
    chosen: list[int] = []
    for i in np.argsort(-strength, kind="stable"):
        if strength[i] < prominence or strength[i] <= 0 or len(chosen) == most:
            break
        if all(abs(times[i] - times[j]) >= apart for j in chosen):
            chosen.append(int(i))
    return sorted(int(known[i]) for i in chosen)


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


def peak_pictures(
    session: Session, peaks: Sequence[Peak], estimator: Any = None
) -> dict[Peak, Picture]:
    """The faces at the peaks out of the recorded video; {} where none was recorded.

    Args:
        estimator: a `Predictor`, which makes the activation maps anew; None leaves them out.
    """
    if session.video is None or not session.info.get("record_video"):
        return {}
    from ..model.face import crop_square
    from .session_video import pictures_at

    found = pictures_at(session, [peak.row for peak in peaks])
    r = session.readings
    crops = {}
    for peak in peaks:
        x, y, width = (float(r[name][peak.row]) for name in ("x", "y", "width"))
        if peak.row in found and width > 0:
            crops[peak] = crop_square(found[peak.row], x, y, width)
    if estimator is None or not crops:
        return {peak: Picture(crop) for peak, crop in crops.items()}
    maps = estimator.predict(np.stack(list(crops.values()))).cam
    pictures = {}
    for (peak, crop), both in zip(crops.items(), maps, strict=True):
        own = both[AXES.index(peak.axis)]
        pictures[peak] = Picture(crop, own if own.size else None)
    return pictures


def write_summary(
    session: Session | Path | str,
    *,
    peaks: Sequence[Peak] | None = None,
    pictures: Mapping[Peak, Picture] | None = None,
    estimator: Any = None,
    out: Path | None = None,
) -> Path:
    """Draw a session into `summary.png` in its folder; returns the file.

    Args:
        session: the session, or its folder.
        peaks: what to mark; None looks for it.
        pictures: the faces to show; None takes those of the recorded video, and there is none
            where no video was recorded.
        estimator: a `Predictor` for the maps on those faces.
        out: another place for the picture.
    """
    from .summary_plot import draw

    session = session if isinstance(session, Session) else read_session(session)
    peaks = session_peaks(session) if peaks is None else peaks
    faces = session.faces
    seen = {i: int((session.readings["face_id"] == i).sum()) for i in faces}
    shown = sorted(sorted(faces, key=lambda i: -seen[i])[:_MOST_FACES])
    marked = [peak for peak in peaks if peak.face_id in shown]
    if pictures is None:
        pictures = peak_pictures(session, marked, estimator)
    path = out or session.path / SUMMARY
    draw(session, shown, marked, pictures, path)
    return path
