"""No label file, however damaged, ends in a traceback: faults are listed or the file is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from damage import damaged
from made_labels import FRAMES, LABELS

from avce.model.errors import InputError
from avce.train.datasets import DataSource

ROUNDS = 120


@pytest.mark.parametrize(("name", "build"), LABELS)
def test_a_damaged_label_file_is_read_or_refused(
    name: str, build: Callable[[Path], Path], tmp_path: Path
) -> None:
    table = build(tmp_path)
    source = DataSource(name, tmp_path)
    whole = source.read("train", 1.0)
    assert len(whole.samples) == len(FRAMES)
    assert not whole.skipped
    faulty, refused = 0, []
    for content in damaged(table.read_bytes(), ROUNDS):
        table.write_bytes(content)
        try:
            listing = source.read("train", 1.0)
        except InputError as error:
            refused.append(str(error))
            continue
        faulty += bool(listing.skipped)
        # Whatever is still used is a number in range that belongs to an image.
        for sample in listing.samples:
            assert -1 <= sample.valence <= 1
            assert -1 <= sample.arousal <= 1
            assert sample.path.is_relative_to(tmp_path)
    assert faulty + len(refused) > ROUNDS / 5
    assert not any("\n" in words for words in refused)
