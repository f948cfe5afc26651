"""Training learns, stops, and goes on as if it had not stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from made_data import make_prepared

from avce.model.anchors import RULES
from avce.model.errors import InputError
from avce.model.network_config import NetworkConfig
from avce.train import fit as fitting
from avce.train.augment_config import AugmentConfig
from avce.train.checkpoint import load_checkpoint, load_network
from avce.train.config import RunConfig, config_from_dict
from avce.train.fit import fit
from avce.train.method_config import MethodConfig
from avce.train.methods import METHODS
from avce.train.optim_config import OptimConfig
from avce.train.reports.learning import read_learning
from avce.train.run_folder import LAST, best_checkpoint


class KilledError(Exception):
    """Stands for the moment in which the power goes."""


def _config(**changes: object) -> RunConfig:
    values: dict[str, object] = {
        "data": "csv:made",
        "method": "avce",
        "epochs": 2,
        "batch_size": 8,
        "precision": "32-true",
        "accelerator": "cpu",
        "network": NetworkConfig("alexnet", input_size=64, vote_outputs=8),
        "settings": MethodConfig(votes=0.1),
        "optim": OptimConfig(ema=0.9),
        "augment": AugmentConfig(size=0),
    }
    return RunConfig(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _made_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sets = ([make_prepared(tmp_path, 24, seed=0)], [make_prepared(tmp_path, 16, seed=1)])
    monkeypatch.setattr(fitting, "load_sets", lambda *_: sets)


def _weights(run: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(run / LAST)["state_dict"]


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], dict[str, torch.Tensor]]:
    """The weights of a run that nobody killed, by precision; each is trained once."""

    @cache
    def trained(precision: str) -> dict[str, torch.Tensor]:
        run = tmp_path_factory.mktemp("whole") / "run"
        fit(_config(precision=precision, checkpoint_every=1), run)
        return _weights(run)

    return trained


@pytest.mark.parametrize(
    ("iteration", "precision"), [(2, "32-true"), (4, "32-true"), (2, "bf16-mixed")]
)
def test_a_run_that_was_killed_ends_with_the_same_weights_bit_for_bit(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    whole: Callable[[str], dict[str, torch.Tensor]],
    iteration: int,
    precision: str,
) -> None:
    config = _config(precision=precision, checkpoint_every=1)
    save = fitting.ResumePoint._save

    def save_then_die(self, trainer) -> None:
        save(self, trainer)
        if int(trainer.lightning_module.iteration) == iteration:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(fitting.ResumePoint, "_save", save_then_die)
        with pytest.raises(KilledError):
            fit(config, tmp_path / "killed")
    fit(config, tmp_path / "killed")
    expected, killed = whole(precision), _weights(tmp_path / "killed")
    assert int(expected["iteration"]) == 6
    assert expected.keys() == killed.keys()
    for name, value in expected.items():
        assert torch.equal(value, killed[name]), name


def test_a_run_is_repeatable_and_its_seed_matters(tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        fit(_config(epochs=1, seed=seed), tmp_path / name)
    a, b, c = (_weights(tmp_path / name)["net.regressor.0.weight"] for name in "abc")
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_a_finished_run_gives_its_figures_again(tmp_path: Path) -> None:
    first = fit(_config(epochs=1), tmp_path / "run")
    assert len(first) == 9
    assert fit(_config(epochs=1), tmp_path / "run") == first


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("preset", ["modern", "paper"])
def test_every_method_trains_under_both_presets(tmp_path: Path, method: str, preset: str) -> None:
    outputs = METHODS[method].outputs[-1]
    config = _config(
        method=method,
        epochs=1,
        network=NetworkConfig("alexnet", outputs, input_size=64, vote_outputs=8),
        optim=OptimConfig(preset=preset),  # type: ignore[arg-type]
    )
    figures = fit(config, tmp_path / "run")
    assert -1 <= figures[METHODS[method].monitor] <= 1
    assert best_checkpoint(tmp_path / "run").is_file()


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    fit(_config(epochs=12, settings=MethodConfig(regulariser=0.0)), tmp_path / "run")
    rows = (tmp_path / "run" / "csv-0" / "metrics.csv").read_text().splitlines()
    column = rows[0].split(",").index("val/rmse_valence")
    errors = [float(r.split(",")[column]) for r in rows[1:] if r.split(",")[column]]
    assert errors[-1] < errors[0]


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    fit(_config(epochs=1), tmp_path / "run")
    with pytest.raises(InputError, match="another configuration"):
        fit(_config(epochs=1, seed=5), tmp_path / "run")


def test_the_configuration_is_stored_and_read_back(tmp_path: Path) -> None:
    config = _config(epochs=1)
    fit(config, tmp_path / "run")
    stored = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config_from_dict(stored) == config
    net, loaded = load_network(best_checkpoint(tmp_path / "run"))
    assert loaded == config
    assert not net.training


def test_accumulated_gradients_make_one_step_of_several_batches(tmp_path: Path) -> None:
    fit(_config(epochs=1, optim=OptimConfig(accumulate=3, ema=0.9)), tmp_path / "run")
    state = load_checkpoint(tmp_path / "run" / LAST)["optimizer_states"][0]["state"]
    assert {int(s["step"]) for s in state.values()} == {1}


def test_progressive_size_ends_at_the_full_one(tmp_path: Path) -> None:
    config = _config(epochs=1, small_size=64, network=NetworkConfig("alexnet", input_size=96))
    fit(config, tmp_path / "run")
    assert load_network(best_checkpoint(tmp_path / "run"))[0].preprocess.size == 96


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"batch_size": 1}, "at least 2"),
        ({"epochs": 0}, "at least 1"),
        ({"subset": -1}, "--subset must be 0"),
        ({"validation_part": "best"}, "all, tune, report"),
        ({"anchors": "colours"}, "choose one of affectnet, words"),
    ],
)
def test_senseless_settings_are_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        _config(**changes)


def test_a_run_of_before_there_was_a_choice_has_the_words_anchors() -> None:
    stored = _config().as_dict()
    assert config_from_dict(stored).anchors == "affectnet"
    del stored["anchors"]
    assert config_from_dict(stored).rule == RULES["words"]


def test_an_unknown_method_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no method 'magic'"):
        fit(_config(method="magic"), tmp_path / "run")


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "a.ckpt"
    text.write_text("hello")
    with pytest.raises(InputError, match="not a checkpoint"):
        load_checkpoint(text)
    torch.save({"state_dict": {}}, text)
    with pytest.raises(InputError, match="no 'avce' entry"):
        load_checkpoint(text)
    with pytest.raises(InputError, match="no such file"):
        load_checkpoint(tmp_path / "absent.ckpt")


class _Bomb:
    def __reduce__(self):
        return (Path.touch, (Path("exploded"),))


def test_a_pickle_in_a_checkpoint_is_never_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"avce": _Bomb(), "state_dict": {}}, tmp_path / "bomb.ckpt")
    with pytest.raises(InputError, match="not a checkpoint"):
        load_checkpoint(tmp_path / "bomb.ckpt")
    assert not (tmp_path / "exploded").exists()


def test_a_kill_between_the_best_checkpoint_and_the_state_loses_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = _config(method="baseline", epochs=1)

    def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(fitting.ResumePoint, "on_train_epoch_end", killed)
        with pytest.raises(KilledError):
            fit(config, tmp_path / "run")
    first = best_checkpoint(tmp_path / "run")
    fit(config, tmp_path / "run")
    # The epoch was done again, with the same figure: one file, under a name that is understood.
    assert best_checkpoint(tmp_path / "run") == first
    assert [p.name for p in first.parent.iterdir()] == [first.name]


def test_validation_comes_every_so_many_iterations_and_at_the_end(tmp_path: Path) -> None:
    fit(_config(epochs=2, validate_every=4), tmp_path / "run")
    learning = read_learning(tmp_path / "run")
    # The one at the end is no part of the training loop, which counts from 0.
    assert learning.curves["val/ccc"].iteration.tolist() == [4, 7]
    assert best_checkpoint(tmp_path / "run").is_file()
    again = fit(_config(epochs=2, validate_every=4), tmp_path / "run")
    assert -1 <= again["val/ccc"] <= 1
