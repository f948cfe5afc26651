"""From a recording to its segments and epochs: which face, which readings, which window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.metrics import AXES
from ..session.curves import resample
from ..session.rows import Columns
from .events import event_ends
from .listed import StudyEvent
from .measures import Curve, Floats, measure
from .plan import StudyPlan, Window

_SUFFIX = {"raw": "", "smooth": "_smooth", "relative": "_relative"}
_WHOLE = Window("session", whole=True)
_EVENT = Window("event")
JOINED = "joined"


@dataclass(frozen=True, slots=True, eq=False)
class FaceRows:
    """One face (or person) of a recording.

    Args:
        face_id: its number.
        valid, good: [N] which rows of the recording hold its estimate, and which are used.
        curve: the good readings.
    """

    face_id: int
    valid: NDArray[np.bool_]
    good: NDArray[np.bool_]
    curve: Curve


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A window at an event of a recording: [start, end) in seconds of its clock."""

    window: str
    label: str
    number: int
    onset: float
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The frames of a recording: the time of each (s, ascending), and its first and last moment."""

    frames: Floats
    start: float
    end: float

    @classmethod
    def of(cls, times: Floats) -> Timeline:
        """From the timestamps of rows [N]: a frame with several faces counts once, the last one
        lasts for the usual step."""
        frames = np.unique(times)
        steps = np.diff(frames)
        return cls(
            frames, float(frames[0]), float(frames[-1] + (np.median(steps) if len(steps) else 0))
        )


def find_faces(rows: Columns, plan: StudyPlan) -> list[FaceRows]:
    """The faces of a recording that the plan asks for; [] where there is no estimate at all."""
    v = np.stack([rows[axis + _SUFFIX[plan.use]] for axis in AXES]).astype(np.float64)
    widths = np.stack([rows[f"{axis}_halfwidth"] for axis in AXES]).astype(np.float64)
    valid = rows["success"] & np.isfinite(v).all(axis=0)
    well = ~(rows["quality"] < plan.min_quality)
    ids, counts = np.unique(rows["face_id"][valid], return_counts=True)
    if not len(ids):
        return []
    main = int(ids[np.argmax(counts)])
    wanted = ids.tolist() if plan.faces == "all" else [main]
    faces = []
    for face_id in wanted:
        own = (
            _largest(rows, valid) if plan.faces == JOINED else valid & (rows["face_id"] == face_id)
        )
        own = own & _forward(rows["timestamp"], own)
        good = own & well
        curve = Curve(rows["timestamp"][good].astype(np.float64), v[:, good], widths[:, good])
        faces.append(FaceRows(int(face_id), own, good, curve))
    return faces


def _largest(rows: Columns, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of each moment's estimates, the one with the largest face."""
    size = np.where(valid, np.nan_to_num(rows["width"], nan=0.0), -1.0)
    order = np.lexsort((-size, rows["timestamp"]))
    first = np.ones(len(order), np.bool_)
    first[1:] = np.diff(rows["timestamp"][order]) > 0
    largest = np.zeros(len(order), np.bool_)
    largest[order[first]] = True
    return largest & valid


def _forward(times: Floats, own: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of a face's rows, those that are later than all rows before them."""
    seen = np.maximum.accumulate(np.where(own, times, -np.inf))
    later = np.ones(len(times), np.bool_)
    later[1:] = times[1:] > seen[:-1]
    return later


def stretches_of(
    events: Sequence[StudyEvent], windows: Sequence[Window], timeline: Timeline
) -> Iterator[Stretch]:
    """Every window at every event that it stands around; without windows see `StudyPlan`."""
    ends = event_ends(events, timeline.end)
    for window in windows or ((_EVENT,) if events else (_WHOLE,)):
        if window.whole:
            start = timeline.start
            yield Stretch(window.name, "", 0, start, start, timeline.end)
            continue
        for i, (event, end) in enumerate(zip(events, ends, strict=True), 1):
            if not window.events or event.label in window.events:
                last = end if window.end is None else event.onset + window.end
                first = event.onset + window.start
                yield Stretch(window.name, event.label, i, event.onset, first, max(first, last))


def why_no_face(rows: Columns, plan: StudyPlan) -> str:
    """Why a recording has no face that the plan could take."""
    missing = plan.use == "relative" and rows["success"].any()
    return "no neutral baseline, so no relative value" if missing else "no face"


def why_nothing(events: Sequence[StudyEvent], stretches: Sequence[Stretch]) -> str:
    """Why a recording of these events and stretches gives no segment."""
    if stretches:
        return "no face"
    return "no window stands around its events" if events else "it has no event"


def baseline_of(face: FaceRows, stretch: Stretch, plan: StudyPlan) -> Floats:
    """What is subtracted, [2]: 0 without a baseline or for a whole recording, nan where no good
    reading is in it."""
    if plan.baseline is None or not stretch.number:
        return np.zeros(2)
    a, b = plan.baseline
    values = face.curve.within(stretch.onset + a, stretch.onset + b).values
    return values.mean(axis=1) if values.shape[1] else np.full(2, nan)


def segment(
    face: FaceRows, stretch: Stretch, timeline: Timeline, times: Floats, plan: StudyPlan
) -> dict[str, Any]:
    """The row of `SEGMENTS` from `onset` on; `times` [N] are those of the recording's rows."""
    inside = (times >= stretch.start) & (times < stretch.end)
    a, b = np.searchsorted(timeline.frames, (stretch.start, stretch.end))
    frames, valid, n = int(b - a), int((face.valid & inside).sum()), int((face.good & inside).sum())
    length = stretch.end - stretch.start
    recorded = min(stretch.end, timeline.end) - max(stretch.start, timeline.start)
    share = max(recorded, 0.0) / length if length > 0 else 0.0
    baseline = baseline_of(face, stretch, plan)
    curve = face.curve.within(stretch.start, stretch.end)
    reason = ""
    if not frames:
        reason = "no frame in it"
    elif not np.isfinite(baseline).all():
        reason = "no good reading in its baseline"
    elif not n:
        reason = "no good reading in it"
    elif share * n / frames < plan.min_coverage:
        reason = f"coverage {share * n / frames:.3f} is below {plan.min_coverage:g}"
    return {
        "onset": stretch.onset,
        "start": stretch.start,
        "end": stretch.end,
        "used": not reason,
        "reason": reason,
        "frames": frames,
        "n": n,
        "share_recorded": share,
        "share_valid": valid / frames if frames else nan,
        "share_good": n / frames if frames else nan,
        **{f"{axis}_baseline": float(b) for axis, b in zip(AXES, baseline, strict=True)},
        **measure(curve, stretch.onset, stretch.end, baseline, plan.above, plan.below),
    }


def epoch(face: FaceRows, stretch: Stretch, plan: StudyPlan) -> dict[str, Floats]:
    """`time`, `valence`, `arousal` [M] at multiples of 1 / rate from the onset, from the stretch's
    start up to, not including, its end, which may be where the next event begins; nan in gaps."""
    first = ceil((stretch.start - stretch.onset) * plan.rate - 1e-6)
    after = ceil((stretch.end - stretch.onset) * plan.rate - 1e-6)
    time = np.arange(first, after) / plan.rate
    # What was seen a little before and after serves the interpolation at the ends.
    curve = face.curve.within(stretch.start - 2.0, stretch.end + 2.0)
    baseline = baseline_of(face, stretch, plan)
    values = [resample(curve.times, v, stretch.onset + time) for v in curve.values]
    pairs = zip(AXES, values, baseline, strict=True)
    return {"time": time} | {axis: v - b for axis, v, b in pairs}
