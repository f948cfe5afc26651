"""One process at a time: nobody enters beside another, whoever comes, waits or leaves."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path

import pytest

from avce.model.errors import InputError
from avce.model.system.file_lock import one_at_a_time


def _count(folder: Path, times: int) -> None:
    number = folder / "number"
    for _ in range(times):
        with one_at_a_time(folder / ".lock"):
            number.write_text(str(int(number.read_text()) + 1))


def test_processes_that_come_and_go_never_work_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "number").write_text("0")
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_count, args=(tmp_path, 50)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert (tmp_path / "number").read_text() == "200"


def test_who_comes_while_somebody_waits_does_not_pass_by(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    waits, inside, leave = threading.Event(), threading.Event(), threading.Event()

    def second() -> None:
        waits.set()
        with one_at_a_time(lock):
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=second)
    with one_at_a_time(lock):
        thread.start()
        waits.wait(30)
    assert inside.wait(30)
    # The first has left, the second holds it: a third finds the same file.
    with pytest.raises(InputError, match="busy"), one_at_a_time(lock, patience=0, refusal="busy"):
        pass
    leave.set()
    thread.join(30)
    with one_at_a_time(lock, patience=0, refusal="busy"):
        pass


def test_whoever_fails_inside_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), one_at_a_time(tmp_path / ".lock"):
        raise ZeroDivisionError
    with one_at_a_time(tmp_path / ".lock", patience=0, refusal="busy"):
        pass
