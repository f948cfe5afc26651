"""Processes that work for another end with it; a command ends at a signal, whatever holds it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

from avce.model.system.signals import interruptible

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
PATIENCE = 60.0
"""Seconds until a test that hangs is given up; none that passes waits so long."""
STUCK = "hashlib.pbkdf2_hmac, 'sha256', b'x', b'y', 2**31 - 1"
"""A native call that takes most of an hour, and that no signal handler of Python can break off."""


@contextmanager
def started(program: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as p:
        try:
            yield p
        finally:
            p.kill()


def gone(pid: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def signalled_until_it_ends(process: subprocess.Popen[str], number: int) -> int:
    """Its exit status. Two signals that come before a busy machine lets it look are one to it, so
    it is sent again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            return process.wait(1.0)
    return process.wait(0.0)


@pytest.mark.parametrize("stop", ["None", "gc.collect"])
def test_workers_end_with_a_killed_parent_also_where_native_code_holds_them(stop: str) -> None:
    program = f"""
import gc, hashlib, os, time
from avce.model.system.workers import WorkerPool
pool = WorkerPool(1, {stop})
print(pool.submit(os.getpid).result(), flush=True)
pool.submit({STUCK})
time.sleep(600)
"""
    with started(program) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
        assert gone(worker)


def test_a_pool_that_is_ended_leaves_no_worker() -> None:
    program = f"""
import hashlib, os
from avce.model.system.workers import WorkerPool
with WorkerPool(1) as pool:
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit({STUCK})
    pool.end()
"""
    with started(program) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert parent.wait(PATIENCE) == 0
        assert gone(worker)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_is_an_interruption(number: int) -> None:
    ended: list[int] = []
    before = signal.getsignal(number)

    def run() -> None:
        with interruptible(lambda: ended.append(1)):
            os.kill(os.getpid(), number)
            time.sleep(PATIENCE)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert ended == []
    assert signal.getsignal(number) is before


def test_a_second_signal_ends_a_command_that_native_code_holds() -> None:
    program = f"""
import sys, hashlib, threading, time
from avce.model.errors import run_command
call, *rest = {STUCK}
def main():
    call(*rest)
def tell(thread=threading.get_ident()):
    while sys._current_frames()[thread].f_code is not main.__code__:
        time.sleep(0.01)
    # Nothing but the native call takes so much of the processor.
    began = time.process_time()
    while time.process_time() < began + 0.1:
        time.sleep(0.01)
    print("ready", flush=True)
threading.Thread(target=tell, daemon=True).start()
sys.exit(run_command(main, name="avce", debug=False))
"""
    with started(program) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        assert signalled_until_it_ends(process, signal.SIGTERM) == 130
        assert process.stderr is not None
        assert "stopped at once" in process.stderr.read()
