"""What a line of the table says that its training was given."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from made_runs import make_run

from avce.train.comparison.budget import budget_cells
from avce.train.comparison.cells import Result
from avce.train.comparison.grid import Training
from avce.train.methods.base import MethodConfig


def test_what_is_not_usual_stands_among_the_settings() -> None:
    run = make_run(
        "infonce",
        teachers="weights/a.onnx+b.onnx",
        teaching=0.25,
        settings=replace(MethodConfig(), mining="hard"),
    )
    result = cast(Result, type("Done", (), {"learned_from": 8, "iterations": 2}))
    method, settings, *_ = budget_cells(Training(run, imagenet=False), result)
    assert method == "infonce"
    assert settings == "mining=hard teachers=a.onnx+b.onnx teaching=0.25"
