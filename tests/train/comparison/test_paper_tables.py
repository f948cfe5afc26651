"""The paper's tables can be run: every row is what it is named, and a grid trains on its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_data import write_image

from avce.model.networks import AVCENet, inference_parameters, parameter_count
from avce.train import cli
from avce.train.comparison.grid import Grid, Training, read_grid
from avce.train.datasets.splits import train_or_val
from avce.train.methods import CAF, build_method
from avce.train.option_files import shipped
from avce.train.options import RowParser, fit_parser, run_config

TABLES = [f"table{n}" for n in range(1, 6)]


def _parse(values: dict[str, Any]) -> Training:
    found = fit_parser(RowParser).parse_object({"run": "made", **values})
    return Training(run_config(found), found.imagenet)


def _grid(name: str, dry: bool = False) -> Grid:
    return read_grid(name, _parse, {"data": "csv:made"}, dry=dry)


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_at_full_size(name: str) -> None:
    assert name in shipped("grids")
    for row in _grid(name).rows:
        run = row.runs[0]
        network = run.config.network
        assert run.imagenet
        assert run.config.iterations == 100_000
        assert network.input_size == 224
        assert not network.luminance
        sizes = {"alexnet": 256, "resnet18": 128, "resnet50": 64, "resnet101": 64}
        assert run.config.batch_size == sizes[network.backbone]


def test_a_dry_run_is_two_small_batches_of_one_seed() -> None:
    grid = _grid("table5", dry=True)
    assert grid.seeds == [0]
    run = grid.rows[0].runs[0]
    assert (run.config.iterations, run.config.batch_size, run.imagenet) == (2, 8, False)


def test_the_networks_of_table_1_have_the_papers_sizes() -> None:
    rows = {row.name: row.runs[0].config for row in _grid("table1").rows}
    caf = rows["caf-al"]
    net = AVCENet(caf.network)
    method = build_method("caf", caf.settings, net)
    assert isinstance(method, CAF)
    whole = inference_parameters(net) + parameter_count(method.discriminator)
    assert whole == 3_652_618
    kinds = [type(layer).__name__ for layer in method.discriminator][2:]
    assert kinds == ["Linear", "Linear", "Dropout", "ReLU", "Linear"]
    # AlexNet's 61,100,840 less the 998 outputs that two need not have.
    baseline = rows["baseline-61m"]
    assert inference_parameters(AVCENet(baseline.network)) == 61_100_840 - 998 * 4097
    assert baseline.settings.correlation == 0
    assert inference_parameters(AVCENet(rows["avce-al"].network)) / 1e6 == pytest.approx(
        2.8, abs=0.1
    )


def test_table_2_selects_negatives_and_weighs_them_besides() -> None:
    rows = {row.name: row.runs[0].config.settings for row in _grid("table2").rows}
    for loss in ("infonce", "barlow-twins", "avce"):
        assert rows[loss].mining == "none"
        for kind in ("debiased", "hard"):
            assert rows[f"{loss}-{kind}"].negatives.selects
            assert not rows[f"{loss}-{kind}-weighed"].negatives.selects
            assert rows[f"{loss}-{kind}"].mining == kind


def test_table_3_learns_from_the_whole_training_split_and_is_measured_on_the_test_split() -> None:
    for row in _grid("table3").rows:
        config = row.runs[0].config
        assert (config.train_splits, config.validation_split) == ("train+val", "test")
        assert config.network.outputs == 7


def _raf_db(root: Path) -> None:
    lines = []
    held_out = next(n for n in range(99) if train_or_val(f"train_{n:05d}.jpg", 10) == "val")
    for part, numbers in (("train", [*range(100, 112), held_out]), ("test", range(4))):
        for n in numbers:
            name = f"{part}_{n:05d}"
            write_image(root / "basic" / "Image" / "aligned" / f"{name}_aligned.jpg", n)
            lines.append(f"{name}.jpg {n % 7 + 1}")
    table = root / "basic" / "EmoLabel" / "list_patition_label.txt"
    table.parent.mkdir(parents=True)
    table.write_text("\n".join(lines) + "\n")


@pytest.mark.slow
def test_table_3_runs_dry_on_a_made_up_raf_db(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _raf_db(tmp_path / "raf")
    arguments = ["compare", "table3", "--data", f"raf-db:{tmp_path / 'raf'}", "--dry-run"]
    arguments += ["--out", str(tmp_path / "out"), "--crops", str(tmp_path / "crops")]
    assert cli.main([*arguments, "--workers", "1", "--max-faulty", "1"]) == 0
    assert "[3/3] avce-discrete-r18" in capsys.readouterr().out
    page = (tmp_path / "out" / "table.md").read_text()
    assert "13 faces" in page
    assert "4 faces" in page
