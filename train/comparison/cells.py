"""Train the cells of a grid one after another, and keep what each came to.

A cell is a run folder `OUT/ROW/seed-N`, trained by `fit` as any other. A finished one holds
`result.json` and is skipped from then on; an interrupted one goes on where it stopped; one that
failed is told, leaves `error.txt` behind and does not stop the others.
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import torch

from ...model.errors import InputError
from ...model.networks import AVCENet, inference_parameters
from ..checkpoint import load_checkpoint
from ..hardware import hardware
from ..run_folder import LAST
from .grid import Grid, Row, Training

RESULT, ERROR = "result.json", "error.txt"
Train = Callable[[Training, Path], dict[str, float]]
"""Trains in a folder, or goes on there; returns the last epoch's validation figures."""
Count = Callable[[Training], tuple[int, int]]
"""How many faces a run learns from, and how many it is validated on."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished cell came to.

    Args:
        figures: of the network after the last epoch (its moving average where there is one).
        iterations: that it was trained for.
        parameters: of the network that estimates: encoder, compressor and regressor.
        learned_from, measured_on: faces.
        seconds: that the training took since it was last taken up.
        machine: what it was trained on, "" where that was not noted.
    """

    figures: dict[str, float]
    iterations: int
    parameters: int
    learned_from: int
    measured_on: int
    seconds: float
    machine: str = ""


@dataclass(slots=True)
class Outcome:
    """The cells of a grid so far, by row and seed: what they came to, or why they failed."""

    results: dict[tuple[str, int], Result] = field(default_factory=dict)
    failures: dict[tuple[str, int], str] = field(default_factory=dict)


def cell_folder(out: Path, row: str, seed: int) -> Path:
    """Where a cell is trained."""
    return out / row / f"seed-{seed}"


def _plain(training: Training) -> dict[str, Any]:
    # Through JSON, so that it can be compared with what was written.
    return json.loads(json.dumps(asdict(training)))


def read_result(run: Path, training: Training) -> Result | None:
    """What a cell came to, None where it is not finished.

    Raises `InputError` where the folder's cell is another than `training`.
    """
    path = run / RESULT
    if not path.is_file():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        same = stored.pop("training") == _plain(training)
        result = Result(**stored)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{path} is not a cell's result: delete {run} to train it again."
        ) from error
    if not same:
        raise InputError(
            f"{run} was trained with other options (result.json tells which): "
            "give another --out, or delete that folder."
        )
    return result


def _write_result(run: Path, training: Training, result: Result) -> None:
    partial = run / f"{RESULT}.partial"
    partial.write_text(
        json.dumps({**asdict(result), "training": asdict(training)}, indent=1), encoding="utf-8"
    )
    os.replace(partial, run / RESULT)


def _train_cell(run: Path, training: Training, train: Train, count: Count) -> Result:
    start = monotonic()
    figures = train(training, run)
    seconds = monotonic() - start
    learned_from, measured_on = count(training)
    result = Result(
        figures={name.removeprefix("val/"): value for name, value in figures.items()},
        iterations=int(load_checkpoint(run / LAST)["state_dict"]["iteration"]),
        parameters=inference_parameters(AVCENet(training.config.network)),
        learned_from=learned_from,
        measured_on=measured_on,
        seconds=seconds,
        machine=hardware(torch.device("cuda" if torch.cuda.is_available() else "cpu")),
    )
    _write_result(run, training, result)
    return result


def _time_left(results: list[Result], cells: int) -> str:
    if not results:
        return "time left unknown"
    seconds = cells * sum(r.seconds for r in results) / len(results)
    return f"about {timedelta(seconds=round(seconds))} left"


def run_grid(
    grid: Grid,
    out: Path,
    train: Train,
    count: Count,
    *,
    done: Callable[[Outcome], None] = lambda _: None,
    say: Say = print,
) -> Outcome:
    """Train what is not finished yet, seed by seed; `done` is called before the first cell and
    after every one.

    A cell whose folder holds a run with other options counts as failed.
    """
    outcome = Outcome()
    waiting: list[tuple[Row, int]] = []
    for row, seed in grid.cells:
        try:
            result = read_result(cell_folder(out, row.name, seed), row.runs[seed])
        except InputError as error:
            outcome.failures[row.name, seed] = str(error)
            say(f"{row.name}, seed {seed}: {error}")
            continue
        if result is None:
            waiting.append((row, seed))
        else:
            outcome.results[row.name, seed] = result
    say(f"{len(outcome.results)} of {len(grid.cells)} cells are finished, {len(waiting)} to train")
    done(outcome)
    timed: list[Result] = []
    for number, (row, seed) in enumerate(waiting, 1):
        run = cell_folder(out, row.name, seed)
        run.mkdir(parents=True, exist_ok=True)
        (run / ERROR).unlink(missing_ok=True)
        try:
            result = _train_cell(run, row.runs[seed], train, count)
        except Exception as error:  # whatever a cell dies of, the others are still worth training
            (run / ERROR).write_text(traceback.format_exc(), encoding="utf-8")
            reason = " ".join(str(error).split()) or type(error).__name__
            outcome.failures[row.name, seed] = reason
            text = f"failed: {reason} ({run / ERROR} has the details)"
        else:
            outcome.results[row.name, seed] = result
            timed.append(result)
            shown = ", ".join(
                f"{name.replace('_', ' ')} {result.figures[name]:.3f}"
                for name in ("ccc_valence", "ccc_arousal", "accuracy")
                if name in result.figures
            )
            text = f"{shown} ({timedelta(seconds=round(result.seconds))})"
        left = _time_left(timed, len(waiting) - number)
        say(f"[{number}/{len(waiting)}] {row.name}, seed {seed}: {text}; {left}")
        done(outcome)
    return outcome
