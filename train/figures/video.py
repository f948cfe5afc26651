"""Valence and arousal frame by frame (Fig. 2): estimates against labels, with maps at the peaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.signal import find_peaks

from ...model.metrics import AXES
from .maps import MapRow, show, tile
from .style import Style, digits, dress, new_figure, plain

LEAST_FRAMES = 8
PROMINENCE = 0.1
MOST_PEAKS = 4
GAP = 10


@dataclass(frozen=True, slots=True)
class LabelPeak:
    """A frame at which an axis's label stands out; `row` counts among all faces of the split."""

    axis: str
    row: int
    frame: int


@dataclass(frozen=True, slots=True, eq=False)
class LabelledVideo:
    """A video: its frames' `rows` [T] among all faces, in the order of `frame` [T], and its peaks
    in the order of their frames."""

    name: str
    rows: NDArray[np.int64]
    frame: NDArray[np.int64]
    peaks: tuple[LabelPeak, ...]


def label_peaks(values: NDArray[np.floating], most: int = MOST_PEAKS) -> NDArray[np.int64]:
    """Where labels [T] stand farthest from neutral, at most `most`, in the order of time.

    Peaks of |label| that rise by `PROMINENCE` above their surroundings, the most prominent first;
    the first and the last frame can be peaks too, and of a plateau the middle counts.
    """
    strength = np.abs(np.asarray(values, np.float64))
    low = strength.min()
    padded = np.concatenate([[low], strength, [low]])
    apart = max(1, len(strength) // 25)
    found, facts = find_peaks(padded, prominence=PROMINENCE, distance=apart)
    order = np.argsort(-facts["prominences"], kind="stable")[:most]
    return np.sort(found[order] - 1).astype(np.int64)


def choose_videos(
    video: Sequence[str], frame: NDArray[np.integer], target: NDArray[np.floating], most: int
) -> list[LabelledVideo]:
    """The videos whose labels vary most, by the labels alone; none for stills.

    A video needs `LEAST_FRAMES` labelled frames. They vary by the sum of both axes' standard
    deviations; of equals the first name counts.
    """
    names = np.asarray(video)
    found: list[tuple[float, LabelledVideo]] = []
    for name in sorted(set(video) - {""}):
        rows = np.flatnonzero(names == name)
        if len(rows) < LEAST_FRAMES:
            continue
        rows = rows[np.argsort(frame[rows], kind="stable")]
        labels = target[rows]
        peaks = [
            LabelPeak(axis, int(rows[i]), int(frame[rows[i]]))
            for number, axis in enumerate(AXES)
            for i in label_peaks(labels[:, number])
        ]
        peaks.sort(key=lambda peak: (peak.frame, peak.axis != "valence"))
        spread = float(labels.astype(np.float64).std(axis=0).sum())
        found.append(
            (-spread, LabelledVideo(name, rows, frame[rows].astype(np.int64), tuple(peaks)))
        )
    found.sort(key=lambda pair: pair[0])
    return [video for _, video in found[:most]]


def with_gaps(
    frame: NDArray[np.integer], values: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A curve with a nan where frames are missing for more than `GAP` usual steps."""
    steps = np.diff(frame)
    usual = float(np.median(steps)) if len(steps) else 1.0
    breaks = np.flatnonzero(steps > GAP * max(usual, 1.0)) + 1
    x = np.insert(frame.astype(np.float64), breaks, np.nan)
    return x, np.insert(values.astype(np.float64), breaks, np.nan)


def draw_video(
    video: LabelledVideo,
    rows: Sequence[MapRow],
    images: dict[int, NDArray[np.uint8]] | None,
    target: NDArray[np.floating],
    style: Style,
) -> Figure:
    """Curves of both axes with a line a run, and below them a row of maps at the peaks a run."""
    shown = len(rows) if video.peaks else 0
    columns = max(len(video.peaks), 2 * MOST_PEAKS)
    tall = 9.0 / columns + 0.45
    figure = new_figure(style, 9.6, 3.9 + shown * tall)
    heights = [1.9, 1.9, tall * shown] if shown else [1.9, 1.9]
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    above = figure.add_subplot(grid[0])
    below = figure.add_subplot(grid[1], sharex=above)
    for axes, axis in zip((above, below), AXES, strict=True):
        _curves(axes, video, axis, rows, target, style)
    above.tick_params(labelbottom=False)
    below.set_xlabel("frame", color=style.text)
    # One grid for the maps of all runs: they come out equally large.
    inner = grid[-1].subgridspec(max(shown, 1), columns)
    for line, row in enumerate(rows[:shown]):
        for column, peak in enumerate(video.peaks):
            axes = figure.add_subplot(inner[line, column])
            number = AXES.index(peak.axis)
            image = None if images is None else images[peak.row]
            estimate = digits(row.va[peak.row, number])
            show(axes, tile(image, row.maps[peak.row][number]), style, estimate)
            if line == 0:
                label = digits(target[peak.row, number])
                axes.set_title(
                    f"{column + 1}: {peak.axis}\nlabel {label}", fontsize=8, pad=3,
                    color=style.axis(peak.axis),
                )  # fmt: skip
            if column == 0:
                axes.set_ylabel(plain(row.name, 18), color=style.text, fontsize=8)
    return figure


def _curves(
    axes: Any,
    video: LabelledVideo,
    axis: str,
    rows: Sequence[MapRow],
    target: NDArray[np.floating],
    style: Style,
) -> None:
    number = AXES.index(axis)
    label = target[video.rows, number]
    axes.plot(*with_gaps(video.frame, label), color=style.muted, linewidth=2.6, alpha=0.75,
              label="label", solid_capstyle="round")  # fmt: skip
    for line, row in reversed(list(enumerate(rows))):
        colour = style.axis(axis) if line == 0 else style.others[(line - 1) % len(style.others)]
        values = with_gaps(video.frame, row.va[video.rows, number])
        axes.plot(*values, color=colour, linewidth=1.3 if line == 0 else 1.0,
                  linestyle="-" if line == 0 else (0, (4, 2)), label=plain(row.name))  # fmt: skip
    for count, peak in enumerate(video.peaks):
        if peak.axis == axis:
            value = float(target[peak.row, number])
            axes.plot(peak.frame, value, "o", color=style.paper, markeredgecolor=style.text,
                      markersize=10, zorder=5)  # fmt: skip
            axes.text(peak.frame, value, str(count + 1), ha="center", va="center_baseline",
                      fontsize=7, color=style.text, zorder=6)  # fmt: skip
    axes.axhline(0, color=style.muted, linewidth=0.6)
    axes.set(ylim=(-1.08, 1.08), yticks=[-1, -0.5, 0, 0.5, 1], ylabel=axis)
    axes.margins(x=0.015)
    dress(axes, style)
    handles, names = axes.get_legend_handles_labels()
    axes.legend(
        [handles[0], *handles[:0:-1]], [names[0], *names[:0:-1]], frameon=False, fontsize=8,
        labelcolor=style.text, ncols=len(rows) + 1, loc="lower right", borderaxespad=0,
        bbox_to_anchor=(1.0, 1.0),
    )  # fmt: skip
