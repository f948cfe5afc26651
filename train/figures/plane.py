"""The error over the plane of valence and arousal: where the network is right, and where not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .style import Style, colour_bar, dress, new_figure

CELLS = 10
TICKS = (-1, -0.5, 0, 0.5, 1)
WORD, LINE = 0.3, 0.1
"""How wide and high a word is at most, in units of the plane."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaneError:
    """`count` [cells, cells] of faces by label, rows arousal and columns valence, both from -1 up;
    `error` [cells, cells, 2]: their mean absolute error, nan where there is no face."""

    count: NDArray[np.int64]
    error: NDArray[np.float64]


def plane_error(
    estimate: NDArray[np.floating], target: NDArray[np.floating], cells: int = CELLS
) -> PlaneError:
    """Bin faces by their label [N, 2] in [-1, 1] and average |estimate - label| in each cell."""
    place = np.clip(((target.astype(np.float64) + 1) / 2 * cells).astype(int), 0, cells - 1)
    flat = place[:, 1] * cells + place[:, 0]
    count = np.bincount(flat, minlength=cells * cells)
    off = np.abs(estimate.astype(np.float64) - target)
    filled = np.where(count > 0, count, np.nan)
    error = np.stack([np.bincount(flat, off[:, k], cells * cells) / filled for k in (0, 1)], axis=1)
    return PlaneError(count.reshape(cells, cells), error.reshape(cells, cells, 2))


def draw_error(values: PlaneError, axis: str, anchors: Mapping[str, tuple[float, float]],
               style: Style) -> Figure:  # fmt: skip
    """Mean absolute error of an axis in each cell; `anchors` are words to write on the plane."""
    error = values.error[..., 0 if axis == "valence" else 1]
    # One scale for both axes, so that the two images can be compared.
    limit = max(0.1, float(np.nanmax(values.error)))
    title = f"error of {axis}"
    return _draw(error, title, "mean absolute error", "magma_r", (0.0, limit), anchors, style)


def draw_count(
    values: PlaneError, anchors: Mapping[str, tuple[float, float]], style: Style
) -> Figure:
    """How many faces are in each cell."""
    count = np.where(values.count > 0, values.count, np.nan).astype(float)
    return _draw(count, "faces", "number of faces", "Blues", None, anchors, style)


def _draw(
    cells: NDArray[np.float64],
    title: str,
    label: str,
    colours: str,
    limits: tuple[float, float] | None,
    anchors: Mapping[str, tuple[float, float]],
    style: Style,
) -> Figure:
    figure = new_figure(style, 4.4, 4.0)
    axes = figure.subplots()
    edges = np.linspace(-1, 1, len(cells) + 1)
    scale = Normalize(*limits) if limits else LogNorm(1, max(2.0, float(np.nanmax(cells))))
    image = axes.pcolormesh(edges, edges, cells, cmap=colours, norm=scale)
    angle = np.linspace(0, 2 * np.pi, 181)
    axes.plot(np.cos(angle), np.sin(angle), color=style.muted, linewidth=0.8)
    axes.axhline(0, color=style.muted, linewidth=0.6)
    axes.axvline(0, color=style.muted, linewidth=0.6)
    for word, place in anchors.items():
        axes.plot(*place, "o", color="white", markeredgecolor="black", markersize=3.5)
        side = _free_side(place, anchors.values())
        axes.annotate(
            word, place, (5 * side, 0 if side else 4), textcoords="offset points", fontsize=6.5,
            ha=("center", "left", "right")[side], va="center" if side else "bottom", color="black",
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "alpha": 0.75, "lw": 0},
        )  # fmt: skip
    axes.set(xlim=(-1, 1), ylim=(-1, 1), xticks=TICKS, yticks=TICKS, aspect="equal", title=title,
             xlabel="label of valence", ylabel="label of arousal")  # fmt: skip
    dress(axes, style, grid=False)
    bar = colour_bar(figure, image, axes, style, label)
    if limits is None:
        bar.ax.yaxis.set_major_formatter("{x:g}")
    return figure


def _free_side(place: tuple[float, float], others: Iterable[tuple[float, float]]) -> int:
    """Where a word is to stand: -1 left of its point and 1 right of it where another point lies
    beside it, so that their words part; 0 above it where there is room."""
    beside = [x for x, y in others if 0 < abs(x - place[0]) < WORD and abs(y - place[1]) < LINE]
    if not beside:
        return 0
    return -1 if min(beside) > place[0] else 1
