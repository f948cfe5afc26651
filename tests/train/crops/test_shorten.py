"""Crops are written once: an array's file is cut short in place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avce.train.crops.stored_crops import shorten


@pytest.mark.parametrize("shape", [(12, 5, 5), (1000, 3, 3, 3)])
@pytest.mark.parametrize("count", [1, 9, 12])
def test_the_first_rows_are_kept_as_they_are(
    tmp_path: Path, shape: tuple[int, ...], count: int
) -> None:
    path = tmp_path / "a.npy"
    rows = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    made = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    made[:] = rows
    del made
    shorten(path, count)
    np.testing.assert_array_equal(np.load(path), rows[:count])
    np.testing.assert_array_equal(np.load(path, mmap_mode="r"), rows[:count])
    assert path.stat().st_size < 256 + count * int(np.prod(shape[1:]))
