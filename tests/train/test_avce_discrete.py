"""AVCE-discrete learns classes and is chosen by accuracy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_data import make_prepared
from made_runs import make_batch, make_net, make_run

from avce.model.errors import InputError
from avce.train import fit as fitting
from avce.train.engine import joined
from avce.train.fit import best_checkpoint, fit
from avce.train.methods import MethodConfig, build_method
from avce.train.methods.avce_discrete import AVCEDiscrete
from avce.train.prepare import Prepared


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


def test_scores_are_shares_of_right_answers() -> None:
    method = build_method("avce-discrete", MethodConfig(), make_net("avce-discrete"))
    logits = np.eye(7)[[0, 0, 0, 1, 2]]
    scores = method.scores(logits, np.array([0, 0, 0, 0, 2]))
    assert scores["val/accuracy"] == pytest.approx(4 / 5)
    assert scores["val/mean_recall"] == pytest.approx((3 / 4 + 1) / 2)


@pytest.mark.parametrize("emotion", [-1, 7])
def test_pictures_without_a_class_are_refused(emotion: int) -> None:
    batch = make_batch()
    batch.emotion[3] = emotion
    net = make_net("avce-discrete")
    method = build_method("avce-discrete", MethodConfig(), net)
    with pytest.raises(InputError, match="1 of 8 pictures of a batch have no emotion"):
        method.losses(net, batch, joined(net, batch.faces.float(), batch)[0])
