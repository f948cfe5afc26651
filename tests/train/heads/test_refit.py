"""A last layer solved anew: what it learns, what stays, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from sklearn.linear_model import Ridge

from avce.model.errors import InputError
from avce.model.predictor import Predictor
from avce.train import cli
from avce.train.crops.preparation import Preparation
from avce.train.datasets.splits import fold_of
from avce.train.exporting.parity import sample_images
from avce.train.heads import refit as module
from avce.train.heads.head_settings import RefitSettings
from avce.train.heads.refit import learns, refit, ridge


def test_the_ridge_is_scikit_learns() -> None:
    random = np.random.default_rng(0)
    features = random.normal(3.0, random.uniform(0.1, 4, 7), (90, 7))
    target = random.normal(0, 1, (90, 2))
    weight, bias = ridge(features, target, 5.0)
    spread = features.std(axis=0) + 1e-3
    other = Ridge(5.0).fit((features - features.mean(axis=0)) / spread, target)
    expected = other.predict((features - features.mean(axis=0)) / spread)
    np.testing.assert_allclose(features @ weight.T + bias, expected, atol=1e-9)


def test_half_of_the_people_are_learned_from_within_either_half_of_a_split() -> None:
    names = [f"fer{i:07d}.png" for i in range(4000)]
    for half in (0, 1):
        inside = [name for name in names if fold_of(name, 2) == half]
        assert 0.45 < learns(inside).mean() < 0.55


def test_the_last_layer_alone_changes_and_the_file_says_so(
    exported: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FEWEST", 3)
    out = tmp_path / "refit.onnx"
    settings = RefitSettings(f"csv:{faces}", "affectnet", split="train", part="all")
    found = refit(exported, out, settings, Preparation(tmp_path / "crops", workers=1))
    assert found["n"] >= 3
    before, after = Predictor(exported, provider="cpu"), Predictor(out, provider="cpu")
    assert after.anchors.name == "affectnet"
    assert after.card.geometry == "upright"
    assert after.card.metrics == {}
    images = sample_images(4)
    was, now = before.predict(images), after.predict(images)
    np.testing.assert_allclose(now.z, was.z, atol=1e-6)
    assert np.abs(now.va - was.va).max() > 1e-3
    assert now.cam.shape == was.cam.shape
    assert np.isfinite(now.cam).all()


def test_few_faces_and_files_without_that_layer_are_refused(
    exported: Path, faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", f"csv:{faces}", "--split", "train", "--part", "all"]
    command = ["refit", str(exported), *data, "--crops", str(tmp_path), "--workers", "1"]
    assert cli.main([*command, "--out", str(tmp_path / "out.onnx")]) == 2
    assert "needs 200 faces to learn from" in capsys.readouterr().err
    assert not (tmp_path / "out.onnx").exists()
    file = onnx.load(str(exported))
    node = next(node for node in file.graph.node if "va" in node.output)
    node.output[0] = "before"
    file.graph.node.append(onnx.helper.make_node("Identity", ["before"], ["va"]))
    other = tmp_path / "other.onnx"
    onnx.save(file, str(other))
    with pytest.raises(InputError, match="no last layer that can be solved again"):
        refit(other, tmp_path / "x.onnx", RefitSettings(f"csv:{faces}"))
