"""A run of four faces and markers for a quarter of an hour of its own time: nothing grows."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.slow
def test_memory_handles_threads_and_sizes_stay_flat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("bench_growth", BENCHMARKS / "bench_growth.py")
    assert spec is not None
    assert spec.loader is not None
    growth = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "bench_growth", growth)
    spec.loader.exec_module(growth)
    curve = np.array([*growth.hours_of_use(tmp_path, 0.25, 10)])
    assert len(curve) == 10
    hours, memory, files, threads, row, told, _ = curve.T
    assert hours[-1] == pytest.approx(0.25, abs=0.001)
    # Of 27,000 frames with four readings each; what is kept of one would show.
    assert np.ptp(memory[2:]) < 4e6
    assert np.ptp(files) == np.ptp(threads) == 0
    assert np.ptp(row[2:]) < 3.0
    assert np.ptp(told) < 1000
    (session,) = tmp_path.iterdir()
    assert len((session / "events.csv").read_text().splitlines()) == 1 + 15
