"""Ends a command by SIGKILL at its n-th change of a folder, for every n or by a seeded schedule."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Opening for writing, renaming, linking, removing: between two of these a folder stays the same,
# but for what goes into open files.
HOOK = """
import atexit, os, signal, sys
def count_changes(root, fatal, tell):
    seen = 0
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    changes = {"os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"}
    def hook(event, args):
        nonlocal seen
        if event == "open":
            counts = isinstance(args[2], int) and args[2] & writing
        else:
            counts = event in changes
        if counts and any(root in str(arg) for arg in args[:2]):
            seen += 1
            if seen == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    return lambda: tell(seen)
"""


def forked(act: Callable[[], object], root: Path, fatal: int) -> int | None:
    """Run `act` in a fork of this process that is killed at that change below `root` (from 1).

    Returns the number of changes where it ended before, None where it was killed.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            names: dict[str, Callable[..., Callable[[], None]]] = {}
            exec(HOOK, names)
            told = names["count_changes"](
                str(root), fatal, lambda seen: os.write(write, str(seen).encode())
            )
            act()
            told()
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return None
    assert status == 0, "it failed by itself"
    return int(said)


_PROGRAM = f"""
import sys
{HOOK}
root, fatal, module, *arguments = sys.argv[1:]
told = count_changes(root, int(fatal), lambda seen: print(f"CHANGES {{seen}}", flush=True))
import importlib
status = importlib.import_module(module).main(arguments)
told()
sys.exit(status)
"""


def run(module: str, arguments: Sequence[str], root: Path, fatal: int = 0, after: float = 0) -> int:
    """Run a command in a process of its own, killed at a change of `root`, or after some seconds.

    Returns the number of changes where it came to its end, -1 where it was killed.
    """
    command = [sys.executable, "-c", _PROGRAM, str(root), str(fatal), module, *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            out, said = process.communicate(timeout=after or None)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return -1
    if process.returncode == -signal.SIGKILL:
        return -1
    assert process.returncode == 0, said
    return int(out.rpartition("CHANGES ")[2].split()[0])


def schedule(changes: int, seconds: float, kills: int, seed: int) -> list[tuple[int, float]]:
    """When to kill: by turns at a change of the folder and at a time; the same for each seed."""
    draw = random.Random(seed)
    return [
        (draw.randint(1, changes), 0.0) if i % 2 == 0 else (0, draw.uniform(0.2, 1.0) * seconds)
        for i in range(kills)
    ]


def timed(act: Callable[[], int]) -> tuple[int, float]:
    """What it returns, and how many seconds it took."""
    start = time.monotonic()
    return act(), time.monotonic() - start


def left_over(folder: Path) -> list[str]:
    """What a program makes for itself and takes away again: parts, work folders; not locks."""
    endings = (".tmp", ".work", ".partial")
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.name.endswith(endings) or path.name.startswith((".partial", ".export-"))
    )
