"""Keeps the start-up chatter of native libraries out of the user's terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def native_silence() -> Iterator[None]:
    """Send what native code writes to standard error to nowhere, for the length of a block.

    MediaPipe logs straight to the file descriptor, before any setting of its own is read. Errors
    of the block still arrive as exceptions. It acts on the whole process: keep the block short.
    """
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
