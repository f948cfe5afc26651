"""What a line of the table says that its training was given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from made_runs import make_run

from avce.train.comparison.budget import budget_cells
from avce.train.comparison.cells import Result
from avce.train.comparison.grid import Training
from avce.train.method_config import MethodConfig


def test_what_is_not_usual_stands_among_the_settings(tmp_path: Path) -> None:
    run = make_run(
        "infonce",
        data=f"csv:{tmp_path}",
        teachers="weights/a.onnx+b.onnx",
        teaching=0.25,
        settings=replace(MethodConfig(), mining="hard"),
    )
    result = Result({}, iterations=2, parameters=0, learned_from=8, measured_on=0, seconds=0.0)
    method, settings, *_ = budget_cells(Training(run, imagenet=False), result)
    assert method == "infonce"
    assert settings == "mining=hard teachers=a.onnx+b.onnx teaching=0.25"
