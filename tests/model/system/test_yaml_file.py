"""YAML files are read as far as they are plain; what would grow beyond its text is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from avce.model.errors import InputError
from avce.model.system.yaml_file import MOST_BYTES, read_yaml

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(InputError) as said:
        read_yaml(path)
    assert str(path) in str(said.value)
    assert "\n" not in str(said.value)
    return str(said.value)


def test_a_value_may_have_a_name_and_be_used_again(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("seeds: &few [0, 1]\nrows:\n  - {name: a, seeds: *few}\n")
    assert read_yaml(path) == {"seeds": [0, 1], "rows": [{"name": "a", "seeds": [0, 1]}]}
    path.write_text("")
    assert read_yaml(path) is None
    path.write_bytes(b"\xef\xbb\xbfa: 1")
    assert read_yaml(path) == {"a": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: [", "line 1: this is not YAML"),
        (b"[" * 20_000, "this is not YAML"),
        (b"a: 2001-99-99", "this is not YAML"),
        (b"\xff", "this is not YAML"),
        (b"a: !!python/object/apply:os.system [echo]", "line 1: this is not YAML"),
        (b"{[a]: 1}", "this is not YAML"),
        (LAUGHS.encode(), "line 2: this is not YAML .too many values stand for others"),
        (b"a: &a [1]\nb: [" + b"*a, " * 101 + b"]", "too many values stand for others"),
        (b"a: &a [*a]", "too many values stand for others"),
        (b"#" * (MOST_BYTES + 1), "is too large"),
    ],
)
def test_what_is_no_plain_file_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, words: str
) -> None:
    assert re.search(words, refusal(tmp_path / "x.yaml", content))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml cannot be read"):
        read_yaml(tmp_path / "none.yaml")
