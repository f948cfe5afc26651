"""A table of methods and seeds is trained, goes on where it stopped, and says what failed."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
import yaml

from avce.model.errors import InputError
from avce.train import cli
from avce.train.comparison.budget import COLUMNS, read_budget
from avce.train.config import RunConfig
from avce.train.crops.preparation import Preparation
from avce.train.crops.prepare import Prepared
from avce.train.fit import load_sets
from avce.train.reports.estimates import open_sets

OPTIONS = {
    "batch_size": 4,
    "epochs": 1,
    "input_size": 64,
    "crop_size": 64,
    "accelerator": "cpu",
    "precision": "32-true",
    "backbone": "resnet18",
    "augment": {"size": 0},
}


def _grid(folder: Path, **changes: object) -> Path:
    content: dict[str, object] = {
        "options": OPTIONS,
        "seeds": [0, 1],
        "reference": "plain",
        "rows": [
            {"name": "plain", "method": "baseline"},
            {"name": "views", "method": "avce-no-contrast", "regulariser": 0.5},
        ],
    }
    path = folder / "grid.yaml"
    path.write_text(yaml.safe_dump(content | changes))
    return path


def _compare(grid: Path, data: Path, folder: Path, *more: str) -> int:
    where = ["--out", str(folder / "out"), "--crops", str(folder / "crops")]
    return cli.main(
        ["compare", str(grid), "--data", f"csv:{data}", *where, "--workers", "1", *more]
    )


@pytest.mark.slow
def test_every_cell_is_trained_once_and_stands_in_the_table(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = _grid(tmp_path)
    assert _compare(grid, faces, tmp_path) == 0
    out = tmp_path / "out"
    results = {
        (row, seed): json.loads((out / row / f"seed-{seed}" / "result.json").read_text())
        for row in ("plain", "views")
        for seed in (0, 1)
    }
    with (out / "table.csv").open(newline="") as file:
        table = {(r["row"], r["figure"]): r for r in csv.DictReader(file)}
    written = {
        row: {c: table[row, "ccc_valence"][c] for c in COLUMNS} for row in ("plain", "views")
    }
    shared = {"data": "csv", "faces": "8", "backbone": "resnet18", "input_size": "64"}
    shared |= {"start": "random", "iterations": "2", "batch_size": "4"}
    assert written["plain"] == {"method": "baseline", "settings": "", **shared}
    assert written["views"] == {
        "method": "avce-no-contrast",
        "settings": "regulariser=0.5",
        **shared,
    }
    assert read_budget(table["views", "ccc_valence"]) == read_budget(table["plain", "ccc_valence"])
    for row in ("plain", "views"):
        values = [results[row, seed]["figures"]["ccc_valence"] for seed in (0, 1)]
        assert float(table[row, "ccc_valence"]["mean"]) == pytest.approx(sum(values) / 2)
    gaps = [
        results["views", s]["figures"]["rmse_arousal"]
        - results["plain", s]["figures"]["rmse_arousal"]
        for s in (0, 1)
    ]
    assert float(table["views", "rmse_arousal"]["difference"]) == pytest.approx(sum(gaps) / 2)
    assert "avce-train compare" in (out / "table.md").read_text()
    made = (out / "plain" / "seed-0" / "last.ckpt").stat().st_mtime_ns
    capsys.readouterr()
    assert _compare(grid, faces, tmp_path) == 0
    assert "4 of 4 cells are finished, 0 to train" in capsys.readouterr().out
    assert (out / "plain" / "seed-0" / "last.ckpt").stat().st_mtime_ns == made


def test_a_cell_that_fails_does_not_stop_the_others_and_ends_with_status_1(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"name": "broken", "method": "baseline", "batch_size": 4000},
        {"name": "plain", "method": "baseline"},
    ]
    assert _compare(_grid(tmp_path, rows=rows, seeds=[0]), faces, tmp_path) == 1
    said = capsys.readouterr().out
    assert "broken, seed 0: failed" in said
    assert (tmp_path / "out" / "plain" / "seed-0" / "result.json").is_file()
    assert "## Cells that failed" in (tmp_path / "out" / "table.md").read_text()


def test_a_row_may_have_fewer_seeds_and_the_data_are_opened_once(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[RunConfig] = []

    def counted(config: RunConfig, *given: Preparation) -> tuple[list[Prepared], ...]:
        opened.append(config)
        return load_sets(config, *given)

    monkeypatch.setattr("avce.train.comparison.compare.load_sets", counted)
    monkeypatch.setattr("avce.train.fit.load_sets", counted)
    rows = [
        {"name": "plain", "method": "baseline"},
        {"name": "few", "method": "baseline", "batch_norm": True, "seeds": [1]},
    ]
    options = OPTIONS | {"backbone": "compact", "input_size": 16}
    assert _compare(_grid(tmp_path, options=options, rows=rows), faces, tmp_path) == 0
    assert "3 to train" in capsys.readouterr().out
    assert not (tmp_path / "out" / "few" / "seed-0").exists()
    with (tmp_path / "out" / "table.csv").open(newline="") as file:
        table = {(r["row"], r["figure"]): r for r in csv.DictReader(file)}
    assert [table[row, "ccc_valence"]["n"] for row in ("plain", "few")] == ["2", "1"]
    assert table["few", "ccc_valence"]["pairs"] == "1"
    assert len(opened) == 1


def test_seeds_of_a_row_are_seeds_of_the_grid(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"name": "plain", "method": "baseline", "seeds": [0, 7]}]
    assert _compare(_grid(tmp_path, rows=rows), faces, tmp_path) == 2
    assert "the seed 7 is none of the grid's [0, 1]" in capsys.readouterr().err


def test_the_allowed_share_of_faulty_images_holds_for_tables_and_reports(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(faces, data)
    with (data / "labels.csv").open("a") as table:
        table.write("missing.png,0.1,0.1,train\n")
    assert _compare(_grid(tmp_path), data, tmp_path, "--max-faulty", "0") == 2
    assert "--max-faulty" in capsys.readouterr().err
    config = RunConfig(data=f"csv:{data}", crop_size=64)
    with pytest.raises(InputError, match="--max-faulty"):
        open_sets(config, config.data, "train", Preparation(tmp_path / "crops", 1, max_faulty=0))
