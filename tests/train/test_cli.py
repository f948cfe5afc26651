"""avce-train: from a folder of images to figures, and wrong input refused in one line."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from avce.train import cli
from avce.train.config import RunConfig
from avce.train.crops.preparation import Preparation
from avce.train.crops.prepare import prepare
from avce.train.datasets import DATASETS, parse_data
from avce.train.datasets.base import Listing
from avce.train.datasets.plain_csv import read_csv
from avce.train.fit import load_sets
from avce.train.options import build_parser

ROOT = Path(__file__).resolve().parents[2]


def _fit(faces: Path, crops: Path, run: Path) -> list[str]:
    return [
        *("fit", "--data", f"csv:{faces}", "--run", str(run), "--crops", str(crops)),
        *("--batch_size", "4", "--epochs", "1", "--input_size", "64", "--crop_size", "64"),
        *("--accelerator", "cpu", "--precision", "32-true", "--method", "baseline"),
        *("--augment.size", "0", "--workers", "1"),
    ]


def test_the_whole_way_from_images_to_figures(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crops, run = tmp_path / "crops", tmp_path / "run"
    assert cli.main(_fit(faces, crops, run)) == 0
    checkpoint = next((run / "best").glob("*.ckpt"))
    out = tmp_path / "figures.json"
    arguments = ["evaluate", str(checkpoint), "--data", f"csv:{faces}", "--split", "val"]
    options = ["--json", str(out), "--crops", str(crops), "--workers", "1"]
    assert cli.main([*arguments, *options]) == 0
    figures = json.loads(out.read_text())
    assert set(figures) == {"n", "valence", "arousal", "conditions"}
    assert figures["n"] == 4
    assert set(figures["valence"]) == {"rmse", "sagr", "pcc", "ccc"}
    assert "valence" in capsys.readouterr().out


def _said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_preparing_finds_the_faces_reports_and_is_done_once(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crops, data = tmp_path / "crops", f"csv:{faces}"
    options = ["--size", "64", "--crops", str(crops), "--workers", "1"]
    assert cli.main(["prepare", "--data", data, "--colour", "true", *options]) == 0
    said = _said(capsys)
    assert "csv, train: 8 crops of 12.3 kB, a face found in 100.0%" in said
    assert "csv, val: 4 crops of 12.3 kB, a face found in 100.0%" in said
    reports = [json.loads(path.read_text()) for path in crops.glob("*/report.json")]
    assert sorted(report["used"] for report in reports) == [4, 8]
    made = {path: path.stat().st_mtime_ns for path in crops.glob("*/crops.npy")}
    listing = parse_data(data)[0].read("train")
    again = prepare(listing, Preparation(crops, workers=1), size=64, grey=False)
    assert again.crops.shape == (8, 64, 64, 3)
    assert {path: path.stat().st_mtime_ns for path in crops.glob("*/crops.npy")} == made


def test_fit_finds_what_was_prepared_and_crops_nothing_more(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crops, data = tmp_path / "crops", f"csv:{faces}"
    options = ["--size", "64", "--subset", "3", "--crops", str(crops), "--workers", "1"]
    assert cli.main(["prepare", "--data", data, *options]) == 0
    assert "csv, train: 3 crops" in _said(capsys)
    there = sorted(crops.iterdir())
    train, validation = load_sets(
        RunConfig(data, subset=3, crop_size=64), Preparation(crops, workers=1)
    )
    assert [len(train[0]), len(validation[0])] == [3, 4]
    assert sorted(crops.iterdir()) == there


def test_one_split_alone_can_be_prepared(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--size", "64", "--crops", str(tmp_path / "crops"), "--workers", "1"]
    assert cli.main(["prepare", "--data", f"csv:{faces}", "--split", "val", *options]) == 0
    assert _said(capsys).count("kB, a face") == 1


@pytest.mark.parametrize("split", [None, "val"])
def test_preparing_reads_the_labels_once(
    split: str | None, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str | None] = []

    def counted(path: Path, wanted: str | None) -> Listing:
        read.append(wanted)
        return read_csv(path, wanted)

    monkeypatch.setitem(DATASETS, "csv", replace(DATASETS["csv"], read=counted))
    options = ["--size", "64", "--crops", str(tmp_path / "crops"), "--workers", "1"]
    options += ["--split", split] if split else []
    assert cli.main(["prepare", "--data", f"csv:{faces}", *options]) == 0
    assert read == [split]


def test_images_without_faces_stop_the_preparation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((200, 200, 3), 90, np.uint8))
    (tmp_path / "torn.png").write_bytes(b"\x89PNG but no more")
    table = tmp_path / "labels.csv"
    table.write_text("path,valence,arousal\nwall.png,0,0\ntorn.png,0,0\n")
    arguments = ["prepare", "--data", f"csv:{table}", "--crops", str(tmp_path / "c")]
    assert cli.main([*arguments, "--workers", "1"]) == 2
    said = capsys.readouterr().err
    assert "no face was found" in said
    assert "cannot be decoded" in said
    assert not [p for p in (tmp_path / "c").iterdir() if not p.name.startswith(".")]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["prepare", "--data", "csv:{tmp}/absent.csv"], "no such file"),
        (["prepare", "--data", "csv:{tmp}/wrong.csv"], "no column path"),
        (["prepare", "--data", "csv:{tmp}", "--subset", "-1"], "--subset must be 0"),
        (["fit", "--data", "nonsense", "--run", "{tmp}/r"], "is not a data set"),
        (["fit", "--data", "csv:{tmp}", "--run", "{tmp}/r", "--batch_size", "1"], "at least 2"),
        (["evaluate", "{tmp}/a.onnx", "--data", "csv:{tmp}"], "no model at"),
        (["card", "{tmp}/a.onnx", "--data", "[csv:{tmp}]", "--command", "x"], "no model at"),
    ],
)
def test_bad_input_gets_one_line_and_status_two(
    arguments: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong.csv").write_text("file,mood\nx.png,good\n")
    assert cli.main([a.format(tmp=tmp_path) for a in arguments]) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [["fit"], ["fly"], ["fit", "--run", "r", "--data", "csv:x", "--backbone", "vgg"]]
)
def test_unknown_words_get_one_line_and_status_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.parametrize("against", [[], ["--against", "b"], ["--against", "b", "--against", "c"]])
def test_a_report_is_set_beside_any_number_of_runs(against: list[str]) -> None:
    options = cli.build_parser().parse_args(["report", "a", *against])
    assert [str(run) for run in options.report.against] == against[1::2]


def test_a_report_on_no_run_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", str(tmp_path / "nothing")]) == 2
    error = capsys.readouterr().err
    assert str(tmp_path / "nothing") in error
    assert "Traceback" not in error


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_the_demo_is_three_commands_that_are_known() -> None:
    root = Path(__file__).parents[2]
    command = ["make", "--dry-run", "train-demo", "FERPLUS=tests", "DEMO_RUN=somewhere"]
    text = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    lines = [
        shlex.split(line) for line in text.replace("\\\n", " ").splitlines() if "avce-" in line
    ]
    known = [line for line in lines if Path(line[0]).name in ("avce-train", "avce-export")]
    assert [Path(line[0]).name for line in known] == ["avce-train", "avce-export", "avce-train"]
    fit, report = (cli.build_parser().parse_args(line[1:]) for line in known[::2])
    assert fit.fit.subset > 0
    assert fit.fit.run == report.report.run == Path("somewhere")
    assert fit.fit.crops == report.report.crops


def test_options_are_spelled_one_way_and_the_old_way_works(
    capsys: pytest.CaptureFixture[str],
) -> None:
    required = ["fit", "--run", "x", "--data", "csv:x"]
    for spelled in (["--batch-size", "24"], ["--batch_size", "24"], ["--batch-size=24"]):
        options = build_parser().parse_args([*required, *spelled])
        assert options.fit.batch_size == 24
    options = build_parser().parse_args([*required, "--optim.fan-in", "64"])
    assert options.fit.optim.fan_in == 64
    with pytest.raises(SystemExit):
        build_parser().parse_args(["fit", "--help"])
    shown = capsys.readouterr().out
    assert "--batch-size" in shown
    assert "--batch_size" not in shown
    assert "--optim.fan-in" in shown


def test_no_message_spells_an_option_with_an_underscore() -> None:
    """Where an option is declared it may: the parser takes and shows both spellings as one."""
    wrong = []
    for path in (p for room in ("app", "model", "train") for p in (ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        declared = {
            id(argument)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "add_argument"
            for argument in call.args
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found = re.search(r"--[a-z]+_[a-z_]*", node.value)
                if found and id(node) not in declared:
                    wrong.append(f"{path.name}:{node.lineno} {found[0]}")
    allowed = {"--like_this", "--print_shtab"}
    assert not [each for each in wrong if each.split()[-1] not in allowed]
