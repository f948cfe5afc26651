"""Keeps the start-up chatter of native libraries out of the user's terminal."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

_ALONE = threading.RLock()
# Of two blocks at once, the one that ends last would put back the silence of the other, for good.


@contextmanager
def silence() -> Iterator[None]:
    """Let nothing be printed for the length of a block. It acts on the whole process, one block
    after the other: keep it short."""
    with _ALONE, redirect_stdout(io.StringIO()):
        yield


@contextmanager
def native_silence() -> Iterator[None]:
    """Send what native code writes to standard error to nowhere, for the length of a block.

    MediaPipe logs straight to the file descriptor, before any setting of its own is read. Errors
    of the block still arrive as exceptions. It acts on the whole process, one block after the
    other: keep it short.
    """
    with _ALONE:
        yield from _native_silence()


def _native_silence() -> Iterator[None]:
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, AttributeError, ValueError):
        # There is no standard error to protect, as in a windowed program.
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
