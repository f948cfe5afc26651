"""Silence is over when the last of several blocks is, whichever thread they are on."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from avce.model.system.quiet import native_silence, silence


@pytest.mark.parametrize("quiet", [silence, native_silence])
def test_two_threads_that_are_silent_at_once_leave_both_outputs_as_they_were(
    quiet: Callable[[], AbstractContextManager[None]],
) -> None:
    def outputs() -> tuple[object, bool]:
        return sys.stdout, os.path.sameopenfile(2, kept)

    kept = os.dup(2)
    before = outputs()
    inside, tried = threading.Event(), threading.Event()

    def first() -> None:
        with quiet():
            inside.set()
            # Where the second may begin meanwhile, it does, and ends after this one.
            tried.wait(0.2)

    def second() -> None:
        inside.wait()
        with quiet():
            tried.set()
            one.join()

    one = threading.Thread(target=first)
    other = threading.Thread(target=second)
    for thread in (one, other):
        thread.start()
    for thread in (one, other):
        thread.join()
    assert outputs() == before
    os.close(kept)
