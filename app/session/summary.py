"""The figure of a whole session: a panel a face with its curves, markers and peaks.

The faces at the peaks stand under it, where the session holds its frames.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...model.metrics import AXES
from .curves import Floats, stretches
from .folder import SUMMARY, replace_file
from .peaks import Peak, PeakFace, farthest, peak_faces, session_peaks
from .reader import Session, read_session
from .rows import Columns
from .seen import seen

# A name in a script that the font lacks shows boxes, which needs no word on the screen.
warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)

# The pair of the window's light theme, apart for every common form of colour blindness.
COLOURS = {"valence": "#b4540a", "arousal": "#0b69b0"}
_MOST_FACES, _MOST_PEAKS = 4, 8
_TEXT, _MUTED, _GRID = "#1b2027", "#5b6472", "#d5dae1"
_MOST_POINTS = 6000
_MAP_OPACITY = 0.5
_MOST_LABELS = 12


def write_summary(
    session: Session | Path | str,
    *,
    peaks: Sequence[Peak] | None = None,
    crops: Mapping[Peak, PeakFace] | None = None,
    estimator: Any = None,
    out: Path | None = None,
) -> Path:
    """Draw a session into `summary.png` in its folder; returns the file.

    Args:
        session: the session, or its folder.
        peaks: what to mark; None looks for it.
        crops: the faces to show; None takes those of the recorded video, and there is none
            where no video was recorded.
        estimator: a `Predictor` for the maps on those faces.
        out: another place for the image.
    """
    session = session if isinstance(session, Session) else read_session(session)
    session = session.by_person()
    peaks = session_peaks(session) if peaks is None else peaks
    faces = session.faces
    rows = {i: int((session.readings["face_id"] == i).sum()) for i in faces}
    shown = sorted(sorted(faces, key=lambda i: -rows[i])[:_MOST_FACES])
    marked = [peak for peak in peaks if peak.face_id in shown]
    if crops is None:
        wanted = [
            peak
            for face in shown
            for peak in farthest([p for p in marked if p.face_id == face], _MOST_PEAKS)
        ]
        crops = peak_faces(session, wanted, estimator)
    path = out or session.path / SUMMARY
    _draw(session, shown, marked, crops, path)
    return path


def thinned(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """A curve with a nan in each gap, and in a long one the extremes of each piece alone."""
    parts_t: list[Floats] = []
    parts_v: list[Floats] = []
    width = max(1, len(times) // (_MOST_POINTS // 2))
    for run in stretches(times):
        t, v = times[run], values[run]
        if width > 1:
            starts = np.arange(0, len(v), width)
            pieces = [v[s : s + width] for s in starts]
            # The extremes of each piece: a short spike stays visible.
            pairs = [sorted((s + p.argmin(), s + p.argmax())) for s, p in zip(starts, pieces)]  # noqa: B905
            keep = np.unique(np.array(pairs, int))
            t, v = t[keep], v[keep]
        parts_t += [t, t[-1:]]
        parts_v += [v, np.array([np.nan])]
    return np.concatenate([[], *parts_t]), np.concatenate([[], *parts_v])


def overlaid(crop: PeakFace) -> NDArray[np.uint8]:
    """The face with its map on it, the more opaque the higher the map."""
    if crop.map is None:
        return crop.face
    import cv2

    height, width = crop.face.shape[:2]
    heat = np.clip(cv2.resize(crop.map, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)
    colour = colormaps["inferno"](heat)[..., :3] * 255.0
    weight = _MAP_OPACITY * np.asarray(heat)[..., None]
    return np.rint(crop.face * (1.0 - weight) + colour * weight).astype(np.uint8)


def _draw(
    session: Session,
    faces: Sequence[int],
    peaks: Sequence[Peak],
    crops: Mapping[Peak, PeakFace],
    path: Path,
) -> None:
    """Draw into a PNG file: a row of curves a face, under it a row of face crops if it has any."""
    rows: list[tuple[int | None, list[Peak]]] = []
    for face_id in faces or [None]:
        own = [peak for peak in peaks if peak.face_id == face_id]
        rows.append((face_id, own))
    heights = []
    for _, own in rows:
        heights += [3.0, 1.7] if any(peak in crops for peak in own) else [3.0]
    figure = Figure(figsize=(12.0, 0.6 + sum(heights)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    source = session.info.get("source") or {}
    figure.suptitle(
        f"Estimated expression: {source.get('name') or session.path.name}",
        color=_TEXT,
        parse_math=False,
    )
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    line = 0
    for face_id, own in rows:
        axes = figure.add_subplot(grid[line])
        line += 1
        _plot(axes, session, face_id, own)
        shown = [peak for peak in own if peak in crops]
        if shown:
            inner = grid[line].subgridspec(1, max(len(shown), 8))
            line += 1
            for column, peak in enumerate(shown):
                _show(figure.add_subplot(inner[column]), peak, crops[peak])
    drawn = BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    # Whole or not at all: on a full disk an empty image would stay.
    replace_file(path, drawn.getvalue())


def _plot(axes: Any, session: Session, face_id: int | None, peaks: Sequence[Peak]) -> None:
    times = session.readings["timestamp"]
    start, end = (float(times.min()), float(times.max())) if len(times) else (0.0, 1.0)
    axes.set_xlim(start, end if end > start else start + 1.0)
    axes.set_ylim(-1.05, 1.05)
    axes.set_yticks([-1.0, -0.5, 0.0, 0.5, 1.0])
    axes.axhline(0.0, color=_MUTED, linewidth=0.8)
    axes.grid(axis="y", color=_GRID, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=_MUTED, labelsize=8)
    axes.set_xlabel("time (s)", color=_MUTED, fontsize=9)
    axes.set_ylabel("estimate" if face_id is None else session.people.words(face_id), color=_TEXT)
    for number, event in enumerate(session.events):
        axes.axvline(event.timestamp, color=_MUTED, linestyle=":", linewidth=1.0)
        if number < _MOST_LABELS:
            words = " ".join(event.label[:200].split())[:24]
            place = axes.get_xaxis_transform()
            axes.text(
                event.timestamp, 0.99, f" {words}", va="top", fontsize=7, color=_MUTED,
                transform=place, clip_on=True, parse_math=False,
            )  # fmt: skip
    if face_id is None:
        axes.text(
            0.5, 0.6, "no face was found", ha="center", color=_MUTED, transform=axes.transAxes
        )
        return
    own = session.of_face(face_id)
    found = seen(own)
    if found is not None:
        axes.set_title(found.words, loc="left", fontsize=8, color=_MUTED)
    for axis in AXES:
        colour = COLOURS[axis]
        _band(axes, own, axis)
        axes.plot(*thinned(own["timestamp"], own[axis]), color=colour, linewidth=0.6, alpha=0.45)
        smooth = thinned(own["timestamp"], own[f"{axis}_smooth"])
        axes.plot(*smooth, color=colour, linewidth=1.9, label=axis)
        marks = [peak for peak in peaks if peak.axis == axis]
        # A shape of its own besides the colour.
        axes.plot(
            [peak.timestamp for peak in marks], [peak.value for peak in marks],
            "^" if axis == "valence" else "s", color=colour, markeredgecolor=_TEXT, markersize=6,
        )  # fmt: skip
    axes.legend(loc="lower right", frameon=False, ncols=2, fontsize=8, labelcolor=_TEXT)


def _band(axes: Any, own: Columns, axis: str) -> None:
    """The 90 % interval around the smoothed curve, where the model gave one."""
    times, middle, reach = (
        own[name] for name in ("timestamp", f"{axis}_smooth", f"{axis}_smooth_halfwidth")
    )
    if not np.isfinite(reach).any():
        return
    for run in stretches(times):
        some = slice(run.start, run.stop, max(1, len(times) // _MOST_POINTS))
        edges = np.clip([(middle - reach)[some], (middle + reach)[some]], -1.0, 1.0)
        axes.fill_between(times[some], *edges, color=COLOURS[axis], alpha=0.15, linewidth=0)


def _show(axes: Any, peak: Peak, crop: PeakFace) -> None:
    axes.imshow(overlaid(crop))
    axes.set_title(
        f"{peak.axis} {peak.value:+.2f}\nat {peak.timestamp:.1f} s",
        fontsize=7, color=COLOURS[peak.axis],
    )  # fmt: skip
    axes.set_axis_off()
