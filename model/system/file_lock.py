"""Of several processes that want one folder, one works in it; others wait or are refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import InputError

_WITHOUT_END = -1.0


@contextmanager
def one_at_a_time(
    lock: Path, *, patience: float = _WITHOUT_END, refusal: str = ""
) -> Iterator[None]:
    """Hold the file `lock`, after whoever holds it.

    Args:
        lock: an empty file, made where there is none. It stays: whoever removed it would let one
            process lock a file that is gone while another locks the next one of that name.
        patience: seconds to wait for whoever holds it; without an end unless given.
        refusal: what `InputError` says when it took longer.

    Ask inside whether what is wanted has been made meanwhile.
    """
    held = FileLock(lock)
    try:
        held.acquire(timeout=patience)
    except Timeout as error:
        raise InputError(refusal) from error
    try:
        yield
    finally:
        held.release()
