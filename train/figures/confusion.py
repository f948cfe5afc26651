"""The confusion matrix drawn, and intervals of what follows from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..classes import Confusion
from ..datasets.base import EMOTIONS
from .style import Style, colour_bar, dress, new_figure


def confusion_intervals(
    scores: NDArray[np.floating],
    emotion: NDArray[np.integer],
    groups: Sequence[str],
    n: int = 1000,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """95 % intervals of accuracy and mean recall by resampling whole groups `n` times."""
    number = np.unique(np.asarray(groups), return_inverse=True)[1]
    size, classes = int(number.max()) + 1, scores.shape[1]
    # Faces of one group with the same label and answer are one entry, of which there are few.
    entries = (number * classes + emotion) * classes + scores.argmax(axis=1)
    entry, count = np.unique(entries, return_counts=True)
    group, cell = np.divmod(entry, classes * classes)
    random = np.random.default_rng(seed)
    found: dict[str, list[float]] = {"accuracy": [], "mean_recall": []}
    for _ in range(n):
        times = np.bincount(random.integers(size, size=size), minlength=size)
        cells = np.bincount(cell, times[group] * count, classes * classes)
        drawn = Confusion(cells.reshape(classes, classes))
        found["accuracy"].append(drawn.accuracy)
        found["mean_recall"].append(drawn.mean_recall)
    ends = {name: np.percentile(values, (2.5, 97.5)) for name, values in found.items()}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def draw_confusion(confusion: Confusion, style: Style) -> Figure:
    """Shares of each label's row, with the counts written in."""
    names = EMOTIONS[: len(confusion.count)]
    total = confusion.count.sum(axis=1, keepdims=True)
    share = confusion.count / np.maximum(total, 1)
    figure = new_figure(style, 6.4, 5.4)
    axes = figure.subplots()
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(confusion.count):
        if count:
            colour = "white" if share[row, column] > 0.55 else "#1b2027"
            axes.text(column, row, f"{share[row, column]:.0%}\n{count}", ha="center", va="center",
                      fontsize=7, color=colour)  # fmt: skip
    axes.set(xticks=range(len(names)), yticks=range(len(names)), xlabel="answer", ylabel="label")
    axes.set_xticklabels(names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticklabels(names)
    dress(axes, style, grid=False)
    colour_bar(figure, image, axes, style, "share of the label's faces")
    return figure
