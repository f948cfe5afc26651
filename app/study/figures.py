"""The figures of a study, at the width of a page or of a column, as SVG and PNG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from ...model.metrics import AXES
from .contrasts import differences, windows_of
from .courses import Courses
from .inference import between, within

# Okabe and Ito: apart for every common form of colour blindness.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#8A8A8A")
PAGE, COLUMN = 180 / 25.4, 85 / 25.4
"""Widths in inches: a journal's page and one of its two columns."""
_MOST_CONDITIONS = 8
_MOST_PEOPLE = 60
_MOST_ROWS = 40
_STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "svg.hashsalt": "avce",
    "svg.fonttype": "path",
}
Row = Mapping[str, Any]


def shown(text: str, longest: int = 40) -> str:
    """A label from a file as matplotlib draws it: as it stands, not as mathematics."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return (short or "no condition").replace("$", r"\$")


@contextmanager
def _figure(path: Path, size: tuple[float, float]) -> Iterator[Figure]:
    """A figure that is saved as `path`.svg and `path`.png when it is drawn."""
    with rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        yield figure
        FigureCanvasSVG(figure).print_svg(path.with_suffix(".svg"), metadata={"Date": None})
        FigureCanvasAgg(figure).print_figure(path.with_suffix(".png"), dpi=300)


def draw_courses(
    path: Path, courses: Courses, width: float = PAGE, *, intervals: bool = True
) -> None:
    """Valence and arousal over time by condition: single participants, means, and around them,
    with `intervals`, the interval within participants (dark) and between them (light)."""
    values = courses.values()[:, :_MOST_CONDITIONS]
    conditions = courses.conditions[:_MOST_CONDITIONS]
    means = _mean(values)
    outer, inner = between(values), within(values)
    reach = max(1.0, float(np.nanmax(np.abs(values), initial=1.0)))
    with _figure(path, (width, 4.2)) as figure:
        rows = figure.subplots(2, 1, sharex=True)
        for axis, ax in enumerate(rows):
            for c, (condition, colour) in enumerate(zip(conditions, cycle(COLOURS), strict=False)):
                for person in values[:_MOST_PEOPLE, c, axis]:
                    ax.plot(courses.times, person, color=colour, lw=0.5, alpha=0.25)
                for half, strength in ((outer, 0.15), (inner, 0.3)) if intervals else ():
                    low, high = means[c, axis] - half[c, axis], means[c, axis] + half[c, axis]
                    ax.fill_between(courses.times, low, high, color=colour, alpha=strength, lw=0)
                people = int(np.isfinite(values[:, c, axis]).any(axis=1).sum())
                label = f"{shown(condition)} (n = {people})"
                ax.plot(courses.times, means[c, axis], color=colour, label=label)
            ax.axhline(0, color="#888888", lw=0.5, zorder=0)
            ax.axvline(0, color="#888888", lw=0.5, ls=":", zorder=0)
            ax.set_ylabel(AXES[axis].capitalize())
            # An interval of few participants may be wider than the scale: curves stay readable.
            low, high = ax.get_ylim()
            ax.set_ylim(max(low, -reach), min(high, reach))
        handles, labels = rows[0].get_legend_handles_labels()
        columns = _columns(labels, width)
        figure.legend(handles, labels, frameon=False, loc="outside upper center", ncols=columns)
        rows[1].set_xlabel("Time since the onset (s)")


def draw_densities(path: Path, courses: Courses, width: float = PAGE) -> None:
    """Where in the circumplex each condition's readings lie, every participant counting alike."""
    conditions = courses.conditions[:_MOST_CONDITIONS]
    across = min(len(conditions), 4 if width > COLUMN else 2)
    down = -(-len(conditions) // across)
    shares = [courses.density(condition) for condition in conditions]
    top = max(float(share.max()) for share in shares) or 1.0
    panel = min((width - 0.8) / across, 2.1)
    with _figure(path, (min(width, panel * across + 0.8), panel * down + 0.3)) as figure:
        panels = np.atleast_1d(figure.subplots(down, across, sharex=True, sharey=True)).ravel()
        image = None
        for ax, condition, share in zip(panels, conditions, shares, strict=False):
            image = ax.imshow(
                100 * share, origin="lower", extent=(-1, 1, -1, 1), cmap="Blues",
                norm=PowerNorm(0.5, 0, 100 * top), interpolation="nearest",
            )  # fmt: skip
            ax.axhline(0, color="#888888", lw=0.5)
            ax.axvline(0, color="#888888", lw=0.5)
            ax.set_title(shown(condition, 24))
        for i, ax in enumerate(panels):
            if i % across == 0:
                ax.set_ylabel("Arousal")
            if i + across >= len(conditions):
                ax.set_xlabel("Valence")
                ax.tick_params(labelbottom=True)
        for ax in panels[len(conditions) :]:
            ax.set_visible(False)
        if image is not None:
            figure.colorbar(image, ax=panels.tolist(), label="Readings (%)", shrink=0.8)


def draw_differences(path: Path, summary: Sequence[Row], width: float = PAGE) -> bool:
    """Each pair of conditions: every participant's difference, its mean and 95 % interval, and the
    effect size. False, and nothing drawn, where nothing can be compared."""
    several = len(windows_of(summary)) > 1
    found = list(differences(summary))[:_MOST_ROWS]
    if not found:
        return False
    by_axis = {axis: [each for each in found if each[0]["axis"] == axis] for axis in AXES}
    height = max(len(rows) for rows in by_axis.values())
    beside = width > COLUMN
    size = (0.9 + 0.42 * height) * (1 if beside else 2)
    with _figure(path, (width, size)) as figure:
        panels = figure.subplots(*((1, 2) if beside else (2, 1)), sharex=True)
        for ax, (axis, rows) in zip(panels, by_axis.items(), strict=True):
            _draw_axis(ax, rows, several)
            ax.set_xlabel(f"Difference of {axis}")
            ax.tick_params(labelleft=not beside or axis == AXES[0], labelbottom=True)
    return True


def _draw_axis(ax: Axes, rows: Sequence[tuple[Row, Any]], several: bool) -> None:
    random = np.random.default_rng(0)
    for y, (row, people) in enumerate(rows):
        jitter = y + random.uniform(-0.18, 0.18, len(people))
        ax.plot(people, jitter, "o", ms=2.5, color="#8A8A8A", alpha=0.6, mew=0)
        ax.plot([row["low"], row["high"]], [y, y], color=COLOURS[0], lw=2)
        ax.plot(row["difference"], y, "o", ms=5, color=COLOURS[0])
        words = "" if np.isnan(row["effect"]) else f"g = {row['effect']:+.2f}".replace("-", "−")
        n = str(row["n_first"])
        n += f", {row['n_second']}" if row["design"] == "independent" else ""
        place = ax.get_yaxis_transform()
        ax.text(1.01, y, f"{words}\nn = {n}", transform=place, va="center", fontsize=6)
    names = [
        f"{shown(row['second'], 18)} − {shown(row['first'], 18)}"
        + (f"\n({shown(row['window'], 18)})" if several else "")
        for row, _ in rows
    ]
    ax.set_yticks(range(len(rows)), names)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.axvline(0, color="#888888", lw=0.6, zorder=0)


def draw_quality(
    path: Path, recordings: Sequence[Row], width: float = PAGE, *, apart: bool = False
) -> None:
    """How much of each recording was seen: frames with an estimate, and with a good reading.
    `apart`: of each of its faces."""
    rows = sorted(recordings, key=lambda row: row["share_good"])[:_MOST_ROWS]
    with _figure(path, (width, 0.8 + 0.17 * len(rows))) as figure:
        ax = figure.subplots()
        y = np.arange(len(rows))
        ax.barh(y, [r["share_valid"] for r in rows], color="#C9DCEB", label="with an estimate")
        ax.barh(y, [r["share_good"] for r in rows], height=0.4, color=COLOURS[0], label="good")
        names = [" ".join(filter(None, _named(row, apart))) for row in rows]
        ax.set_yticks(y, [shown(name, 36 if width > COLUMN else 20) for name in names])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(0, 1)
        ax.set_xlabel("Share of frames")
        figure.legend(frameon=False, loc="outside upper right", ncols=2)


def _named(row: Row, apart: bool) -> Iterator[str]:
    yield from (row[key] for key in ("participant", "session", "condition"))
    if apart:
        yield row["face_name"] or f"face {row['face_id']}"


def _columns(labels: Sequence[str], width: float) -> int:
    """Entries of a legend side by side, so that it is no wider than the figure."""
    longest = max(map(len, labels), default=1)
    return max(1, min(len(labels), int(width / (0.06 * longest + 0.45))))


def _mean(values: Any) -> Any:
    """Over participants, [N, C, 2, T] to [C, 2, T]; nan where there is none."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
