"""Train a grid and keep its table up to date: what `avce-train compare` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..config import RunConfig
from ..crops.preparation import USUAL, Preparation
from ..crops.prepare import Prepared
from ..fit import fit, load_sets
from .cells import Outcome, run_grid
from .comparison_table import write_table
from .grid import Parse, Training, read_grid


class _Sets:
    """The sets to learn from and to validate on; each combination is opened, and where needed
    cropped, once: reading the list of a large data set takes longer than a small training."""

    def __init__(self, preparation: Preparation) -> None:
        self.preparation = preparation
        self.known: dict[tuple[Any, ...], tuple[list[Prepared], ...]] = {}

    def of(self, training: Training) -> tuple[list[Prepared], ...]:
        key = _sets(training.config)
        if key not in self.known:
            self.known[key] = load_sets(training.config, self.preparation)
        return self.known[key]

    def count(self, training: Training) -> tuple[int, int]:
        train, validation = self.of(training)
        return sum(map(len, train)), sum(map(len, validation))


def _sets(c: RunConfig) -> tuple[Any, ...]:
    which = c.train_splits, c.validation_split, c.validation_part, c.subset, c.even_subset, c.stride
    labels = c.anchors, c.teachers, c.teaching
    return c.data, c.validation, which, labels, c.crop_size, c.geometry, c.network.luminance


def compare(
    name: str | Path,
    out: Path,
    parse: Parse,
    preparation: Preparation = USUAL,
    *,
    data: str | None = None,
    page: Path | None = None,
    table: Path | None = None,
    command: str = "",
    dry: bool = False,
) -> Outcome:
    """Train the grid `name` under `out`, or go on with it; the table is written at once and after
    every cell.

    Args:
        name: a grid's file, or the name of one that comes along.
        out: folder of the run folders.
        parse: turns options into a run.
        preparation: how faces are found and cropped.
        data: data sets in place of the file's.
        page, table: Markdown and CSV; `table.md` and `table.csv` in `out` if none.
        command: that the page names.
        dry: train two small batches of each row alone.

    Raises `InputError` for what no cell could be trained with; what ends a single cell is in the
    outcome.
    """
    grid = read_grid(name, parse, {"data": data} if data else {}, dry=dry)
    sets = _Sets(preparation)
    # All data before the first training: a wrong path is told now, not in hours.
    for row in grid.rows:
        for training in row.runs.values():
            sets.of(training)

    def train(training: Training, run: Path) -> dict[str, float]:
        return fit(
            training.config,
            run,
            preparation,
            imagenet=training.imagenet,
            sets=sets.of(training),
        )

    def write(outcome: Outcome) -> None:
        write_table(grid, outcome, command, page or out / "table.md", table or out / "table.csv")

    return run_grid(grid, out, train, sets.count, done=write)
