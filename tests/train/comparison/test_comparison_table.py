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
        for name, reference in (
            ("plain", ""),
            ("worse", "plain"),
            ("near", "plain"),
            ("later", "plain"),
        )
    ]
    results = {
        (name, seed): Result({"ccc_valence": values[seed]}, 10, 100, 8, 4, 1.0)
        for name, values in CCC.items()
        for seed in SEEDS
    }
    return markdown(Grid(rows, list(SEEDS)), Outcome(results), "avce-train compare made")


def test_the_page_opens_with_how_large_each_difference_is_and_orders_nothing(
    tmp_path: Path,
) -> None:
    # "worse" is below "plain" by 0.09, 0.10 and 0.11: 0.1 +- 0.025. "near" differs by chance.
    title, _, heading, _, *lines = page(tmp_path).splitlines()
    assert (title, heading) == ("# Comparison of training methods", "## What was found")
    assert lines[:4] == [
        "- `worse` less `plain`, 3 pairs: CCC V **-0.100 [-0.125, -0.075]**: clearly below in "
        "CCC V.",
        "- `near` less `plain`, 3 pairs: CCC V +0.000 [-0.043, +0.043]: no clear difference.",
        "- Not trained yet: `later`.",
        "",
    ]
    assert not any(line.startswith("| later") for line in lines)
