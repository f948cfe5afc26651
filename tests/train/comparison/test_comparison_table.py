"""A comparison's page opens with what was found, in figures that anybody can work out."""

from __future__ import annotations

from pathlib import Path

from made_runs import make_run

from avce.train.comparison.cells import Outcome, Result
from avce.train.comparison.comparison_table import markdown
from avce.train.comparison.grid import Grid, Row, Training

SEEDS = (0, 1, 2)
CCC = {"plain": (0.50, 0.52, 0.54), "worse": (0.41, 0.42, 0.43), "near": (0.49, 0.54, 0.53)}


def page(data: Path) -> str:
    config = make_run("baseline", data=f"csv:{data}")
    rows = [
        Row(name, {}, {seed: Training(config) for seed in SEEDS}, reference)
        for name, reference in (("plain", ""), ("worse", "plain"), ("near", "plain"))
    ]
    results = {
        (name, seed): Result({"ccc_valence": values[seed]}, 10, 100, 8, 4, 1.0)
        for name, values in CCC.items()
        for seed in SEEDS
    }
    return markdown(Grid(rows, list(SEEDS)), Outcome(results), "avce-train compare made")


def test_the_page_opens_with_the_best_the_last_and_the_clear_differences(tmp_path: Path) -> None:
    # "worse" is below "plain" by 0.09, 0.10 and 0.11: 0.1 +- 0.025. "near" differs by chance.
    title, _, heading, _, line, *_ = page(tmp_path).splitlines()
    assert (title, heading) == ("# Comparison of training methods", "## What was found")
    assert line == (
        "- CCC V: from 0.420 (`worse`) to 0.520 (`plain`). "
        "Of 2 differences, 1 with an interval without zero: `worse` below `plain`."
    )
