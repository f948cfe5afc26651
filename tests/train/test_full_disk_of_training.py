"""A disk that is full at each write of what training prints and exports: whole files, or none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from full_disk import Disk, full_disk
from made_data import make_prepared, write_webfaces

from avce.model.errors import run_command
from avce.train.comparison.cells import Outcome, Result
from avce.train.comparison.comparison_table import write_table
from avce.train.comparison.grid import Grid, Row, Training
from avce.train.config import RunConfig
from avce.train.evaluate import _write_predictions, write_json
from avce.train.exporting.onnx_file import Order, export
from avce.weights import find_weights


def fails_at_every_write(
    act: Callable[[Path], object], parent: Path, capsys: pytest.CaptureFixture[str]
) -> int:
    """Each write in its turn finds the disk full; what was there before stays, whole."""
    whole = parent / "whole"
    disk = Disk(10**9)
    with full_disk(disk, whole):
        act(whole)
    names = {path.name: path.read_bytes() for path in whole.iterdir()}
    for n in range(1, disk.writes + 1):
        out = parent / f"{n}"
        out.mkdir()
        for name in names:
            (out / name).write_text("what was there")
        capsys.readouterr()
        with full_disk(Disk(n), out):
            status = run_command(lambda out=out: act(out) and None, name="avce", debug=False)
        told = capsys.readouterr().err
        assert status == 1
        assert told.count("\n") == 1
        assert "the disk is full" in told
        assert str(out) in told
        assert {path.name for path in out.iterdir()} == {*names}
        assert all(path.read_bytes() in (b"what was there", names[path.name])
                   for path in out.iterdir())  # fmt: skip
    return disk.writes


def test_the_table_of_a_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_webfaces(tmp_path / "faces", train=2, val=1)
    run = Training(RunConfig(data=f"webfaces:{tmp_path / 'faces'}"))
    grid = Grid([Row("baseline", {"method": "baseline"}, {0: run}, "")], [0])
    done = Result({"ccc_valence": 0.5, "ccc_arousal": 0.4}, 2, 10, 24, 4, 1.0)
    outcome = Outcome({("baseline", 0): done})

    def write(out: Path) -> None:
        write_table(grid, outcome, "avce-train", out / "table.md", out / "table.csv")

    assert fails_at_every_write(write, tmp_path / "out", capsys) == 2


def test_estimates_and_figures_of_an_evaluation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared = make_prepared(tmp_path / "set", n=4)
    estimate = np.zeros((4, 2), np.float32)

    def write(out: Path) -> None:
        _write_predictions(out / "a.csv", [prepared], estimate)
        write_json({"ccc": 0.5}, out / "a.json")

    assert fails_at_every_write(write, tmp_path / "out", capsys) == 2


@pytest.mark.slow
def test_an_exported_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def write(out: Path) -> None:
        export(find_weights("avce-al.onnx"), out / "a.onnx", Order(precision="fp16"))

    assert fails_at_every_write(write, tmp_path, capsys) >= 3
