"""A network that names the emotion is measured by right answers."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from avce.model.errors import InputError
from avce.model.network_config import NetworkConfig
from avce.model.networks import AVCENet
from avce.train import cli
from avce.train.classes import class_figures, confuse, evaluate_classes
from avce.train.config import RunConfig
from avce.train.datasets.base import EMOTIONS


def test_figures_equal_scikit_learns() -> None:
    random = np.random.default_rng(0)
    outputs, label = random.normal(size=(200, 7)), random.integers(0, 6, 200)  # class 6 is absent
    answer = outputs.argmax(axis=1)
    figures = class_figures(outputs, label)
    assert figures["accuracy"] == pytest.approx(accuracy_score(label, answer))
    with pytest.warns(UserWarning, match="y_pred contains classes not in y_true"):
        assert figures["mean_recall"] == pytest.approx(balanced_accuracy_score(label, answer))
    expected = np.zeros((7, 7), int)
    np.add.at(expected, (label, answer), 1)
    np.testing.assert_array_equal(confuse(outputs, label).count, expected)


def test_a_worked_example_with_images_of_no_class() -> None:
    outputs = np.eye(7)[[0, 0, 1, 2, 2]]
    figures = evaluate_classes(outputs, np.array([0, 1, 1, 7, -1]))  # contempt, and none
    assert (figures["n"], figures["without_class"]) == (3, 2)
    assert figures["accuracy"] == pytest.approx(2 / 3)
    assert figures["mean_recall"] == pytest.approx((1 + 1 / 2) / 2)
    assert figures["recall"] == {"neutral": 1.0, "happiness": 0.5}
    assert figures["confusion"][1][:2] == [1, 1]  # the label is happiness


def test_data_without_classes_are_refused() -> None:
    with pytest.raises(InputError, match="None of the 3 images has an emotion among the 7"):
        evaluate_classes(np.zeros((3, 7)), np.full(3, -1))


def test_the_command_measures_a_checkpoint_of_classes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, seed = tmp_path / "webfaces", np.random.default_rng(1)
    (root / "images").mkdir(parents=True)
    named = [EMOTIONS[i % 8] for i in range(10)]
    for i in range(10):
        image = seed.integers(0, 256, (48, 48), dtype=np.uint8)
        cv2.imwrite(str(root / "images" / f"{i}.png"), image)
    rows = [f"{i}.png,{name},person{i},made" for i, name in enumerate(named)]
    (root / "labels.csv").write_text("\n".join(["image,emotion,identity,source", *rows]) + "\n")
    torch.manual_seed(0)
    config = RunConfig("webfaces:x", network=NetworkConfig("alexnet", 7, input_size=64))
    state = {f"net.{k}": v for k, v in AVCENet(config.network).state_dict().items()}
    checkpoint = tmp_path / "a.ckpt"
    torch.save({"avce": {"config": config.as_dict()}, "state_dict": state}, checkpoint)
    figures, table = tmp_path / "figures.json", tmp_path / "predictions.csv"
    arguments = ["evaluate", str(checkpoint), "--data", f"webfaces:{root}", "--split", "test"]
    options = ["--json", str(figures), "--predictions", str(table), "--workers", "1"]
    assert cli.main([*arguments, *options, "--crops", str(tmp_path / "crops")]) == 0
    found = json.loads(figures.read_text())
    assert (found["n"], found["without_class"]) == (9, 1)  # contempt is not among seven classes
    with table.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["emotion_label"] for line in lines] == named
    right = sum(line["emotion"] == line["emotion_label"] for line in lines)
    assert found["accuracy"] == pytest.approx(right / 9)
    assert "mean recall" in capsys.readouterr().out
