"""avce-train: from a folder of pictures to figures, and wrong input refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from avce.train import cli
from avce.train.datasets import parse_data
from avce.train.prepare import prepare


def _fit(faces: Path, crops: Path, run: Path) -> list[str]:
    return [
        *("fit", "--data", f"csv:{faces}", "--run", str(run), "--crops", str(crops)),
        *("--batch_size", "4", "--epochs", "1", "--input_size", "64", "--crop_size", "64"),
        *("--accelerator", "cpu", "--precision", "32-true", "--method", "baseline"),
        *("--augment.size", "0", "--workers", "1"),
    ]


def test_the_whole_way_from_pictures_to_figures(
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
    assert set(figures) == {"n", "valence", "arousal"}
    assert figures["n"] == 4
    assert set(figures["valence"]) == {"rmse", "sagr", "pcc", "ccc"}
    assert "valence" in capsys.readouterr().out


def test_preparing_finds_the_faces_reports_and_is_done_once(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--size", "64", "--crops", str(tmp_path / "crops"), "--workers", "1"]
    assert cli.main(["prepare", "--data", f"csv:{faces}", "--colour", "true", *options]) == 0
    assert "12 crops, a face found in 100.0%" in " ".join(capsys.readouterr().out.split())
    (folder,) = (tmp_path / "crops").iterdir()
    report = json.loads((folder / "report.json").read_text())
    assert report["used"] == report["face found"] == 12
    made = (folder / "crops.npy").stat().st_mtime_ns
    listing = parse_data(f"csv:{faces}")[0].read()
    again = prepare(listing, cache=tmp_path / "crops", size=64, grey=False, workers=1)
    assert again.crops.shape == (12, 64, 64, 3)
    assert (folder / "crops.npy").stat().st_mtime_ns == made


def test_pictures_without_faces_stop_the_preparation(
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
        (["fit", "--data", "nonsense", "--run", "{tmp}/r"], "is no data set"),
        (["fit", "--data", "csv:{tmp}", "--run", "{tmp}/r", "--batch_size", "1"], "at least 2"),
        (["evaluate", "{tmp}/a.onnx", "--data", "csv:{tmp}"], "no model at"),
        (["card", "{tmp}/a.onnx", "--data", "[csv:{tmp}]", "--command", "x"], "labels.csv"),
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
