"""An exported file keeps its contract, and only files that keep it are run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from made_runs import save_checkpoint

from avce.model.errors import InputError
from avce.model.networks import AVCENet
from avce.model.predictor import Predictor
from avce.train.checkpoint import load_network
from avce.train.export import main as export_command
from avce.train.exporting import parity
from avce.train.exporting.parity import Limit, sample_images


def _autograd_maps(net: AVCENet, faces: np.ndarray, kind: str) -> np.ndarray:
    """Grad-CAM or HiResCAM of sign(x) x by automatic differentiation, scaled to a maximum of 1."""
    images = torch.from_numpy(faces).permute(0, 3, 1, 2)
    features = net.encoder(net.preprocess(images)).detach().requires_grad_()
    estimate = net.regressor(net.compressor(features))
    maps = []
    for k in range(2):
        (slope,) = torch.autograd.grad(estimate[:, k].abs().sum(), features, retain_graph=True)
        if kind == "gradcam":
            slope = slope.mean(dim=(2, 3), keepdim=True)
        raw = torch.relu((slope * features).sum(dim=1))
        maps.append(raw / raw.amax(dim=(1, 2), keepdim=True).clamp(min=1e-30))
    return torch.stack(maps, dim=1).detach().numpy()


@pytest.mark.parametrize(
    "kind", ["gradcam", pytest.param("hirescam", marks=pytest.mark.slow), "none"]
)
def test_values_and_the_maps_that_were_chosen_equal_pytorchs(
    exported: Path, tmp_path: Path, kind: str
) -> None:
    checkpoint = exported.with_suffix(".ckpt")
    file = exported
    if kind != "gradcam":
        file = tmp_path / "m.onnx"
        assert export_command([str(checkpoint), "--maps", kind, "--out", str(file)]) == 0
    net, _ = load_network(checkpoint)
    faces = sample_images(6, seed=5)
    found = Predictor(file, provider="cpu").predict(faces)
    with torch.inference_mode():
        expected = net.estimate(torch.from_numpy(faces).permute(0, 3, 1, 2))
    np.testing.assert_allclose(found.va, expected.numpy(), atol=1e-5)
    if kind == "none":
        assert found.cam.shape == (6, 2, 0, 0)
    else:
        np.testing.assert_allclose(found.cam, _autograd_maps(net, faces, kind), atol=1e-4)


def test_the_file_keeps_the_contract(exported: Path) -> None:
    file = onnx.load(str(exported))
    entries = {p.key: p.value for p in file.metadata_props}
    assert entries["avce.format"] == "1"
    assert entries["avce.backbone"] == "alexnet"
    assert entries["avce.method"] == "avce"
    assert entries["avce.trained_on"] == "made images"
    assert json.loads(entries["avce.metrics"]) == {"n": 3}
    assert json.loads(entries["avce.crop"]) == {
        "geometry": "upright",
        "margin": 0.05,
        "size": 224,
    }
    assert entries["avce.precision"] == "fp32"
    assert int(entries["avce.opset"]) == file.opset_import[0].version
    (face,) = file.graph.input
    assert face.name == "face"
    assert face.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    dims = [d.dim_param or d.dim_value for d in face.type.tensor_type.shape.dim]
    assert isinstance(dims[0], str)
    assert dims[1:] == [224, 224, 3]


def test_no_path_of_the_exporting_machine_is_in_the_file(exported: Path) -> None:
    data = exported.read_bytes()
    assert b"site-packages" not in data
    assert str(Path(parity.__file__).parent).encode() not in data


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
    faces = sample_images(6)
    together = predictor.predict(faces).va
    alone = np.concatenate([predictor.predict(faces[i : i + 1]).va for i in range(6)])
    assert np.allclose(together, alone, atol=1e-5)


def test_the_wrong_shape_of_crops_is_refused(exported: Path) -> None:
    predictor = Predictor(exported, provider="cpu")
    with pytest.raises(ValueError, match="uint8"):
        predictor.predict(np.zeros((1, 112, 112, 3), np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        predictor.predict(np.zeros((1, 224, 224, 3), np.float32))  # type: ignore[arg-type]


def test_a_file_that_differs_from_pytorch_is_not_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "b.onnx"
    out.write_text("the file that was here before")
    nothing = dict.fromkeys(("va", "cam", "z"), Limit(-1.0))
    monkeypatch.setitem(parity.TOLERANCE, "fp32", nothing)
    assert (
        export_command([str(save_checkpoint(tmp_path / "b.ckpt")), "--verify", "--maps", "none"])
        == 2
    )
    assert "b.onnx was not written: it differs from PyTorch in va by" in capsys.readouterr().err
    assert out.read_text() == "the file that was here before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.ckpt", "b.onnx"]


def test_the_moving_average_is_what_is_exported(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path / "c.ckpt")
    content = torch.load(path, weights_only=True)
    plain = dict(content["state_dict"])
    for name, value in plain.items():
        content["state_dict"][name.replace("net.", "average.module.", 1)] = value * 0
    torch.save(content, path)
    net, _ = load_network(path)
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


def test_the_command_exports_and_says_the_differences(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "d.onnx"
    checkpoint = str(exported.with_suffix(".ckpt"))
    assert export_command([checkpoint, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "va: differs from PyTorch by" in said
    assert "opset 18" in said
    assert Predictor(out, provider="cpu").card.trained_on == "ferplus + csv"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["absent.ckpt"], "no such file"),
        (["--metrics", "absent.json", "{checkpoint}"], "cannot be read as the JSON"),
        (["--verify", "absent", "{checkpoint}"], "no folder of images"),
        (["--fp16", "--int8", "csv:somewhere", "{checkpoint}"], "choose one"),
        (["--int8", "csv:absent", "{checkpoint}"], "no such file or folder"),
        (["--int8", "csv:absent", "absent.onnx"], "no model at absent.onnx"),
        (["{exported}"], "an exported float32 file already"),
        (["--fp16", "--maps", "none", "{exported}"], "are part of the file"),
        (["--fp16", "--out", "{exported}", "{exported}"], "is the model itself"),
    ],
)
def test_the_command_refuses_bad_input_in_one_line(
    exported: Path, arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"checkpoint": exported.with_suffix(".ckpt"), "exported": exported}
    assert export_command([a.format(**names) for a in arguments]) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1
