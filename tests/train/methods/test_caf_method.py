"""CAF: its discriminator, its two opposed steps, its multiplier."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from made_data import make_prepared
from made_runs import losses_of, make_batch, make_net, make_run

from avce.model.errors import InputError
from avce.model.network_config import BackboneName
from avce.model.networks import parameter_count
from avce.train import fit as fitting
from avce.train.checkpoint import load_checkpoint
from avce.train.engine import TrainingModule, joined
from avce.train.fit import fit
from avce.train.method_config import MethodConfig
from avce.train.methods import build_method
from avce.train.methods.caf import CAF, RHO


@pytest.mark.parametrize(("backbone", "inputs"), [("alexnet", 9216), ("resnet18", 512)])
def test_cafs_discriminator_has_the_published_widths(backbone: BackboneName, inputs: int) -> None:
    net = make_net("caf", backbone)
    method = build_method("caf", MethodConfig(), net)
    assert isinstance(method, CAF)
    layers = [p for p in method.discriminator if isinstance(p, torch.nn.Linear)]
    assert [(p.in_features, p.out_features) for p in layers] == [(inputs, 64), (64, 32), (32, 16)]
    assert parameter_count(method) == inputs * 64 + 64 + 64 * 32 + 32 + 32 * 16 + 16


def test_cafs_discriminator_and_encoder_never_move_each_other() -> None:
    net = make_net("caf")
    method = build_method("caf", MethodConfig(), net)
    output, batch = joined(net, make_batch().faces.float(), make_batch())
    method.adversary_losses(batch, output)["total"].backward()
    assert all(p.grad is None for p in net.parameters())
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in method.adversary())
    for parameter in method.adversary():
        parameter.grad = None
    losses_of(method, net, batch, output)["adversarial"].backward()
    assert all(p.grad is None for p in method.adversary())
    moved = [p.grad is not None and bool(p.grad.abs().sum() > 0) for p in net.encoder.parameters()]
    assert all(moved)


def test_cafs_adversarial_term_raises_the_output_on_weak_emotion() -> None:
    net = make_net("caf")
    method = build_method("caf", MethodConfig(), net)
    optimiser = torch.optim.SGD(net.encoder.parameters(), lr=1e-3)
    found = []
    for _ in range(3):
        output, batch = joined(net, make_batch().faces.float(), make_batch())
        loss = losses_of(method, net, batch, output)["adversarial"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        found.append(loss.item())
    assert found[0] > found[1] > found[2]


def test_cafs_multiplier_climbs_its_constraint_and_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = ([make_prepared(tmp_path, 16, seed=0)], [make_prepared(tmp_path, 16, seed=1)])
    monkeypatch.setattr(fitting, "load_sets", lambda *_: sets)
    constraints: list[float] = []
    step = CAF.adversary_stepped

    def recorded(self: CAF) -> None:
        constraints.append(float(self._constraint))
        step(self)

    monkeypatch.setattr(CAF, "adversary_stepped", recorded)
    config = make_run("caf")
    fit(config, tmp_path / "run")
    state = load_checkpoint(tmp_path / "run" / fitting.LAST)["state_dict"]
    assert len(constraints) == 2
    assert float(state["method.multiplier"]) == pytest.approx(RHO * sum(constraints), rel=1e-5)
    resumed = TrainingModule(config, 2)
    resumed.load_state_dict(state)
    assert torch.equal(resumed.method.multiplier, state["method.multiplier"])  # type: ignore[arg-type]


def test_caf_refuses_a_batch_that_has_no_two_groups() -> None:
    with pytest.raises(InputError, match="at least 4 for caf, not 3"):
        TrainingModule(make_run("caf", batch_size=3), 1)
