"""A training says how alive its latent is, and which term moves the encoder."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from made_data import make_prepared
from made_runs import make_run

from avce.train.engine import TrainingModule
from avce.train.loader import TrainLoader
from avce.train.method_config import MethodConfig
from avce.train.methods.base import Term
from avce.train.watching import (
    LOG_EVERY,
    complaints,
    gradient_lengths,
    is_watched,
    latent_state,
    shares,
)


def test_the_state_of_a_latent_is_counted() -> None:
    z = torch.zeros(4, 32)
    z[:, 3] = torch.tensor([5.0, 5.0, 5.0, 0.2])  # the last is spread: sparsemax keeps all units
    z[1, 7] = 4.5  # two units within 1 of each other are both kept
    z[2, 9] = 9.0
    assert latent_state(z) == pytest.approx(
        {"support": (1 + 2 + 1 + 32) / 4, "one_hot": 0.5, "distinct": 2, "dead": 29}
    )


def test_lengths_are_those_of_the_weighted_gradients_and_shares_add_up() -> None:
    weights = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    terms = {
        "supervised": Term((weights**2).sum() / 2),  # its gradient is the weights
        "contrast": Term(weights[0] * 1.0, 0.5),
        "other": Term(torch.ones(()).requires_grad_() * 2),
    }
    lengths = gradient_lengths(terms, [weights])
    assert lengths == pytest.approx({"supervised": 5.0, "contrast": 0.5, "other": 0.0})
    assert shares(lengths)["contrast"] == pytest.approx(0.5 / 5.5)
    assert sum(shares(lengths).values()) == pytest.approx(1)


def test_each_complaint_has_its_cause_and_a_sound_training_has_none() -> None:
    sound = {"support": 4.0, "one_hot": 0.1, "distinct": 9.0, "dead": 2.0}
    share = {"supervised": 0.9, "contrast": 0.05, "regulariser": 0.05}
    assert complaints(sound, 32, share) == {}
    for name, state, parts in (
        ("one_hot", {"one_hot": 0.9}, {}),
        ("distinct", {"distinct": 1.0}, {}),
        ("dead", {"dead": 23.0}, {}),
        ("regulariser", {}, {"regulariser": 0.8}),
    ):
        assert list(complaints(sound | state, 32, share | parts)) == [name]
    assert complaints(sound | {"distinct": 1.0}, 32, {"supervised": 1.0}) == {}


def test_a_run_logs_what_it_is_watched_by_and_warns_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [i for i in range(500) if is_watched(i)] == [LOG_EVERY - 1, LOG_EVERY + 199, 419]
    monkeypatch.setattr("avce.train.engine.is_watched", lambda iteration: iteration < 2)
    run = make_run("avce", settings=MethodConfig(regulariser=500.0, regulariser_step="second"))
    module = TrainingModule(run, 2)
    with torch.no_grad():  # so that the hinge is open from the start
        for parameter in module.net.discriminative_head.parameters():
            parameter.mul_(0.1).abs_()
    seen: list[dict[str, float]] = []
    monkeypatch.setattr(module, "record", seen.append)
    trainer = pl.Trainer(accelerator="cpu", max_epochs=1, barebones=True)
    loader = TrainLoader(
        [make_prepared(tmp_path, 16)], 8, seed=0, position=lambda: int(module.iteration)
    )
    with pytest.warns(UserWarning, match="the term 'regulariser' is") as told:
        trainer.fit(module, loader)
    names = {*(f"latent/{n}" for n in ("support", "one_hot", "distinct", "dead"))}
    names |= {*(f"share/{n}" for n in ("supervised", "contrast", "regulariser"))}
    assert [set(values) for values in seen] == [names, names]
    assert sum("'regulariser'" in str(one.message) for one in told) == 1
