"""The last block in PyTorch is that of the file, and a few steps take it towards labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from avce.train.adaptation import last_block
from avce.train.adaptation.last_block import block_values, find_last_block, train_block
from avce.train.exporting.half_storage import restore_float
from avce.train.exporting.last_layer import find_last_layer, open_values, tensor_of
from avce.train.exporting.parity import sample_images
from avce.weights import find_weights


def opened(path: Path):
    file = onnx.load(str(path), load_external_data=False)
    restore_float(file)
    last = find_last_layer(file)
    assert last is not None
    block = find_last_block(file, last.input[0])
    assert block is not None
    layer = tuple(tensor_of(file, name) for name in last.input[1:3])
    return file, block, layer


@pytest.mark.parametrize("name", ["avce-al", "avce-r18"])
def test_the_block_computes_what_the_shipped_file_does(name: str) -> None:
    file, block, _ = opened(find_weights(f"{name}.onnx"))
    inner, hidden = open_values(file, [block.cut, block.hidden])(sample_images(3))
    weights = {key: tensor.numpy() for key, tensor in block.weights.items()}
    np.testing.assert_allclose(block_values(block, inner, weights), hidden, atol=1e-4)
    place = {"avce-al": "encoder.10", "avce-r18": "encoder.layer4.1.conv"}[name]
    assert {key.startswith(place) for key in weights} == {True}


def test_some_steps_lead_towards_the_labels_and_stay_near_the_start(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_block, "STEPS", 12)
    torch.manual_seed(0)
    file, block, layer = opened(exported)
    inner = open_values(file, [block.cut])(sample_images(8))[0]
    target = np.random.default_rng(0).uniform(-0.5, 0.5, (8, 2))
    start = {key: tensor.numpy() for key, tensor in block.weights.items()}
    weights, weight, bias = train_block(block, inner, target, layer)

    def error(weights, weight, bias) -> float:
        said = block_values(block, inner, weights) @ np.transpose(weight) + bias
        return float(((said - target) ** 2).mean())

    assert error(weights, weight, bias) < 0.9 * error(start, *layer)
    for key, values in weights.items():
        assert 0 < np.abs(values - start[key]).max() < 0.02
    again = train_block(block, inner, target, layer)
    assert np.array_equal(again[1], weight)
