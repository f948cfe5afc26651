"""An exported file keeps its contract, and only files that keep it are run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from avce.model.errors import AvceError, InputError
from avce.model.networks import AVCENet, NetworkConfig
from avce.model.predictor import Predictor
from avce.train import onnx_file
from avce.train.config import RunConfig
from avce.train.export import main as export_command
from avce.train.onnx_file import export, sample_pictures

CONFIG = RunConfig(
    data="ferplus:somewhere+csv:elsewhere",
    network=NetworkConfig("alexnet", input_size=128),
)


def _checkpoint(path: Path, config: RunConfig = CONFIG) -> Path:
    torch.manual_seed(4)
    net = AVCENet(config.network)
    state = {f"net.{name}": value for name, value in net.state_dict().items()}
    torch.save({"avce": {"format": 1, "config": config.as_dict()}, "state_dict": state}, path)
    return path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network exported with Grad-CAM maps."""
    folder = tmp_path_factory.mktemp("export")
    checkpoint = _checkpoint(folder / "a.ckpt")
    export(checkpoint, folder / "a.onnx", metrics={"n": 3}, trained_on="made pictures")
    return folder / "a.onnx"


def test_values_and_maps_equal_pytorchs(exported: Path) -> None:
    parity = onnx_file.compare(
        onnx_file.InferenceGraph(onnx_file.load_network(exported.with_suffix(".ckpt"))[0]),
        exported,
        sample_pictures(8, seed=5),
    )
    assert {p.output for p in parity} == {"va", "cam", "z"}
    assert all(p.largest < 1e-4 for p in parity)


def test_the_file_keeps_the_contract(exported: Path) -> None:
    file = onnx.load(str(exported))
    entries = {p.key: p.value for p in file.metadata_props}
    assert entries["avce.format"] == "1"
    assert entries["avce.backbone"] == "alexnet"
    assert entries["avce.method"] == "avce"
    assert entries["avce.trained_on"] == "made pictures"
    assert json.loads(entries["avce.metrics"]) == {"n": 3}
    assert json.loads(entries["avce.crop"]) == {"margin": 0.05, "size": 224}
    (face,) = file.graph.input
    assert face.name == "face"
    assert face.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    dims = [d.dim_param or d.dim_value for d in face.type.tensor_type.shape.dim]
    assert isinstance(dims[0], str)
    assert dims[1:] == [224, 224, 3]


def test_no_path_of_the_exporting_machine_is_in_the_file(exported: Path) -> None:
    data = exported.read_bytes()
    assert b"site-packages" not in data
    assert str(Path(onnx_file.__file__).parent).encode() not in data


@pytest.mark.parametrize("n", [0, 1, 5])
def test_any_number_of_faces_is_estimated(exported: Path, n: int) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (n, 224, 224, 3), dtype=np.uint8)
    found = Predictor(exported, provider="cpu").predict(faces)
    assert found.va.shape == (n, 2)
    assert found.z.shape == (n, 32)
    assert found.cam.shape[:2] == (n, 2)
    assert (np.abs(found.va) <= 1).all()
    assert (found.cam >= 0).all()
    assert n == 0 or found.cam.max(axis=(2, 3)).max() <= 1 + 1e-6


def test_a_face_gets_the_same_estimate_alone_and_in_company(exported: Path) -> None:
    predictor = Predictor(exported, provider="cpu")
    faces = sample_pictures(6)
    together = predictor.predict(faces).va
    alone = np.concatenate([predictor.predict(faces[i : i + 1]).va for i in range(6)])
    assert np.allclose(together, alone, atol=1e-5)


def test_the_wrong_shape_of_crops_is_refused(exported: Path) -> None:
    predictor = Predictor(exported, provider="cpu")
    with pytest.raises(ValueError, match="uint8"):
        predictor.predict(np.zeros((1, 112, 112, 3), np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        predictor.predict(np.zeros((1, 224, 224, 3), np.float32))  # type: ignore[arg-type]


def test_maps_can_be_left_out_or_be_of_the_other_kind(exported: Path, tmp_path: Path) -> None:
    checkpoint = exported.with_suffix(".ckpt")
    faces = sample_pictures(6)
    export(checkpoint, tmp_path / "none.onnx", maps="none")
    export(checkpoint, tmp_path / "hires.onnx", maps="hirescam")
    grad, none, hires = (
        Predictor(p, provider="cpu").predict(faces)
        for p in (exported, tmp_path / "none.onnx", tmp_path / "hires.onnx")
    )
    assert none.cam.shape == (6, 2, 0, 0)
    assert np.allclose(none.va, grad.va, atol=1e-5)
    assert hires.cam.shape == grad.cam.shape


def test_a_file_that_differs_from_pytorch_is_not_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "b.onnx"
    out.write_text("the file that was here before")
    monkeypatch.setattr(onnx_file, "TOLERANCE", {"va": -1.0, "cam": -1.0, "z": -1.0})
    with pytest.raises(AvceError, match="differs from PyTorch"):
        export(_checkpoint(tmp_path / "b.ckpt"), out)
    assert out.read_text() == "the file that was here before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.ckpt", "b.onnx"]


def test_the_moving_average_is_what_is_exported(tmp_path: Path) -> None:
    path = _checkpoint(tmp_path / "c.ckpt")
    content = torch.load(path, weights_only=True)
    plain = dict(content["state_dict"])
    for name, value in plain.items():
        content["state_dict"][name.replace("net.", "average.module.", 1)] = value * 0
    torch.save(content, path)
    net, _ = onnx_file.load_network(path)
    assert all((p == 0).all() for p in net.parameters())


def _other_network(path: Path, entries: dict[str, str]) -> Path:
    """An ONNX file of something else: y = x + x."""
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Add", ["x", "x"], ["y"])],
        "other",
        [value("x", onnx.TensorProto.FLOAT, [1])],
        [value("y", onnx.TensorProto.FLOAT, [1])],
    )
    opset = [onnx.helper.make_opsetid("", 18)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=10)
    onnx.helper.set_model_props(model, entries)
    onnx.save(model, str(path))
    return path


def test_files_of_something_else_are_refused_by_what_they_lack(tmp_path: Path) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("not a network")
    with pytest.raises(InputError, match="cannot be opened as an ONNX network"):
        Predictor(text, provider="cpu")
    with pytest.raises(InputError, match="no such file"):
        Predictor(tmp_path / "absent.onnx")
    with pytest.raises(InputError, match=r"metadata lacks avce\.format"):
        Predictor(_other_network(tmp_path / "plain.onnx", {}), provider="cpu")
    names = ("format", "backbone", "method", "version", "trained_on")
    entries = {f"avce.{name}": "1" for name in names} | {"avce.metrics": "{}", "avce.crop": "{}"}
    with pytest.raises(InputError, match="no input 'face'"):
        Predictor(_other_network(tmp_path / "named.onnx", entries), provider="cpu")
    newer = _other_network(tmp_path / "newer.onnx", entries | {"avce.format": "9"})
    with pytest.raises(InputError, match="has format 9"):
        Predictor(newer, provider="cpu")


def test_a_provider_that_cannot_be_had_is_refused(exported: Path) -> None:
    with pytest.raises(InputError, match="no provider 'abacus'"):
        Predictor(exported, provider="abacus")
    with pytest.raises(InputError, match="coreml"):
        Predictor(exported, provider="coreml")


@pytest.mark.gpu
def test_cuda_gives_what_the_cpu_gives(exported: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device is here")
    faces = sample_pictures(6)
    cpu = Predictor(exported, provider="cpu").predict(faces)
    cuda = Predictor(exported, provider="cuda").predict(faces)
    assert np.allclose(cpu.va, cuda.va, atol=1e-2)


def test_the_command_exports_and_says_the_differences(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "d.onnx"
    checkpoint = str(exported.with_suffix(".ckpt"))
    assert export_command([checkpoint, "--out", str(out)]) == 0
    assert "va: largest difference from PyTorch" in capsys.readouterr().out
    assert Predictor(out, provider="cpu").card.trained_on == "ferplus + csv"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["absent.ckpt"], "no such file"),
        (["--metrics", "absent.json", "{checkpoint}"], "cannot be read as the JSON"),
        (["--verify", "absent", "{checkpoint}"], "no folder of pictures"),
    ],
)
def test_the_command_refuses_bad_input_in_one_line(
    exported: Path, arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = str(exported.with_suffix(".ckpt"))
    assert export_command([a.format(checkpoint=checkpoint) for a in arguments]) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1
