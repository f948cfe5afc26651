"""Every method of the paper's tables: its losses, its gradients, its refusals."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from made_data import make_prepared
from made_runs import losses_of, make_batch, make_net, make_run

from avce.model.errors import InputError
from avce.model.network_config import NetworkConfig
from avce.model.networks import AVCENet
from avce.train.augment_config import NO_AUGMENTATION
from avce.train.cli import build_parser
from avce.train.engine import TrainingModule, joined
from avce.train.loader import Batch, TrainLoader
from avce.train.method_config import MethodConfig
from avce.train.methods import METHODS, Method, build_method
from avce.train.methods.contrastive import ContrastiveMethod
from avce.train.methods.views import build_transforms, make_views

CONTRASTIVE = ("avce", "infonce", "barlow-twins", "avce-discrete")


def _losses(
    name: str, net: AVCENet, batch: Batch, **settings: object
) -> tuple[Method, dict[str, torch.Tensor]]:
    torch.manual_seed(0)  # a discriminator has a random start
    method = build_method(name, MethodConfig(**settings), net)  # type: ignore[arg-type]
    output, batch = joined(net, batch.faces.float(), batch)
    return method, losses_of(method, net, batch, output)


def _gradients(net: AVCENet, part: str) -> dict[str, torch.Tensor]:
    found = {k: p.grad for k, p in net.named_parameters() if k.startswith(part)}
    assert all(grad is not None for grad in found.values())
    return {name: grad for name, grad in found.items() if grad is not None}


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_finite_losses_and_moves_the_whole_encoder(name: str) -> None:
    net = make_net(name)
    _, losses = _losses(name, net, make_batch())
    assert all(value.isfinite() and value.ndim == 0 for value in losses.values())
    losses["total"].backward()
    for grad in _gradients(net, "encoder").values():
        assert grad.isfinite().all()
        assert grad.abs().sum() > 0


@pytest.mark.parametrize("name", CONTRASTIVE)
def test_the_contrast_alone_reaches_the_encoder_and_the_projection_head(name: str) -> None:
    net = make_net(name)
    _losses(name, net, make_batch())[1]["contrast"].backward()
    for part in ("encoder", "compressor", "regressor", "projection_head"):
        assert any(grad.abs().sum() > 0 for grad in _gradients(net, part).values())


def test_the_methods_are_those_of_the_papers_tables() -> None:
    assert set(METHODS) == {
        *("baseline", "caf", "avce", "avce-no-contrast", "infonce", "barlow-twins"),
        "avce-discrete",
    }


def test_the_total_adds_up_as_documented() -> None:
    _, losses = _losses("infonce", make_net("infonce"), make_batch(), weight=0.01, regulariser=0.3)
    expected = losses["supervised"] + 0.01 * 0.25 * losses["contrast"]
    torch.testing.assert_close(losses["total"], expected + 0.3 * losses["regulariser"])


@pytest.mark.parametrize("name", ["infonce", "barlow-twins"])
def test_the_same_w_pulls_about_as_hard_whichever_loss_it_weighs(name: str) -> None:
    def pull(method: str) -> float:
        net = make_net(method)
        built = build_method(method, MethodConfig(), net)
        generator = torch.Generator().manual_seed(1)
        z = torch.rand(128, 32, generator=generator) * 2
        views = make_views(net, z, build_transforms("closed-form"))
        x = (0.35 * torch.randn(128, 2, generator=generator)).requires_grad_()
        assert isinstance(built, ContrastiveMethod)
        (built.relative_weight * built.contrast(x, views)).backward()
        assert x.grad is not None
        return float(x.grad.norm(dim=1).mean())

    assert 0.5 < pull(name) / pull("avce") < 2


def test_weight_zero_is_the_method_without_contrast() -> None:
    gradients = []
    for name, weight in (("avce", 0.0), ("avce-no-contrast", 1e-3)):
        net = make_net(name)
        _losses(name, net, make_batch(), weight=weight)[1]["total"].backward()
        parts = ("encoder", "compressor", "regressor", "discriminative_head")
        gradients.append({k: v for part in parts for k, v in _gradients(net, part).items()})
    for name, grad in gradients[0].items():
        assert torch.equal(grad, gradients[1][name]), name


@pytest.mark.parametrize("name", CONTRASTIVE)
def test_mining_changes_the_contrast_and_nothing_else(name: str) -> None:
    found = [
        _losses(name, make_net(name), make_batch(), **settings)[1]
        for settings in (
            {"mining": "none"},
            {"mining": "debiased"},
            {"mining": "debiased", "tau_plus": 0.3},
            {"mining": "hard"},
            {"mining": "hard", "concentration": 4.0},
        )
    ]
    assert len({losses["contrast"].item() for losses in found}) == len(found)
    assert len({(losses["supervised"] + losses["regulariser"]).item() for losses in found}) == 1


@pytest.mark.parametrize("name", METHODS)
def test_consistency_compares_the_copies_of_each_face(name: str) -> None:
    batch = make_batch(4).doubled()
    noise = torch.randint(0, 60, batch.faces.shape, generator=torch.Generator().manual_seed(2))
    changed = Batch((batch.faces // 2 + noise).byte(), batch.target, batch.votes, batch.emotion)
    found = [
        _losses(name, make_net(name).eval(), faces, consistency=3.0)[1]
        for faces in (batch, changed)
    ]
    assert found[0]["consistency"].item() == pytest.approx(0, abs=1e-9)
    assert found[1]["consistency"] > 0
    for faces, losses in zip((batch, changed), found, strict=True):
        plain = _losses(name, make_net(name).eval(), faces)[1]
        torch.testing.assert_close(losses["total"], plain["total"] + 3 * losses["consistency"])


def test_a_training_step_changes_the_two_copies_in_different_ways(tmp_path: Path) -> None:
    run = make_run(
        "baseline",
        settings=MethodConfig(consistency=1.0),
        augment=dataclasses.replace(NO_AUGMENTATION, brightness=0.3),
    )
    module = TrainingModule(run, 1)
    seen: list[torch.Tensor] = []
    module.net.preprocess.register_forward_pre_hook(lambda _, faces: seen.append(faces[0]))
    sets = [make_prepared(tmp_path, 4)]
    trainer = pl.Trainer(accelerator="cpu", max_epochs=1, barebones=True)
    trainer.fit(module, TrainLoader(sets, 4, seed=0, position=lambda: 0))
    originals = torch.from_numpy(sets[0].crops).float()
    (faces,) = seen
    assert len(faces) == 8
    for first, second in zip(faces[0::2], faces[1::2], strict=True):
        assert not torch.equal(first, second)
        alike = [
            [
                torch.corrcoef(torch.stack((copy.flatten(), one.flatten())))[0, 1]
                for one in originals
            ]
            for copy in (first, second)
        ]
        own = int(torch.tensor(alike[0]).argmax())
        assert min(alike[0][own], alike[1][own]) > 0.9


def test_mining_without_a_prior_or_hardness_is_no_mining() -> None:
    plain, debiased, hard = (
        _losses("infonce", make_net("infonce"), make_batch(), **settings)[1]["contrast"]
        for settings in (
            {},
            {"mining": "debiased", "tau_plus": 0.0},
            {"mining": "hard", "tau_plus": 0.0, "concentration": 0.0},
        )
    )
    torch.testing.assert_close(debiased, plain)
    torch.testing.assert_close(hard, plain)


def test_the_critic_presets_differ() -> None:
    paper, released = (
        _losses("avce", make_net("avce"), make_batch(), critic=critic)[1]["contrast"].item()
        for critic in ("paper", "released")
    )
    assert paper != released


@pytest.mark.filterwarnings("ignore::DeprecationWarning:cvxpylayers")
@pytest.mark.parametrize("transform", ["kkt", "cvxpylayers"])
def test_the_general_layers_give_the_closed_forms_views_and_gradients(transform: str) -> None:
    generator = torch.Generator().manual_seed(3)
    latent = torch.randn(4, 32, generator=generator)
    directions = torch.randn(2, 4, 32, generator=generator)

    def solve(name: str) -> list[torch.Tensor]:
        z = latent.clone().requires_grad_()
        views = make_views(make_net("avce"), z, build_transforms(name))  # type: ignore[arg-type]
        kept = [views.attentive, views.average]
        sum((v * d).sum() for v, d in zip(kept, directions, strict=True)).backward()  # type: ignore[union-attr]
        assert z.grad is not None
        return [*(v.detach() for v in kept), views.y_attentive.detach(), z.grad]

    for found, expected in zip(solve(transform), solve("closed-form"), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_a_solvers_state_is_no_part_of_a_checkpoint() -> None:
    method = build_method("avce", MethodConfig(transform="kkt"), make_net("avce"))
    assert not method.state_dict()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"critic": "film"}, "There is no critic 'film': choose one of paper, released"),
        ({"transform": "magic"}, "There is no transform 'magic'"),
        ({"mining": "coal"}, "There is no mining 'coal': choose one of none, debiased, hard"),
        ({"tau_plus": 1.0}, "tau_plus is a share"),
        ({"concentration": -1.0}, "concentration"),
        ({"temperature": 0.0}, "--temperature must be more than 0"),
        ({"weight": -1.0}, "--weight must be 0 or more"),
        ({"regulariser": float("nan")}, "--regulariser must be 0 or more"),
    ],
)
def test_unknown_or_senseless_settings_are_refused(
    settings: dict[str, object], complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        MethodConfig(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "outputs", "settings", "complaint"),
    [
        ("avce", 7, {}, "avce needs --outputs 2, not 7"),
        ("avce-discrete", 2, {}, "avce-discrete needs --outputs 7 or 8, not 2"),
        ("avce-discrete", 8, {"critic": "released"}, "signs of valence"),
        ("baseline", 2, {"mining": "hard"}, "baseline has no negatives"),
        ("avce-no-contrast", 2, {"mining": "debiased"}, "has no negatives"),
    ],
)
def test_a_network_or_setting_that_does_not_suit_the_method_is_refused(
    method: str, outputs: int, settings: dict[str, str], complaint: str
) -> None:
    net = AVCENet(NetworkConfig("alexnet", outputs, input_size=64))
    with pytest.raises(InputError, match=complaint):
        build_method(method, MethodConfig(**settings), net)  # type: ignore[arg-type]


def test_the_command_line_refuses_unknown_choices(capsys: pytest.CaptureFixture[str]) -> None:
    required = ["fit", "--run", "x", "--data", "csv:x"]
    for option in ("--critic", "--transform", "--mining"):
        with pytest.raises(SystemExit) as stop:
            build_parser().parse_args([*required, option, "magic"])
        assert stop.value.code == 2
        assert "magic" in capsys.readouterr().err
