"""Processes that work for this one: fresh ones, that end when it ends, however it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait

GRACE_SECONDS = 2.0
"""How long a process whose parent is gone may take to clear up."""


class WorkerPool(ProcessPoolExecutor):
    """Fresh processes, as MediaPipe and forked ones do not go together.

    Ctrl-C reaches all processes of a terminal: workers leave it to whoever started the pool, who
    ends them by `end`. A worker whose parent was killed is gone `GRACE_SECONDS` later, also where
    a network or a decoder holds it.

    Args:
        workers: how many.
        stop: a function of a module (it is sent to the workers) that asks the work in hand to end
            and to clear up. Without one a worker ends at once.
    """

    def __init__(self, workers: int, stop: Callable[[], None] | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        super().__init__(workers, context, initializer=_begin, initargs=(stop,))

    def end(self) -> None:
        """Take no more work, and ask all workers to end."""
        # Python 3.14 has `terminate_workers`; before, the workers are known to the pool alone.
        workers = list((self._processes or {}).values())
        self.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.terminate()


def _begin(stop: Callable[[], None] | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if stop is not None:
        signal.signal(signal.SIGTERM, lambda *_: stop())
    threading.Thread(target=_end_with_parent, args=(stop,), name="parent", daemon=True).start()


def _end_with_parent(stop: Callable[[], None] | None) -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    # Ready when the parent is gone, by whatever signal.
    wait([parent.sentinel])
    if stop is not None:
        stop()
        threading.Event().wait(GRACE_SECONDS)
    os._exit(1)


def is_alive(process: str) -> bool:
    """Whether a process of that number runs; on Windows none is taken to."""
    if not process.isdecimal() or sys.platform == "win32":
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
