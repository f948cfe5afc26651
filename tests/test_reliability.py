"""Every promise of docs/reliability.md names a test that is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_ROW = re.compile(r"^\| (?P<fault>[^|]+) \| (?P<promise>[^|]+) \| `(?P<test>[^`|]+)` \|$")


def promises() -> list[re.Match[str]]:
    """The rows of the table: fault, promise, test."""
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("|")][2:]
    found = [_ROW.match(line) for line in table]
    assert all(found), [line for line, row in zip(table, found, strict=True) if row is None]
    return [row for row in found if row]


@cache
def functions_of(name: str) -> frozenset[str]:
    """The names of the test functions of a file."""
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    return frozenset(n.name for n in tree.body if isinstance(n, ast.FunctionDef))


def test_each_promise_is_held_by_a_test_that_is_there() -> None:
    rows = promises()
    assert len(rows) > 20
    for row in rows:
        file, _, name = row["test"].partition("::")
        assert (ROOT / file).is_file(), row["test"]
        assert name in functions_of(file), row["test"]


def test_no_promise_is_made_twice() -> None:
    tests = [row["test"] for row in promises()]
    assert sorted(set(tests)) == sorted(tests)
