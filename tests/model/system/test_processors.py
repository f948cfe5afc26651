"""How many processors a process may use, on a machine and in a container."""

import os
from pathlib import Path

import pytest

from avce.model.system import processors as module
from avce.model.system.processors import memory, processors


@pytest.fixture
def eight(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine of eight processors; the file that would say what a container may use."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(module, "_QUOTA", tmp_path / "cpu.max")
    return tmp_path / "cpu.max"


def test_without_a_limit_all_are_counted(eight: Path) -> None:
    assert processors() == 8
    eight.write_text("max 100000\n")
    assert processors() == 8


def test_those_withheld_by_the_system_are_not_counted(
    eight: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 5}, raising=False)
    assert processors() == 2


@pytest.mark.parametrize(
    ("said", "count"),
    [("250000 100000", 2), ("20000 100000", 1), ("1600000 100000", 8), ("1 0", 8), ("", 8)],
)
def test_a_container_may_use_its_quota(eight: Path, said: str, count: int) -> None:
    eight.write_text(said)
    assert processors() == count


def test_systems_that_know_no_affinity_say_what_the_machine_has(
    eight: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processors() == 1


def test_memory_is_told_or_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1000}.get, raising=False
    )
    assert memory() == 4_096_000
    monkeypatch.delattr(os, "sysconf")
    assert memory() is None
