"""The learning curves: what the training minimised, and the validation figures after each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ...model.metrics import AXES
from ..reports.learning import Curve, Learning
from .style import Style, dress, new_figure

TOTAL = "train/total"
WINDOW = 0.05


def smoothed(values: NDArray[np.float64], share: float = WINDOW) -> NDArray[np.float64]:
    """The mean over a centred window of about that share of the curve [K], cut at the ends."""
    half = int(len(values) * share / 2)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(len(values))
    low, high = np.maximum(place - half, 0), np.minimum(place + half + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)


def loss_parts(learning: Learning) -> list[str]:
    """Names of the training values beside the total, in their order."""
    names = [n for n in learning.curves if n.startswith("train/") and n != TOTAL]
    return [n for n in names if not n.endswith("/loss")]


def draw_losses(learning: Learning, names: Sequence[str], style: Style) -> Figure:
    """One small panel a training value, each with its own scale."""
    lines = -(-len(names) // 3)
    columns = -(-len(names) // lines)
    single = len(names) == 1
    width, height = (4.4, 3.4) if single else (9.6, 0.2 + 2.3 * lines)
    figure = new_figure(style, width, height)
    grid = figure.subplots(lines, columns, squeeze=False)
    for axes, name in zip(grid.flat, names, strict=False):
        curve = learning.curves[name]
        axes.plot(curve.iteration, curve.value, color=style.muted, linewidth=0.7, alpha=0.45)
        axes.plot(curve.iteration, smoothed(curve.value), color=style.text, linewidth=1.5)
        _label(axes, name.removeprefix("train/").replace("_", " "), style)
    for spare in list(grid.flat)[len(names) :]:
        spare.set_axis_off()
    for axes in list(grid.flat)[max(len(names) - columns, 0) : len(names)]:
        _iterations(axes)
    return figure


def draw_validation(learning: Learning, metric: str, best: int | None, style: Style) -> Figure:
    """A validation metric after each epoch, an axis a line; the kept checkpoint is marked."""
    figure = new_figure(style, 4.4, 3.4)
    axes = figure.subplots()
    for axis in AXES:
        curve = learning.curves.get(f"val/{metric}_{axis}")
        if curve is not None:
            _epochs(axes, curve, axis, style.axis(axis), best)
    _label(axes, f"validation {metric.upper()}", style)
    _iterations(axes)
    axes.legend(frameon=False, fontsize=8, labelcolor=style.text)
    return figure


def draw_class_validation(learning: Learning, best: int | None, style: Style) -> Figure:
    """Accuracy and mean recall after each epoch."""
    figure = new_figure(style, 4.4, 3.4)
    axes = figure.subplots()
    for name, colour in (("accuracy", style.valence), ("mean_recall", style.arousal)):
        curve = learning.curves.get(f"val/{name}")
        if curve is not None:
            _epochs(axes, curve, name.replace("_", " "), colour, best)
    _label(axes, "validation", style)
    _iterations(axes)
    axes.legend(frameon=False, fontsize=8, labelcolor=style.text)
    return figure


def _epochs(axes: Any, curve: Curve, name: str, colour: str, best: int | None) -> None:
    axes.plot(curve.iteration, curve.value, "o-", color=colour, markersize=3.5, label=name)
    kept = curve.iteration == best
    axes.plot(curve.iteration[kept], curve.value[kept], "o", color=colour, markersize=9,
              markerfacecolor="none")  # fmt: skip


def _iterations(axes: Any) -> None:
    axes.set_xlabel("iterations")
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))


def _label(axes: Any, title: str, style: Style) -> None:
    axes.set_title(title)
    dress(axes, style)
    axes.margins(x=0.03)
