"""How a session's summary is drawn: one panel a face, its curves, marks and peak pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..model.metrics import AXES
from .session_reading import Session
from .stretches import Floats, stretches
from .summary import COLOURS, Peak, Picture

_TEXT, _MUTED, _GRID = "#1b2027", "#5b6472", "#d5dae1"
_MOST_POINTS = 6000
_MAP_OPACITY = 0.5
_MOST_LABELS = 12


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


def overlaid(picture: Picture) -> NDArray[np.uint8]:
    """The face with its map on it, the more opaque the higher the map."""
    if picture.map is None:
        return picture.face
    import cv2

    height, width = picture.face.shape[:2]
    heat = np.clip(cv2.resize(picture.map, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)
    colour = colormaps["inferno"](heat)[..., :3] * 255.0
    weight = _MAP_OPACITY * np.asarray(heat)[..., None]
    return np.rint(picture.face * (1.0 - weight) + colour * weight).astype(np.uint8)


def draw(
    session: Session,
    faces: Sequence[int],
    peaks: Sequence[Peak],
    pictures: Mapping[Peak, Picture],
    path: Path,
) -> None:
    """Draw into a PNG file: a row of curves a face, under it a row of pictures if it has any."""
    rows: list[tuple[int | None, list[Peak]]] = []
    for face_id in faces or [None]:
        own = [peak for peak in peaks if peak.face_id == face_id]
        rows.append((face_id, own))
    heights = []
    for _, own in rows:
        heights += [3.0, 1.7] if any(peak in pictures for peak in own) else [3.0]
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
        shown = [peak for peak in own if peak in pictures]
        if shown:
            inner = grid[line].subgridspec(1, max(len(shown), 8))
            line += 1
            for column, peak in enumerate(shown):
                _show(figure.add_subplot(inner[column]), peak, pictures[peak])
    figure.savefig(path, format="png", metadata={"Software": None})


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
    axes.set_ylabel("estimate" if face_id is None else f"face {face_id}", color=_TEXT)
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
    for axis in AXES:
        colour = COLOURS[axis]
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


def _show(axes: Any, peak: Peak, picture: Picture) -> None:
    axes.imshow(overlaid(picture))
    axes.set_title(
        f"{peak.axis} {peak.value:+.2f}\nat {peak.timestamp:.1f} s",
        fontsize=7, color=COLOURS[peak.axis],
    )  # fmt: skip
    axes.set_axis_off()
