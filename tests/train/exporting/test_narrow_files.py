"""Files in half precision and in 8 bits estimate what the float32 file estimates."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from avce.model.errors import InputError
from avce.model.metrics import evaluate_all
from avce.model.predictor import Predictor
from avce.train.crops.preparation import Preparation
from avce.train.crops.prepare import prepare
from avce.train.datasets import parse_data
from avce.train.evaluate import evaluate
from avce.train.export import main as export_command
from avce.train.exporting.calibration import check_losses, losses
from avce.train.exporting.half_storage import restore_float
from avce.train.exporting.narrowing import to_half
from avce.train.exporting.onnx_file import Order, export
from avce.train.exporting.onnx_graph import nodes_before, simplify
from avce.train.exporting.parity import sample_images
from avce.train.exporting.quantise import encoder_nodes, quantise


@pytest.fixture(scope="module")
def narrow(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network in 8 bits, calibrated on made images."""
    out = tmp_path_factory.mktemp("narrow") / "a-int8.onnx"
    quantise(exported, out, sample_images(12))
    return out


def test_each_convolution_has_7_bit_weights_with_a_scale_a_channel(narrow: Path) -> None:
    graph = onnx.load(str(narrow)).graph
    values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    maker = {output: node for node in graph.node for output in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert len(convolutions) == 5
    for node in convolutions:
        image, weight = (maker[name] for name in node.input[:2])
        assert image.op_type == weight.op_type == "DequantizeLinear"
        stored, scale = (values[name] for name in weight.input[:2])
        assert stored.dtype == np.int8
        assert np.abs(stored.astype(int)).max() == 64
        assert scale.shape == (len(stored),)


def test_the_head_and_the_maps_keep_float32(exported: Path, narrow: Path) -> None:
    plain, small = onnx.load(str(exported)).graph, onnx.load(str(narrow)).graph
    weights = {t.name: t for t in small.initializer}
    for tensor in plain.initializer:
        if not tensor.name.startswith("encoder."):
            np.testing.assert_array_equal(
                numpy_helper.to_array(weights[tensor.name]), numpy_helper.to_array(tensor)
            )
    encoder = nodes_before(plain, [n.output[0] for n in plain.node if n.op_type == "Conv"])
    assert set(encoder_nodes(plain)) <= encoder


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def test_estimates_and_maps_in_8_bits_follow_float32(exported: Path, tmp_path: Path) -> None:
    out = tmp_path / "a-int8.onnx"
    quantise(exported, out, sample_images(16, seed=1))
    _give_metadata(exported, out)
    faces = sample_images(16, seed=2)[4:]
    one = Predictor(exported, provider="cpu").predict(faces)
    other = Predictor(out, provider="cpu").predict(faces)
    spread = one.va.std(axis=0)
    assert (np.abs(one.va - other.va).mean(axis=0) < 0.25 * spread).all()
    assert _correlation(one.z, other.z) > 0.99
    assert other.cam.shape == one.cam.shape
    assert (other.cam >= 0).all()
    assert other.cam.max() <= 1 + 1e-6
    sure = np.abs(one.va) > 0.05
    assert sure.sum() > 4
    assert _correlation(one.cam[sure], other.cam[sure]) > 0.9


def _give_metadata(source: Path, target: Path) -> None:
    file = onnx.load(str(target))
    del file.metadata_props[:]
    file.metadata_props.extend(onnx.load(str(source)).metadata_props)
    onnx.save(file, str(target))


def test_half_precision_halves_the_weights_and_keeps_the_interface(
    exported: Path, tmp_path: Path
) -> None:
    out = tmp_path / "half.onnx"
    assert export_command([str(exported), "--fp16", "--out", str(out)]) == 0
    graph = onnx.load(str(out)).graph
    large = [t for t in graph.initializer if np.prod(t.dims) > 1000]
    assert large
    assert {t.data_type for t in large} == {TensorProto.FLOAT16}
    assert graph.input[0].type.tensor_type.elem_type == TensorProto.UINT8
    assert {o.type.tensor_type.elem_type for o in graph.output} == {TensorProto.FLOAT}
    assert out.stat().st_size < 0.51 * exported.stat().st_size
    card = Predictor(out, provider="cpu").card
    assert card.precision == "fp16"
    assert card.metrics == {"n": 3}


def test_maps_are_computed_in_float32_in_a_file_of_half_precision(
    exported: Path, tmp_path: Path
) -> None:
    out = tmp_path / "half.onnx"
    to_half(exported, out)
    graph = onnx.shape_inference.infer_shapes(onnx.load(str(out))).graph
    kinds = {v.name: v.type.tensor_type.elem_type for v in graph.value_info}
    estimating = nodes_before(graph, ("va", "z"))
    products = [n for n in graph.node if n.op_type == "MatMul" and n.name not in estimating]
    assert len(products) == 4
    assert {kinds[n.output[0]] for n in products} == {TensorProto.FLOAT}
    gemms = [n for n in graph.node if n.op_type in ("Conv", "Gemm")]
    assert {kinds[n.output[0]] for n in gemms} == {TensorProto.FLOAT16}


def test_simplifying_folds_what_is_constant_and_says_how_much(
    tmp_path: Path, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = onnx.load(str(exported))
    # A chain on constants, whose end is added to the estimate.
    file.graph.initializer.append(numpy_helper.from_array(np.float32(2.0), "two"))
    file.graph.node[-1].output[0] = "before"
    file.graph.node.extend(
        [
            onnx.helper.make_node("Sub", ["two", "two"], ["nothing"], "sub"),
            onnx.helper.make_node("Mul", ["nothing", "two"], ["still"], "mul"),
            onnx.helper.make_node("Add", ["before", "still"], ["va"], "add"),
        ]
    )
    padded = tmp_path / "padded.onnx"
    onnx.save(file, str(padded))
    out = tmp_path / "out.onnx"
    assert export_command([str(padded), "--simplify", "--out", str(out)]) == 0
    before, after = len(file.graph.node), len(onnx.load(str(out)).graph.node)
    assert after <= before - 2
    said = capsys.readouterr().out
    assert f"simplified: {before} nodes before, {after} after" in said
    assert simplify(out) == (after, after)
    faces = sample_images()
    one, other = (Predictor(p, provider="cpu").predict(faces) for p in (exported, out))
    np.testing.assert_allclose(one.va, other.va, atol=1e-5)
    np.testing.assert_allclose(one.cam, other.cam, atol=1e-4)


def test_a_fall_of_ccc_beyond_a_hundredth_is_refused_with_both_figures() -> None:
    label = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    good = evaluate_all(label, label)
    # CCC of a x and x, for x of variance s^2 and mean m: 2 a s^2 / (s^2 (1 + a^2) + m^2 (1 - a)^2).
    s2, m2 = label.var(axis=0)[1], label.mean(axis=0)[1] ** 2
    shrunk = evaluate_all(label * [1.0, 0.8], label)
    rows = losses(good, shrunk)
    expected = 1.6 * s2 / (1.64 * s2 + 0.04 * m2)
    assert [name for name, _, _ in rows] == ["valence", "arousal", "mean"]
    assert rows[1][2] == pytest.approx(expected, abs=1e-9)
    assert rows[2][1:] == pytest.approx((1.0, (1 + expected) / 2))
    with pytest.raises(InputError, match=rf"a\.onnx was not .*arousal 1\.0000 to {expected:.4f}"):
        check_losses(rows, Path("a.onnx"))
    check_losses([("valence", 0.8, 0.791), ("arousal", 0.5, 0.9)], Path("a.onnx"))
    for wrong in (0.789, float("nan")):
        with pytest.raises(InputError, match="was not written"):
            check_losses([("valence", 0.8, wrong)], Path("a.onnx"))


def _relabel(source: Path, target: Path, network: Path | None) -> Path:
    """The images of a CSV data set, labelled by what a network says of them, or evenly."""
    target.mkdir()
    with (source / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # Far wider apart than what an untrained network says: its CCC is about 0 in any precision.
    said = {row["path"]: (0.95 * (-1) ** i, 0.95 * (-1) ** (i // 2)) for i, row in enumerate(rows)}
    if network is not None:
        prepared = prepare(
            parse_data(f"csv:{source}")[0].read(), Preparation(workers=1), grey=False
        )
        estimate = Predictor(network, provider="cpu").predict(prepared.crops).va
        said = {n: tuple(v) for n, v in zip(prepared.names, estimate.tolist(), strict=True)}
    with (target / "labels.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["path", "valence", "arousal", "split"])
        for row in rows:
            (target / row["path"]).write_bytes((source / row["path"]).read_bytes())
            out.writerow([row["path"], *said[row["path"]], row["split"]])
    return target


def test_int8_is_written_with_its_own_figures_where_it_costs_nothing(
    exported: Path, faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = f"csv:{_relabel(faces, tmp_path / 'data', None)}"
    out, crops = tmp_path / "a-int8.onnx", tmp_path / "crops"
    command = ["--int8", data, "--crops", str(crops), "--workers", "1", "--out", str(out)]
    assert export_command([str(exported.with_suffix(".ckpt")), *command]) == 0
    said = capsys.readouterr().out
    figures = evaluate(out, data, "val", Preparation(crops, workers=1), provider="cpu")
    for axis in ("valence", "arousal"):
        ccc = figures[axis]["ccc"]
        assert f"validation faces, {axis}: " in said
        assert f"{ccc:.4f} in int8" in said
    card = Predictor(out, provider="cpu").card
    assert card.precision == "int8"
    # The table by condition is for cards, not for every file.
    del figures["conditions"]
    assert card.metrics == json.loads(json.dumps(figures))
    assert card.trained_on == "ferplus + csv"
    # What is in 8 bits already is not taken again.
    assert export_command([str(out), "--fp16"]) == 2
    assert "is in int8 already" in capsys.readouterr().err


@pytest.mark.slow
def test_int8_is_refused_where_it_costs_ccc(
    exported: Path, faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Faces that the network hardly tells apart, labelled by what it says of them in float32.
    data = f"csv:{_relabel(faces, tmp_path / 'data', exported)}"
    out = tmp_path / "a-int8.onnx"
    command = ["--int8", data, "--crops", str(tmp_path / "crops"), "--workers", "1"]
    assert export_command([str(exported), *command, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "valence 1.0000 to 0." in said
    assert said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crops", "data"]


def test_weights_stored_in_half_compute_in_float32_and_come_back(
    exported: Path, tmp_path: Path
) -> None:
    half = tmp_path / "half.onnx"
    export(exported, half, Order(half_stored=True))
    assert half.stat().st_size < 0.55 * exported.stat().st_size
    assert Predictor(half, provider="cpu").card.precision == "fp32"
    said, was = (Predictor(p, provider="cpu").predict(sample_images()) for p in (half, exported))
    assert 0 < np.abs(said.va - was.va).max() < 1e-3
    file = onnx.load(str(half))
    restore_float(file)
    before = {t.name: numpy_helper.to_array(t) for t in onnx.load(str(exported)).graph.initializer}
    for tensor in file.graph.initializer:
        values = numpy_helper.to_array(tensor)
        assert values.dtype == before[tensor.name].dtype
        if values.dtype == np.float32:
            np.testing.assert_allclose(values, before[tensor.name], rtol=1e-3, atol=1e-6)
    assert not [node for node in file.graph.node if node.name.endswith(".weight.cast")]
