"""avce-train bench: methods in turns, ratios within a round, and the paper's figures beside."""

from __future__ import annotations

import socket

import pytest
import torch
from rich.console import Console

from avce.model.errors import InputError
from avce.model.simplex import softmax, sparsemax
from avce.train import bench as benching
from avce.train import cli
from avce.train.bench import BenchSettings, Cost, Moment, bench, print_costs
from avce.train.hardware import hardware, native_bfloat16

CPU = torch.device("cpu")


class Clock:
    """Time that passes only where something is done; the machine is twice as slow at odd rounds."""

    def __init__(self, costs: dict[str, float]) -> None:
        self.costs = costs
        self.moment = 0.0
        self.done: list[tuple[int, str]] = []

    def now(self, device: torch.device) -> Moment:
        return Moment(3 * self.moment, self.moment)

    def do(self, name: str, number: int) -> None:
        self.done.append((number, name))
        self.moment += self.costs[name] * (2 if number % 2 else 1)


def test_methods_take_turns_and_none_always_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock({"baseline": 1.0, "caf": 3.0, "avce": 1.5})
    monkeypatch.setattr(benching, "now", clock.now)
    times = benching._in_turns(list(clock.costs), 4, clock.do, CPU)
    for number in range(-benching.WARM_UP, 4):
        assert {name for n, name in clock.done if n == number} == set(clock.costs)
    firsts = [clock.done[i][1] for i in range(0, len(clock.done), 3)]
    assert len(set(firsts)) == 3
    assert [one.spent for one in times["caf"]] == pytest.approx([3, 6, 3, 6])
    assert [one.clock for one in times["baseline"]] == pytest.approx([3, 6, 3, 6])


def test_a_ratio_is_taken_within_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    base = [Moment(1.0, 1.0), Moment(1.0, 10.0), Moment(2.0, 100.0)]
    times = {
        "baseline": base,
        "caf": [Moment(5.0, 3 * one.spent) for one in base],
        "avce": [Moment(4.0, 1.1 * one.spent) for one in base],
    }
    monkeypatch.setattr(benching, "BareModule", lambda config: torch.nn.Identity())
    monkeypatch.setattr(torch.nn.Identity, "on_train_epoch_start", lambda self: None, raising=False)
    monkeypatch.setattr(benching, "iteration_times", lambda *_: times)
    one = [Moment(1.0, 9.0), Moment(3.0, 9.0)]
    monkeypatch.setattr(benching, "estimate_times", lambda *_: dict.fromkeys(times, one))
    costs = bench(BenchSettings(device="cpu"))
    assert [cost.iteration for cost in costs.values()] == [1.0, 5.0, 4.0]
    assert [cost.ratio for cost in costs.values()] == pytest.approx([1.0, 3.0, 1.1])
    assert {cost.estimate for cost in costs.values()} == {2.0}


def test_every_method_is_trained_and_estimates_on_random_faces(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benching, "ESTIMATES", 1)
    monkeypatch.setattr(benching, "WARM_UP", 0)
    trained: list[str] = []
    step = benching.BareModule.training_step

    def watched(self: benching.BareModule, batch, number: int) -> None:
        before = [p.detach().clone() for p in self.net.encoder.parameters()]
        step(self, batch, number)
        after = self.net.encoder.parameters()
        assert any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))
        assert batch.faces.shape == (8, 1, 64, 64)
        trained.append(self.config.method)

    monkeypatch.setattr(benching.BareModule, "training_step", watched)
    small = ["--batch-size", "8", "--input-size", "64", "--rounds", "1", "--device", "cpu"]
    assert cli.main(["bench", *small]) == 0
    assert sorted(trained) == ["avce", "baseline", "caf"]
    said = capsys.readouterr().out
    arithmetic = "bf16" if native_bfloat16(on_cpu=True) else "float32"
    assert f"alexnet, 64 px, batch 8, {arithmetic} on cpu" in said
    assert hardware(CPU) in said


def test_each_method_can_have_the_network_of_the_paper() -> None:
    own = BenchSettings(device="cpu", networks="own", transform="kkt")
    runs = {name: own.run_of(name) for name in benching.PAPER}
    layouts = {name: run.network.layout for name, run in runs.items()}
    assert layouts == {"baseline": "classifier", "caf": "caf", "avce": "supplement"}
    assert (runs["baseline"].settings.correlation, runs["caf"].settings.caf) == (0, "released")
    assert {run.settings.transform for run in runs.values()} == {"kkt"}
    shared = BenchSettings(device="cpu")
    assert len({shared.run_of(name).network for name in benching.PAPER}) == 1
    deeper = BenchSettings(device="cpu", networks="own", backbone="resnet18")
    assert {deeper.run_of(name).network.layout for name in benching.PAPER} == {"supplement"}


def test_the_views_are_solved_as_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benching, "ESTIMATES", 1)
    monkeypatch.setattr(benching, "WARM_UP", 0)
    built: list[str] = []

    def transforms(name: str) -> tuple[object, object]:
        built.append(name)
        return sparsemax, softmax

    monkeypatch.setattr("avce.train.methods.contrastive.build_transforms", transforms)
    small = ["--batch-size", "8", "--input-size", "64", "--rounds", "1", "--device", "cpu"]
    small += ["--backbone", "compact", "--transform", "cvxpylayers"]
    assert cli.main(["bench", *small]) == 0
    assert built == ["cvxpylayers"]
    assert "Views: cvxpylayers; networks: shared." in capsys.readouterr().out


def test_the_table_sets_the_papers_figures_beside() -> None:
    console = Console(record=True, width=200)
    costs = dict.fromkeys(benching.PAPER, Cost(10.0, 1.0, 0.5))
    print_costs(costs, BenchSettings(device="cpu"), console)
    text = console.export_text()
    for figure in ("(213.7)", "(529.1)", "(451.6)", "(2.476)", "(2.113)", "(1.46)", "(1.07)"):
        assert figure in text


def test_the_hardware_is_named_without_the_machine() -> None:
    text = hardware(CPU)
    assert "cores" in text
    assert "threads" in text
    assert socket.gethostname() not in text


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"batch_size": 4}, "--batch-size must be at least 8"),
        ({"rounds": 0}, "--rounds must be at least 1"),
        ({"input_size": 8}, "--input-size must be at least 64"),
        ({"device": "tpu"}, "--device must be auto, cpu or cuda, not 'tpu'"),
    ],
)
def test_senseless_settings_are_refused(changes: dict, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        BenchSettings(**changes)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="PyTorch sees no CUDA device"):
        BenchSettings(device="cuda")
