"""Ctrl-C, SIGTERM, and SIGHUP of a terminal that is closed: the first ends a command cleanly."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""Exit status of a command that was interrupted."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
ONE_REQUEST_SECONDS = 0.5
"""Signals so soon after the first one ask for the same: `timeout` sends two at once, to the process
and to its group, and so does a terminal's Ctrl-C through a program that passes it on."""


def ending_signals() -> tuple[signal.Signals, ...]:
    """What asks this process to end: SIGHUP too where there is one, unless `nohup` said that it is
    to be ignored."""
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is None or signal.getsignal(hang_up) is signal.SIG_IGN:
        return _SIGNALS
    return (*_SIGNALS, hang_up)


def _end_now() -> None:
    sys.stderr.write("stopped at once: the work in progress was not finished\n")
    sys.stderr.flush()
    os._exit(INTERRUPTED)


@contextmanager
def interruptible(end_now: Callable[[], None] = _end_now) -> Iterator[None]:
    """Let SIGTERM and SIGHUP end what runs inside as Ctrl-C does (`KeyboardInterrupt`), and a
    second SIGTERM or Ctrl-C end the process hard, unless it comes within `ONE_REQUEST_SECONDS`.

    A second SIGHUP changes nothing: a terminal that closes often sends two.

    Python acts on a signal between two steps of its main thread. A network or a driver that never
    returns keeps it from there, so signals are counted on a thread of their own. In another
    thread than the main one nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal interrupted
        # What is being finished is not disturbed; whether it is ended hard, the thread decides.
        if not interrupted:
            interrupted = True
            raise KeyboardInterrupt

    reading, writing = socket.socketpair()
    writing.setblocking(False)
    before = {number: signal.signal(number, interrupt) for number in ending_signals()}
    wakeup = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=_count, args=(reading, end_now), name="signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        writing.close()
        thread.join()
        reading.close()


def _count(reading: socket.socket, end_now: Callable[[], None]) -> None:
    first: float | None = None
    while data := reading.recv(64):
        now = time.monotonic()
        if not any(byte in _SIGNALS for byte in data):
            continue
        if first is None:
            first = now
        elif now - first > ONE_REQUEST_SECONDS:
            end_now()
            return
