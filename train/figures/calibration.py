"""Calibration: what the labels are on average where the estimate says a certain value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .style import Style, digits, dress, new_figure

BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Labels against estimates in equal bins of the estimate over [-1, 1], [bins] each.

    `count` faces; their mean `estimate` and mean `label`, nan in an empty bin; `half_width` of the
    95 % interval of that mean label, nan below two faces. `slope` and `intercept` are those of the
    least-squares line label = intercept + slope * estimate over all faces; 1 and 0 are ideal, and
    both are nan where every estimate is the same.
    """

    count: NDArray[np.int64]
    estimate: NDArray[np.float64]
    label: NDArray[np.float64]
    half_width: NDArray[np.float64]
    slope: float
    intercept: float


def calibrate(
    estimate: NDArray[np.floating], label: NDArray[np.floating], bins: int = BINS
) -> Calibration:
    """Bin estimates [N] in [-1, 1] and their labels [N]."""
    x, y = np.asarray(estimate, np.float64), np.asarray(label, np.float64)
    place = np.clip(((x + 1.0) / 2.0 * bins).astype(int), 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    filled = np.where(count > 0, count, np.nan)
    mean_x = np.bincount(place, x, bins) / filled
    mean_y = np.bincount(place, y, bins) / filled
    squares = np.bincount(place, (y - mean_y[place]) ** 2, bins)
    spread = np.sqrt(squares / np.where(count > 1, count - 1, np.nan))
    deviation = x - x.mean()
    total = float(deviation @ deviation)
    constant = bool(x.max() == x.min())
    slope = float("nan") if constant else float(deviation @ y / total)
    intercept = float(y.mean() - slope * x.mean())
    half_width = 1.96 * spread / np.sqrt(filled)
    return Calibration(count, mean_x, mean_y, half_width, slope, intercept)


def draw_calibration(values: Calibration, axis: str, style: Style) -> Figure:
    """Mean label against mean estimate with the ideal and the fitted line, over the counts."""
    figure = new_figure(style, 4.4, 4.6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    colour = style.axis(axis)
    ends = np.array([-1.0, 1.0])
    above.plot(ends, ends, color=style.muted, linewidth=1, linestyle=(0, (4, 3)), label="ideal")
    if np.isfinite(values.slope):
        line = values.intercept + values.slope * ends
        fitted = f"fitted, slope {digits(values.slope, 'z.2f')}"
        above.plot(ends, line, color=colour, linewidth=1, alpha=0.7, label=fitted)
    full = values.count > 0
    above.errorbar(
        values.estimate[full], values.label[full], yerr=np.nan_to_num(values.half_width[full]),
        fmt="o", color=colour, markersize=5, elinewidth=1.2, capsize=2.5,
        label="mean label, 95 % interval",
    )  # fmt: skip
    # A little wider than the range, so that marks on its ends are whole.
    above.set(xlim=(-1.04, 1.04), ylim=(-1.04, 1.04), ylabel=f"mean label of {axis}")
    above.legend(frameon=False, fontsize=8, labelcolor=style.text, loc="upper left")
    width = 2.0 / len(values.count)
    centres = -1.0 + width * (np.arange(len(values.count)) + 0.5)
    below.bar(centres, values.count, width=0.9 * width, color=colour, alpha=0.55)
    below.set(xlabel=f"estimate of {axis}", ylabel="faces")
    dress(above, style)
    dress(below, style)
    return figure
