"""The authors' `.t7` pairs become the network that their code would run, or are refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor
from torch.nn import functional as F

from avce.model.errors import InputError
from avce.model.export_graph import InferenceGraph
from avce.model.predictor import Predictor
from avce.train.authors_checkpoint import load_released, released_pair
from avce.train.checkpoint import load_network
from avce.train.evaluate import open_estimator
from avce.train.export import main as export_command

State = dict[str, Tensor]
# Kernel, stride and padding of AlexNet's convolutions, and where its features pool (3, stride 2).
ALEXNET = {0: (3, 64, 11), 3: (64, 192, 5), 6: (192, 384, 3), 8: (384, 256, 3), 10: (256, 256, 3)}


def _linear(state: State, name: str, outputs: int, inputs: int) -> None:
    state[f"{name}.weight"] = torch.randn(outputs, inputs) * (2 / inputs) ** 0.5
    state[f"{name}.bias"] = torch.randn(outputs) * 0.1


def _alexnet_pair() -> tuple[State, State]:
    torch.manual_seed(1)
    encoder: State = {}
    for number, (before, after, kernel) in ALEXNET.items():
        fan_in = before * kernel**2
        encoder[f"features.{number}.weight"] = (
            torch.randn(after, before, kernel, kernel) * (2 / fan_in) ** 0.5
        )
        encoder[f"features.{number}.bias"] = torch.randn(after) * 0.1
    regressor: State = {}
    _linear(regressor, "lin0", 32, 9216)
    _linear(regressor, "lin1", 256, 32)
    _linear(regressor, "va_regressor", 2, 256)
    regressor["va_regressor.weight"] *= 0.2
    return encoder, regressor


def _resnet_pair() -> tuple[State, State]:
    torch.manual_seed(2)
    whole = torchvision.models.resnet18(weights=None)
    encoder = {k: v for k, v in whole.state_dict().items() if not k.startswith("fc.")}
    for name, value in encoder.items():
        if name.endswith("running_mean"):
            value.normal_(0, 0.1)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 2)
    regressor: State = {}
    _linear(regressor, "last_linear", 1000, 512)
    _linear(regressor, "lin0", 32, 1000)
    _linear(regressor, "lin1", 256, 32)
    _linear(regressor, "va_regressor", 2, 256)
    regressor["va_regressor.weight"] *= 0.2
    return encoder, regressor


def _normalised(faces: np.ndarray) -> Tensor:
    pixels = torch.from_numpy(faces).permute(0, 3, 1, 2).float() / 255
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (pixels - mean.view(1, 3, 1, 1)) / deviation.view(1, 3, 1, 1)


def _layer(state: State, name: str, x: Tensor) -> Tensor:
    return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])


def _alexnet_forward(encoder: State, regressor: State, faces: np.ndarray) -> tuple[Tensor, Tensor]:
    def convolved(number: int, x: Tensor, **shape: int) -> Tensor:
        weight, bias = (encoder[f"features.{number}.{kind}"] for kind in ("weight", "bias"))
        return torch.relu(F.conv2d(x, weight, bias, **shape))

    x = F.max_pool2d(convolved(0, _normalised(faces), stride=4, padding=2), 3, 2)
    x = F.max_pool2d(convolved(3, x, padding=2), 3, 2)
    x = convolved(8, convolved(6, x, padding=1), padding=1)
    x = F.max_pool2d(convolved(10, x, padding=1), 3, 2)
    z = torch.relu(_layer(regressor, "lin0", x.flatten(1)))
    return z, _layer(regressor, "va_regressor", torch.relu(_layer(regressor, "lin1", z)))


def _resnet_forward(encoder: State, regressor: State, faces: np.ndarray) -> tuple[Tensor, Tensor]:
    whole = torchvision.models.resnet18(weights=None).eval()
    whole.fc = torch.nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]
    whole.load_state_dict(encoder)
    x = _layer(regressor, "last_linear", whole(_normalised(faces)))
    z = torch.relu(_layer(regressor, "lin0", x))  # the release has no ReLU before it
    return z, _layer(regressor, "va_regressor", torch.relu(_layer(regressor, "lin1", z)))


Make = Callable[[], tuple[State, State]]
Forward = Callable[[State, State, np.ndarray], tuple[Tensor, Tensor]]
BOTH = pytest.mark.parametrize(
    ("make", "forward"),
    [(_alexnet_pair, _alexnet_forward), (_resnet_pair, _resnet_forward)],
    ids=["alexnet", "resnet18"],
)


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """Colour images: noise, black, and red."""
    images = np.random.default_rng(0).integers(0, 256, (4, 224, 224, 3), dtype=np.uint8)
    images[1] = 0
    images[2] = (200, 30, 30)
    return images


def _write(folder: Path, encoder: State, regressor: State) -> Path:
    folder.mkdir(exist_ok=True)
    torch.save(encoder, folder / "encoder.t7")
    torch.save(regressor, folder / "regressor.t7")
    return Path(f"{folder / 'encoder.t7'},{folder / 'regressor.t7'}")


@BOTH
@torch.inference_mode()
def test_values_are_those_of_the_released_forward_pass(
    make: Make, forward: Forward, faces: np.ndarray, tmp_path: Path
) -> None:
    pair = make()
    net, config = load_network(_write(tmp_path, *pair))
    z, va = forward(*pair, faces)
    assert va.std(0).min() > 0.05  # the images are told apart at all
    found = net(torch.from_numpy(faces).permute(0, 3, 1, 2))
    torch.testing.assert_close(found.z, z, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found.x, va, rtol=1e-4, atol=1e-4)
    assert not net.training
    assert not config.network.luminance
    estimate, *_ = InferenceGraph(net)(torch.from_numpy(faces))
    torch.testing.assert_close(estimate, va.clamp(-1, 1), rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_a_pair_is_exported_and_evaluated_as_it_is(
    faces: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = _resnet_pair()
    names = _write(tmp_path, *pair)
    assert export_command([str(names)]) == 0
    assert "va: differs from PyTorch by" in capsys.readouterr().out
    with torch.inference_mode():
        expected = _resnet_forward(*pair, faces)[1].clamp(-1, 1).numpy()
    predictor = Predictor(tmp_path / "encoder.onnx", provider="cpu")
    np.testing.assert_allclose(predictor.predict(faces).va, expected, atol=2e-4)
    np.testing.assert_allclose(open_estimator(names)(faces), expected, atol=2e-4)


def test_files_order_wrapping_and_format_do_not_matter(tmp_path: Path) -> None:
    encoder, regressor = _alexnet_pair()
    plain, _ = load_network(_write(tmp_path / "plain", encoder, regressor))
    wrapped = [{f"module.{k}": v for k, v in state.items()} for state in (encoder, regressor)]
    other = tmp_path / "other"
    other.mkdir()
    torch.save(wrapped[0], other / "Sparse_cont_enc.t7", _use_new_zipfile_serialization=False)
    torch.save(wrapped[1], other / "Sparse_cont_reg.t7", _use_new_zipfile_serialization=False)
    turned = load_released(other / "Sparse_cont_reg.t7", other / "Sparse_cont_enc.t7")[0]
    folder, _ = load_network(other)
    for name in ("encoder.10.weight", "compressor.2.bias", "regressor.4.weight"):
        for net in (turned, folder):
            assert torch.equal(net.state_dict()[name], plain.state_dict()[name])


def test_the_unused_layers_of_the_afew_va_release_change_nothing(tmp_path: Path) -> None:
    encoder, regressor = _alexnet_pair()
    plain, _ = load_network(_write(tmp_path / "plain", encoder, regressor))
    regressor |= {"pw_conv.weight": torch.ones(256, 512, 1, 1), "pw_conv.bias": torch.ones(256)}
    _linear(regressor, "lin2", 32, 9216)
    more, _ = load_network(_write(tmp_path / "more", encoder, regressor))
    for name in ("encoder.0.weight", "compressor.2.weight", "regressor.0.weight"):
        assert torch.equal(more.state_dict()[name], plain.state_dict()[name])


@pytest.mark.parametrize(
    ("part", "change", "complaint"),
    [
        (0, {"features.8.bias": None}, "encoder.t7 is not .*: features.8.bias is missing"),
        (0, {"features.11.weight": (2, 2)}, "features.11.weight is unknown"),
        (0, {"features.3.weight": (192, 64, 3, 3)}, "is 192 x 64 x 3 x 3 instead of 192 x 64 x 5"),
        (1, {"lin0.weight": None}, "regressor.t7 is not .*: lin0.weight is missing"),
        (1, {"va_regressor.weight": (7, 256)}, "va_regressor.weight is 7 x 256 instead of 2 x 256"),
        (1, {"va_regressor.bias": ()}, "va_regressor.bias is a single value instead of 2"),
        (1, {"lin2.weight": (256, 256)}, "lin2.weight is 256 x 256 instead of 32 x 9216"),
        (1, {"last_linear.weight": (1000, 512)}, "last_linear.weight is unknown"),
    ],
)
def test_another_layout_is_refused_by_name(
    part: int, change: dict[str, tuple[int, ...] | None], complaint: str, tmp_path: Path
) -> None:
    pair = _alexnet_pair()
    for name, shape in change.items():
        if shape is None:
            del pair[part][name]
        else:
            pair[part][name] = torch.zeros(shape)
    with pytest.raises(InputError, match=complaint):
        load_network(_write(tmp_path, *pair))


def test_lin2_belongs_to_alexnet_alone(tmp_path: Path) -> None:
    encoder, regressor = _resnet_pair()
    _linear(regressor, "lin2", 32, 9216)
    with pytest.raises(InputError, match=r"lin2\.weight is unknown, lin2\.bias is unknown"):
        load_network(_write(tmp_path, encoder, regressor))


def test_values_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    encoder, regressor = _alexnet_pair()
    regressor["lin1.bias"][3] = torch.nan
    with pytest.raises(InputError, match=r"lin1\.bias is not finite"):
        load_network(_write(tmp_path, encoder, regressor))


def test_halves_and_strangers_are_refused(tmp_path: Path) -> None:
    encoder, regressor = _alexnet_pair()
    names = str(_write(tmp_path, encoder, regressor)).split(",")
    torch.save({"weight": torch.zeros(2)}, tmp_path / "other.t7")
    torch.save([1, 2], tmp_path / "list.t7")
    (tmp_path / "text.t7").write_text("no state dict")
    for path, complaint in (
        (names[0], "is two files, not 1"),
        (f"{names[0]},{names[0]}", "are both the encoder"),
        (f"{names[0]},{tmp_path / 'other.t7'}", "is neither encoder nor regressor.*holds weight"),
        (f"{names[0]},{tmp_path / 'list.t7'}", "does not map names to values"),
        (f"{names[0]},{tmp_path / 'text.t7'}", "cannot be read as a state dict"),
        (f"{names[0]},{tmp_path / 'gone.t7'}", "no such file"),
        (str(tmp_path), "holds 5 .t7 files"),
    ):
        with pytest.raises(InputError, match=complaint):
            load_network(Path(path))
    assert released_pair(tmp_path / "last.ckpt") is None
    assert released_pair(tmp_path / "a,b.onnx") is None


class _Bomb:
    def __reduce__(self):
        return (Path.touch, (Path("exploded"),))


def test_a_pickle_in_a_released_file_is_never_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"features.0.weight": _Bomb()}, tmp_path / "encoder.t7")
    with pytest.raises(InputError, match="cannot be read"):
        load_released(tmp_path / "encoder.t7", tmp_path / "encoder.t7")
    assert not (tmp_path / "exploded").exists()
