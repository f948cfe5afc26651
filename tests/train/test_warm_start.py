"""A run begins with the weights of a network that was trained before."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from made_runs import losses_of, make_batch, make_run
from torch import Tensor, nn

from avce.model.errors import InputError
from avce.model.network_config import BackboneName, NetworkConfig
from avce.model.networks import AVCENet
from avce.train.engine import TrainingModule, joined
from avce.train.exporting.onnx_file import export
from avce.train.warm_start import start_from

SIDE = 64


def _trained(config: NetworkConfig) -> AVCENet:
    """A network whose every number differs from those that a new one starts with."""
    torch.manual_seed(5)
    net = AVCENet(config).eval()
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                for value, low, high in (
                    (module.weight, 0.5, 1.5),
                    (module.bias, -0.3, 0.3),
                    (module.running_mean, -0.2, 0.2),
                    (module.running_var, 0.5, 2.0),
                ):
                    assert value is not None
                    value.uniform_(low, high)
    return net


def _save(net: AVCENet, path: Path) -> Path:
    state = {f"net.{name}": value for name, value in net.state_dict().items()}
    config = make_run("avce", network=net.config).as_dict()
    torch.save({"avce": {"format": 1, "config": config}, "state_dict": state}, path)
    return path


class Exports:
    """Each backbone's trained network with its exported file, made once: an export takes seconds.

    Dropout is no part of a file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, backbone: BackboneName) -> tuple[AVCENet, Path]:
        trained = _trained(NetworkConfig(backbone, input_size=SIDE, dropout=0.0))
        file = self._folder / f"{backbone}.onnx"
        if not file.exists():
            export(_save(trained, file.with_suffix(".ckpt")), file)
        return trained, file


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    return Exports(tmp_path_factory.mktemp("exports"))


def _faces(n: int = 12) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    coarse = torch.rand(n, 1, 8, 8, generator=generator) * 255
    return nn.functional.interpolate(coarse, (SIDE, SIDE), mode="bilinear")


@pytest.mark.parametrize("backbone", ["alexnet", "resnet18"])
def test_a_checkpoint_gives_the_same_network(backbone: BackboneName, tmp_path: Path) -> None:
    config = NetworkConfig(backbone, input_size=SIDE, batch_norm=backbone == "alexnet")
    trained = _trained(config)
    net = AVCENet(config)
    start_from(net, _save(trained, tmp_path / "a.ckpt"), _faces())
    assert torch.equal(net.eval().estimate(_faces()), trained.estimate(_faces()))


@pytest.mark.parametrize("backbone", ["alexnet", "resnet18"])
def test_an_exported_network_gives_its_latent_in_training_and_evaluation(
    backbone: BackboneName, exports: Exports
) -> None:
    trained, file = exports(backbone)
    net = AVCENet(trained.config)
    faces = _faces()
    start_from(net, file, faces)
    _, expected = trained.encode(faces)
    for mode in (False, True):
        _, z = net.train(mode).encode(faces)
        assert torch.allclose(
            z, expected, rtol=1e-3, atol=1e-3 * float(expected.detach().abs().max())
        )


@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_an_exported_network_gives_its_estimates(dropout: float, exports: Exports) -> None:
    trained, file = exports("resnet18")
    net, faces = AVCENet(NetworkConfig("resnet18", input_size=SIDE, dropout=dropout)), _faces()
    start_from(net, file, faces)
    expected = trained(faces).x
    assert torch.allclose(net.eval()(faces).x, expected, rtol=1e-3, atol=1e-4)
    # In training the regressor normalises by the batch, which is that of the start.
    _, z = net.encode(faces)
    if dropout == 0:
        assert torch.allclose(net.regressor.train()(z), expected, rtol=1e-3, atol=1e-4)


def test_another_number_of_outputs_learns_its_regressor_anew(exports: Exports) -> None:
    _, file = exports("alexnet")
    net = AVCENet(NetworkConfig("alexnet", outputs=8, input_size=SIDE))
    before = net.regressor[0].weight.clone()
    start_from(net, file, _faces())
    assert torch.equal(net.regressor[0].weight, before)


def test_another_backbone_is_refused_by_the_name_of_its_layer(exports: Exports) -> None:
    _, file = exports("alexnet")
    checkpoint = file.with_suffix(".ckpt")
    net = AVCENet(NetworkConfig("resnet18", input_size=SIDE))
    with pytest.raises(InputError, match=r"encoder\.bn1|encoder\.conv1"):
        start_from(net, checkpoint, _faces())
    with pytest.raises(InputError, match=r"encoder\.conv1"):
        start_from(net, file, _faces())


@pytest.mark.parametrize("name", ["a.onnx", "a.ckpt"])
def test_a_file_that_is_no_network_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind")
    net = AVCENet(NetworkConfig(input_size=SIDE))
    with pytest.raises(InputError, match=name):
        start_from(net, tmp_path / name, _faces())
    with pytest.raises(InputError, match="no such file"):
        start_from(net, tmp_path / f"not-{name}", _faces())


def test_frozen_layers_keep_what_they_started_with_and_the_others_learn() -> None:
    config = make_run("avce", frozen="layer2", network=NetworkConfig("resnet18", input_size=SIDE))
    module = TrainingModule(config, total=2)
    before = {name: value.clone() for name, value in module.net.state_dict().items()}
    module.train()
    batch = make_batch(8)
    output, batch = joined(module.net, batch.faces.float(), batch)
    losses_of(module.method, module.net, batch, output)["total"].backward()
    torch.optim.SGD(module.net.parameters(), lr=0.1).step()
    changed = {n for n, v in module.net.state_dict().items() if not torch.equal(v, before[n])}
    kept = ("encoder.conv1", "encoder.bn1", "encoder.layer1", "encoder.layer2")
    assert not [name for name in changed if name.startswith(kept)]
    assert {"encoder.layer3.0.conv1.weight", "encoder.layer3.0.bn1.running_mean"} <= changed


def test_freezing_what_is_not_there_is_refused() -> None:
    config = make_run("avce", frozen="layer9", network=NetworkConfig("resnet18", input_size=SIDE))
    with pytest.raises(InputError, match="names no layer of resnet18"):
        TrainingModule(config, total=2)
