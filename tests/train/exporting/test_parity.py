"""What is said of a file's distance from its network, on every provider that is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avce.model.errors import InputError
from avce.model.predictor import Prediction, Predictor
from avce.train.checkpoint import load_network
from avce.train.export import main as export_command
from avce.train.exporting.onnx_file import InferenceGraph
from avce.train.exporting.parity import (
    TOLERANCE,
    Limit,
    Parity,
    Predict,
    compare,
    graph_estimator,
    limits,
    providers_here,
    sample_images,
)

FACES = np.zeros((5, 224, 224, 3), np.uint8)


def _saying(valence: float, z: float, cam: float) -> Predict:
    """A network that says the same of every face; arousal is 0.5."""

    def estimate(faces: np.ndarray) -> Prediction:
        n = len(faces)
        va = np.tile(np.array([valence, 0.5], np.float32), (n, 1))
        maps = np.stack([np.full((n, 2, 2), cam), np.ones((n, 2, 2))], axis=1)
        return Prediction(va, maps.astype(np.float32), np.full((n, 32), z, np.float32))

    return estimate


def test_the_largest_and_the_mean_difference_of_each_output_are_told() -> None:
    rows = compare(_saying(0.5, 8.0, 1.0), _saying(0.25, 7.0, 0.5), FACES, TOLERANCE["fp32"])
    found = {row.output: (row.largest, row.mean) for row in rows}
    # Half of the values differ; z is divided by its largest value.
    assert found == {"va": (0.25, 0.125), "z": (0.125, 0.125), "cam": (0.5, 0.25)}
    assert not any(row.holds for row in rows)


def test_maps_of_an_estimate_without_a_sign_are_left_out() -> None:
    near = compare(_saying(1e-3, 1.0, 1.0), _saying(-1e-3, 1.0, 0.0), FACES, TOLERANCE["fp16"])
    assert {row.output: row.largest for row in near}["cam"] == 0.0
    far = compare(_saying(1e-2, 1.0, 1.0), _saying(-1e-2, 1.0, 0.0), FACES, TOLERANCE["fp16"])
    assert {row.output: row.largest for row in far}["cam"] == 1.0


def test_what_is_not_a_number_never_holds() -> None:
    rows = compare(
        _saying(0.5, 1.0, 1.0), _saying(float("nan"), 1.0, 1.0), FACES, limits("fp16", "cpu")
    )
    assert not next(row for row in rows if row.output == "va").holds
    assert Parity("va", "cpu", "real", 0.1, 0.1, Limit(mean=0.2)).holds


def test_maps_of_another_size_are_refused() -> None:
    whole = _saying(0.5, 1.0, 1.0)

    def smaller(faces: np.ndarray) -> Prediction:
        said = whole(faces)
        return Prediction(said.va, said.cam[:, :, :1], said.z)

    with pytest.raises(InputError, match=r"\[2, 1, 2\] in place of \[2, 2, 2\]"):
        compare(whole, smaller, FACES, TOLERANCE["fp32"])


@pytest.mark.gpu
@pytest.mark.parametrize("provider", ["cpu", "cuda", "tensorrt", "coreml", "directml"])
def test_every_provider_gives_what_pytorch_gives(exported: Path, provider: str) -> None:
    opened, left_out = providers_here(exported)
    if provider in left_out:
        pytest.skip(f"{provider}: {left_out[provider]}")
    net, _ = load_network(exported.with_suffix(".ckpt"))
    reference = graph_estimator(InferenceGraph(net))
    rows = compare(
        reference, opened[provider].predict, sample_images(8, seed=5), limits("fp32", provider)
    )
    assert {row.output for row in rows} == {"va", "cam", "z"}
    assert not [row for row in rows if not row.holds]


@pytest.mark.slow
def test_verify_prints_every_output_on_every_provider_for_both_kinds_of_faces(
    exported: Path, faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "v.onnx"
    checkpoint = str(exported.with_suffix(".ckpt"))
    assert export_command([checkpoint, "--out", str(out), "--verify", str(faces)]) == 0
    said = capsys.readouterr().out
    assert "difference from PyTorch" in said
    opened, left_out = providers_here(out)
    for provider in opened:
        rows = [line.split() for line in said.splitlines() if f" {provider} " in line]
        named = {(row[1], row[5]) for row in rows}
        assert named == {(o, k) for o in ("va", "cam", "z") for k in ("made-up", "real")}
    assert set(opened) | set(left_out) == {"cpu", "cuda", "tensorrt", "coreml", "directml"}
    for provider in left_out:
        assert f"not compared on {provider}: " in said
    assert Predictor(out, provider="cpu").card.precision == "fp32"
