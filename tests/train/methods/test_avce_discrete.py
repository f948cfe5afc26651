"""AVCE-discrete learns classes and is chosen by accuracy."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_data import make_prepared
from made_runs import make_batch, make_net, make_run

from avce.model.errors import InputError
from avce.model.networks import Output
from avce.train import fit as fitting
from avce.train.crops.prepare import Prepared
from avce.train.engine import joined
from avce.train.fit import fit
from avce.train.method_config import MethodConfig
from avce.train.methods import build_method
from avce.train.methods.avce_discrete import AVCEDiscrete
from avce.train.run_folder import best_checkpoint


def _classes(folder: Path, n: int, seed: int) -> Prepared:
    """Faces whose brightness tells which of 8 classes they belong to."""
    prepared = make_prepared(folder, n, seed=seed)
    emotion = np.arange(n) % 8
    noise = np.random.default_rng(seed).normal(0, 8, prepared.crops.shape)
    prepared.crops[:] = np.clip(20 + 30 * emotion[:, None, None] + noise, 0, 255)
    prepared.emotion[:] = emotion
    return prepared


def test_accuracy_rises_on_classes_that_brightness_tells_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = ([_classes(tmp_path, 64, 0)], [_classes(tmp_path, 32, 1)])
    monkeypatch.setattr(fitting, "load_sets", lambda *_: sets)
    accuracies: list[float] = []
    score = AVCEDiscrete.scores

    def recorded(self: AVCEDiscrete, *arrays: np.ndarray) -> dict[str, float]:
        accuracies.append(score(self, *arrays)["val/accuracy"])
        return score(self, *arrays)

    monkeypatch.setattr(AVCEDiscrete, "scores", recorded)
    fit(make_run("avce-discrete", epochs=6, batch_size=16), tmp_path / "run")
    assert accuracies[-1] > accuracies[0]
    assert max(accuracies) > 0.4  # chance is 1/8
    best = float(best_checkpoint(tmp_path / "run").stem.rsplit("-", 1)[1])
    assert best == pytest.approx(max(accuracies), abs=1e-4)


def _supervised(logits: torch.Tensor, emotion: list[int]) -> torch.Tensor:
    net = make_net("avce-discrete")
    batch = replace(make_batch(len(emotion)), emotion=torch.tensor(emotion))
    output = Output(features=torch.empty(0), z=torch.empty(0), x=logits, votes=None)
    return build_method("avce-discrete", MethodConfig(), net).supervised(batch, output)


def test_the_supervised_part_is_minus_the_log_of_the_right_classs_share() -> None:
    logits = torch.zeros(2, 7)
    logits[1, 4] = math.log(3)  # a share of 3 in 9, where level logits give 1 in 7
    expected = (math.log(7) + math.log(3)) / 2
    assert _supervised(logits, [2, 4]).item() == pytest.approx(expected)


def test_the_supervised_part_has_softmaxs_gradient_and_falls_towards_the_right_class() -> None:
    logits = torch.randn(3, 7, generator=torch.Generator().manual_seed(0)).requires_grad_()
    labels = [0, 6, 3]
    _supervised(logits, labels).backward()
    expected = (logits.softmax(dim=1) - torch.eye(7)[labels]).detach() / 3
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad, expected)
    with torch.no_grad():
        values = [float(_supervised(k * torch.eye(7)[labels], labels)) for k in (0, 1, 5, 50)]
    assert values == sorted(values, reverse=True)
    assert values[-1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("fill", [0.0, 1e4])
def test_the_supervised_part_has_finite_gradients_for_equal_rows(fill: float) -> None:
    logits = torch.full((4, 7), fill, requires_grad=True)
    _supervised(logits, [1, 1, 1, 1]).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_scores_are_shares_of_right_answers() -> None:
    method = build_method("avce-discrete", MethodConfig(), make_net("avce-discrete"))
    logits = np.eye(7)[[0, 0, 0, 1, 2]]
    scores = method.scores(logits, np.array([0, 0, 0, 0, 2]))
    assert scores["val/accuracy"] == pytest.approx(4 / 5)
    assert scores["val/mean_recall"] == pytest.approx((3 / 4 + 1) / 2)


@pytest.mark.parametrize("emotion", [-1, 7])
def test_images_without_a_class_are_refused(emotion: int) -> None:
    batch = make_batch()
    batch.emotion[3] = emotion
    net = make_net("avce-discrete")
    method = build_method("avce-discrete", MethodConfig(), net)
    with pytest.raises(InputError, match="1 of 8 images of a batch have no emotion"):
        method.terms(net, batch, joined(net, batch.faces.float(), batch)[0])
