"""The table of a grid, as Markdown and CSV: means over seeds and paired differences."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

from scipy.stats import t as student

from ...model.metrics import AXES, METRICS
from ...model.system.whole_file import write_whole
from ..config import RunConfig
from ..datasets import parse_data, proxy_note
from .budget import COLUMNS, budget_cells
from .cells import Outcome, Result
from .grid import Grid, Row

CONFIDENCE = 0.95
FIGURES = tuple(f"{metric.name}_{axis}" for metric in METRICS for axis in AXES)
CLASS_FIGURES = ("accuracy", "mean_recall")
MAIN = (*(f"ccc_{axis}" for axis in AXES), "mean_recall")
"""What a method is judged by; in all of them more is better."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean of n values and their sample standard deviation (n - 1), None of a single one."""

    mean: float
    deviation: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Paired:
    """Mean of n paired differences; half the width of its t interval, None of a single pair."""

    mean: float
    half_width: float | None
    n: int

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.half_width is not None and abs(self.mean) > self.half_width


def spread(values: Sequence[float]) -> Spread | None:
    """Mean and deviation; None of no value."""
    if not values:
        return None
    return Spread(mean(values), stdev(values) if len(values) > 1 else None, len(values))


def paired(differences: Sequence[float], confidence: float = CONFIDENCE) -> Paired | None:
    """Mean difference with Student's t interval of n - 1 degrees of freedom; None of no pair."""
    if not differences:
        return None
    n = len(differences)
    half = None
    if n > 1:
        half = float(student.ppf((1 + confidence) / 2, n - 1)) * stdev(differences) / sqrt(n)
    return Paired(mean(differences), half, n)


def values_of(grid: Grid, outcome: Outcome, row: str, figure: str) -> dict[int, float]:
    """A figure of a row's finished cells by seed."""
    cells = {seed: outcome.results.get((row, seed)) for seed in grid.seeds}
    return {s: r.figures[figure] for s, r in cells.items() if r and figure in r.figures}


def difference(grid: Grid, outcome: Outcome, row: Row, figure: str) -> Paired | None:
    """A row's figure less its reference row's, paired by seed."""
    own = values_of(grid, outcome, row.name, figure)
    other = values_of(grid, outcome, row.reference, figure)
    return paired([own[seed] - other[seed] for seed in grid.seeds if seed in own and seed in other])


def figures_of(outcome: Outcome) -> tuple[str, ...]:
    """The figures that there are, in the table's order."""
    known = {name for result in outcome.results.values() for name in result.figures}
    return tuple(name for name in FIGURES + CLASS_FIGURES if name in known)


def _heading(figure: str) -> str:
    name, _, axis = figure.partition("_")
    titles = {metric.name: metric.title for metric in METRICS}
    return f"{titles[name]} {axis[0].upper()}" if axis in AXES else figure.replace("_", " ")


def _cell(value: Spread | None) -> str:
    if value is None:
        return "–"
    more = f" ± {value.deviation:.3f}" if value.deviation is not None else ""
    return f"{value.mean:.3f}{more}"


def _difference_cell(value: Paired | None) -> str:
    if value is None:
        return "–"
    text = f"{value.mean:+.3f}"
    if value.half_width is None:
        return text
    text += f" [{value.mean - value.half_width:+.3f}, {value.mean + value.half_width:+.3f}]"
    return f"**{text}**" if value.clear else text


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return [_line(head), f"|{'|'.join(rule)}|", *map(_line, rows), ""]


def _distinct(values: Sequence[int | float | str]) -> str:
    return " or ".join(f"{v:,}" if isinstance(v, int) else str(v) for v in dict.fromkeys(values))


def _data_lines(grid: Grid, results: Sequence[Result]) -> list[str]:
    configs = [run.config for row in grid.rows for run in row.runs.values()]
    learned = [source.name for c in configs for source in parse_data(c.data)]
    held = [source.name for c in configs for source in parse_data(c.validation or c.data)]
    parts = _distinct([_part(c) for c in configs])
    lines = [
        f"- Learned from {_distinct(learned)}, split `train`: "
        f"{_distinct([r.learned_from for r in results])} faces"
        f"{', a fixed subset' * any(c.subset for c in configs)}.",
        f"- Measured on {_distinct(held)}, split `val`, {parts}: "
        f"{_distinct([r.measured_on for r in results])} faces.",
    ]
    if note := proxy_note([*learned, *held], configs[0].rule):
        lines.append(f"- {note}")
    return lines


def _part(config: RunConfig) -> str:
    if config.validation_part == "all":
        return "all of it"
    return f"the half `{config.validation_part}`"


def _run_lines(grid: Grid, outcome: Outcome, command: str) -> list[str]:
    results = list(outcome.results.values())
    configs = [run.config for row in grid.rows for run in row.runs.values()]
    networks = [f"{c.network.backbone} at {c.network.input_size} px" for c in configs]
    averaged = all(c.optim.ema > 0 for c in configs)
    return [
        *_data_lines(grid, results),
        f"- Each cell reports the network {'(its moving average) ' * averaged}after the last epoch:"
        " no epoch was chosen by these figures.",
        f"- {_distinct(networks)}, {_distinct([r.parameters for r in results])} parameters; "
        f"{_distinct([r.iterations for r in results])} iterations of "
        f"{_distinct([c.batch_size for c in configs])} faces; seeds "
        f"{', '.join(map(str, grid.seeds))}.",
        f"- {len(results)} of {len(grid.cells)} cells finished; a training took "
        f"{mean(r.seconds for r in results):.0f} s on average, with other processes running.",
        *(f"- Machine: {machine}." for machine in sorted({r.machine for r in results} - {""})),
        "",
        "```",
        command,
        "```",
        "",
    ]


def markdown(grid: Grid, outcome: Outcome, command: str) -> str:
    """The page: what was found, what was done, mean ± deviation, paired differences, failures."""
    lines = ["# Comparison of training methods", ""]
    if outcome.results:
        lines += ["## What was found", "", *_found_lines(grid, outcome), "", "## What was done", ""]
        lines += _run_lines(grid, outcome, command)
        lines += _figure_lines(grid, outcome)
    if outcome.failures:
        lines += ["## Cells that failed", ""]
        lines += [f"- {row}, seed {seed}: {why}" for (row, seed), why in outcome.failures.items()]
        lines.append("")
    return "\n".join(lines)


def _found_lines(grid: Grid, outcome: Outcome) -> list[str]:
    """A line a row that is compared with another: how large the differences in the main figures
    are. Means are not put in order: where intervals hold zero, that would be the order of noise."""
    shown = [f for f in figures_of(outcome) if f in MAIN]
    lines = []
    for row in (row for row in grid.rows if row.reference):
        gaps = {f: gap for f in shown if (gap := difference(grid, outcome, row, f))}
        if not gaps:
            continue
        n = max(gap.n for gap in gaps.values())
        told = [f"{_heading(f)} {_difference_cell(gap)}" for f, gap in gaps.items()]
        lines.append(
            f"- `{row.name}` less `{row.reference}`, {n} pair{'s' * (n > 1)}: {', '.join(told)}: "
            f"{_verdict(gaps)}."
        )
    if waiting := [f"`{r.name}`" for r in grid.rows if not _finished(grid, outcome, r)]:
        lines.append(f"- Not trained yet: {', '.join(waiting)}.")
    return lines


def _verdict(gaps: dict[str, Paired]) -> str:
    sides = {"above": [f for f, gap in gaps.items() if gap.clear and gap.mean > 0],
             "below": [f for f, gap in gaps.items() if gap.clear and gap.mean < 0]}  # fmt: skip
    told = [f"{side} in {' and '.join(map(_heading, names))}" for side, names in sides.items()
            if names]  # fmt: skip
    return "clearly " + ", ".join(told) if told else "no clear difference"


def _finished(grid: Grid, outcome: Outcome, row: Row) -> bool:
    return any((row.name, seed) in outcome.results for seed in grid.seeds)


def _figure_lines(grid: Grid, outcome: Outcome) -> list[str]:
    figures = figures_of(outcome)
    counts = {r.name: sum((r.name, s) in outcome.results for s in grid.seeds) for r in grid.rows}
    head = ["row", "n", *map(_heading, figures)]
    means = [
        [
            f"{row.name}",
            str(counts[row.name]),
            *(_cell(spread([*values_of(grid, outcome, row.name, f).values()])) for f in figures),
        ]
        for row in grid.rows
        if counts[row.name]
    ]
    gaps = {
        row.name: [difference(grid, outcome, row, f) for f in figures]
        for row in grid.rows
        if row.reference and counts[row.name]
    }
    less = {row.name: row.reference for row in grid.rows}
    usual = {row.reference for row in grid.rows if row.reference}
    one = usual.pop() if len(usual) == 1 else ""
    pairs = {name: str(max((g.n for g in found if g), default=0)) for name, found in gaps.items()}
    return [
        "## Mean ± sample standard deviation over seeds",
        "",
        "V is valence, A arousal; n is the number of seeds.",
        "",
        *_table(head, means),
        f"## Difference from `{one}`" if one else "## Difference from the row named",
        "",
        f"Mean over pairs of runs with the same seed, with the {CONFIDENCE:.0%} interval of a "
        "paired t test (n - 1 degrees of freedom). Bold: the interval leaves out zero. Each "
        f"interval stands for itself: of {len(gaps) * len(figures)}, one in twenty leaves out zero "
        "by chance. They cover the chance of the seed (first weights, order, random changes), not "
        "that of the faces.",
        "",
        *_table(
            head,
            [
                [
                    name if one else f"{name} less {less[name]}",
                    pairs[name],
                    *map(_difference_cell, gaps[name]),
                ]
                for name in gaps
            ],
        ),
    ]


def as_csv(grid: Grid, outcome: Outcome) -> str:
    """One line a row and figure, unrounded, with its budget; empty where there is no value."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    head = ("row", "figure", "n", "mean", "deviation", "reference", "pairs", "difference")
    rows.writerow([*head, "low", "high", *COLUMNS])
    for row in grid.rows:
        cells = ((run, outcome.results.get((row.name, seed))) for seed, run in row.runs.items())
        budgets = [budget_cells(run, result) for run, result in cells if result]
        budget = budgets[0] if budgets else (None,) * len(COLUMNS)
        for figure in figures_of(outcome):
            values = spread([*values_of(grid, outcome, row.name, figure).values()])
            gap = difference(grid, outcome, row, figure) if row.reference else None
            half = gap.half_width if gap else None
            rows.writerow(
                [row.name, figure]
                + ([values.n, values.mean, values.deviation] if values else [0, None, None])
                + ([row.reference, gap.n, gap.mean] if gap else [None] * 3)
                + ([gap.mean - half, gap.mean + half] if gap and half is not None else [None] * 2)
                + [*budget]
            )
    return text.getvalue()


def write_table(grid: Grid, outcome: Outcome, command: str, page: Path, table: Path) -> None:
    """Write the Markdown `page` and the CSV `table`."""
    for path, text in ((page, markdown(grid, outcome, command)), (table, as_csv(grid, outcome))):
        write_whole(path, text)
