"""What a row of a table was given to train with, as columns of the table's CSV.

Figures of two rows can be compared only where both had the same, so a table says it line by line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from ..datasets import parse_data
from ..method_config import MethodConfig
from .cells import Result
from .grid import Training


@dataclass(frozen=True, slots=True)
class Budget:
    """What does not belong to the method.

    Args:
        data: names of the data sets to learn from, joined by `+`.
        faces: to learn from.
        backbone: of the network.
        input_size: side in pixels at which it works.
        start: "random" or "ImageNet" weights, or the name of the file of weights.
        iterations: batches.
        batch_size: faces a batch and process.
    """

    data: str
    faces: int
    backbone: str
    input_size: int
    start: str
    iterations: int
    batch_size: int

    def __str__(self) -> str:
        return (
            f"{self.backbone} at {self.input_size} px from {self.start} weights, "
            f"{self.iterations:,} iterations of {self.batch_size} of {self.faces:,} faces of "
            f"{self.data}"
        )


COLUMNS = ("method", "settings", *(f.name for f in fields(Budget)))
"""The method, its settings that are not the usual ones (`mining=hard tau_plus=0.2`), the budget."""


def budget_cells(training: Training, result: Result) -> tuple[object, ...]:
    """The values of `COLUMNS` for a finished cell."""
    config = training.config
    budget = Budget(
        data="+".join(source.name for source in parse_data(config.data)),
        faces=result.learned_from,
        backbone=config.network.backbone,
        input_size=config.network.input_size,
        start=Path(config.start).name or ("ImageNet" if training.imagenet else "random"),
        iterations=result.iterations,
        batch_size=config.batch_size,
    )
    values = {f.name: getattr(config.settings, f.name) for f in fields(MethodConfig)}
    usual = MethodConfig()
    changed = [f"{name}={v}" for name, v in values.items() if v != getattr(usual, name)]
    if config.teachers:
        names = "+".join(Path(teacher).name for teacher in config.teachers.split("+"))
        changed.append(f"teachers={names} teaching={config.teaching}")
    return config.method, " ".join(changed), *astuple(budget)


def read_budget(row: Mapping[str, str]) -> Budget:
    """The budget of a line of the CSV; `KeyError` or `ValueError` where it does not say it."""
    if not (row["data"] and row["backbone"] and row["start"]):
        raise ValueError("an empty name")
    return Budget(
        data=row["data"],
        faces=int(row["faces"]),
        backbone=row["backbone"],
        input_size=int(row["input_size"]),
        start=row["start"],
        iterations=int(row["iterations"]),
        batch_size=int(row["batch_size"]),
    )
