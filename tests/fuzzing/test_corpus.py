"""Every reader of foreign files, on the inputs that are kept: what a fuzzer starts from and what it
once found."""

from __future__ import annotations

from pathlib import Path

import pytest

from .readers import CORPUS, READERS, made, outcome


@pytest.mark.parametrize("name", READERS)
def test_what_fuzzing_found_is_read_or_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    path = made(reader, tmp_path)
    whole = path.read_bytes()
    outcome(reader, path, whole)
    for kept in reader.corpus():
        outcome(reader, path, kept.read_bytes())
    # Cut anywhere, as by a full disk or a broken copy.
    for part in range(8):
        outcome(reader, path, whole[: len(whole) * part // 8])


def test_the_corpus_is_small_and_belongs_to_readers() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} <= {*READERS}
    assert sum(path.stat().st_size for path in files) < 200_000
