"""A network's file that was damaged is refused in a sentence, and nothing else is printed."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from avce.model.errors import InputError
from avce.model.predictor import Predictor
from avce.weights import find_weights

ROUNDS = 24
EDGE = 4000  # bytes at either end that hold the graph and the metadata; between them lie weights


def test_a_damaged_network_is_refused_or_runs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = find_weights("avce-al.onnx").read_bytes()
    path = tmp_path / "damaged.onnx"
    draw = random.Random(3)
    refused: list[str] = []
    for round_ in range(ROUNDS):
        copy = bytearray(content)
        for _ in range(draw.choice((1, 5, 50))):
            copy[draw.choice((1, -1)) * draw.randrange(1, EDGE)] = draw.randrange(256)
        if round_ % 6 == 0:
            del copy[draw.randrange(len(copy)) :]
        path.write_bytes(bytes(copy))
        try:
            predictor = Predictor(path, provider="cpu", threads=1)
            predictor.predict(np.zeros((1, 224, 224, 3), np.uint8))
        except InputError as error:
            refused.append(str(error))
    assert len(refused) > ROUNDS / 4
    assert all(str(path) in words and "\n" not in words for words in refused)
    assert capfd.readouterr() == ("", "")
