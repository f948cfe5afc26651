"""The benchmark behind `model/face/quality.py`: its poorer copies, and what `kept` means."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

PATH = Path(__file__).resolve().parents[3] / "benchmarks" / "reading_conditions.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reading_conditions", PATH)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["reading_conditions"] = made
    spec.loader.exec_module(made)
    return made


def test_the_copies_are_darker_brighter_blurred_and_smaller(bench: Any) -> None:
    rgb = np.random.default_rng(0).integers(60, 160, (120, 120, 3)).astype(np.uint8)
    landmarks = np.full((478, 2), 60.0, np.float32)
    made = dict(bench.copies(rgb, 100.0, landmarks))
    assert made["light x 0.25"].mean() == pytest.approx(0.25 * rgb.mean(), rel=0.05)
    assert made["light x 1.5"].mean() > rgb.mean()
    assert made["blur 0.03 of the face"].std() < 0.5 * rgb.std()
    assert made["face 32 px wide"].shape == (38, 38, 3)
    changed = (made["mouth covered"] != rgb).any(axis=2)
    assert 0 < changed.mean() < 0.5
    assert (made["as it is"] == rgb).all()


def test_kept_is_1_without_more_error_and_0_at_that_of_the_mean_label(
    bench: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    target = np.tile([0.5, -0.5], (40, 1)) * np.where(np.arange(40) % 2, 1, -1)[:, None]

    def seen(kind: str, error: float) -> list[Any]:
        conditions = (0.0, 0.0, 0.0, 0.2, 120.0, 100.0, 0.9, 0.0, 0.0)
        return [bench.Seen(kind, *conditions, t + error, t, t + 0.1) for t in target]

    # The labels spread by .5 around their mean, and the untouched photographs err by .1.
    bench.report([*seen("as it is", 0.1), *seen("poor", 0.3), *seen("poorest", 0.5)])
    rows = [line.rsplit(maxsplit=5) for line in capsys.readouterr().out.splitlines()]
    kept = {
        row[0].split("  ")[0]: float(row[2])
        for row in rows
        if row and row[0].startswith(("as", "poor"))
    }
    assert kept == {"as it is": 1.0, "poor": 0.5, "poorest": 0.0}
