"""Stages side by side: each takes from the one before it in order, on a thread of its own.

An iterator is what a stage gives. `ahead` runs it on a thread, a few items before they are asked
for, so that `ahead(mapped(find, ahead(frames)))` reads, finds and uses at the same time. What comes
out, and in which order, is what the iterator would have given without threads; so is an error,
which comes after everything that was before it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Generic, TypeVar

S = TypeVar("S")
T = TypeVar("T")

MOST_ITEMS = 4
MOST_BYTES = 48_000_000
"""Between two stages: four frames of up to 4 million pixels, fewer of larger ones."""


class BoundedQueue(Generic[T]):
    """Items on their way from one thread to another: in order, and never many of them.

    Args:
        most: how many may wait.
        most_bytes: how much they may hold together; one may wait however large it is.
        size: bytes that an item holds.
    """

    def __init__(
        self,
        most: int = MOST_ITEMS,
        most_bytes: int = MOST_BYTES,
        size: Callable[[T], int] = lambda _: 0,
    ) -> None:
        self._most, self._most_bytes, self._size = most, most_bytes, size
        self._changed = threading.Condition()
        self._waiting: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._ended = self._unwanted = False
        self._error: BaseException | None = None

    def put(self, item: T) -> bool:
        """Wait for room and hand over; False where nobody takes any more."""
        size = self._size(item)
        with self._changed:
            self._changed.wait_for(lambda: self._unwanted or self._has_room(size))
            if self._unwanted:
                return False
            self._waiting.append((item, size))
            self._bytes += size
            self._changed.notify_all()
        return True

    def _has_room(self, size: int) -> bool:
        few = len(self._waiting) < self._most and self._bytes + size <= self._most_bytes
        return few or not self._waiting

    def end(self, error: BaseException | None = None) -> None:
        """There are no more items, because of an error where one is given."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def take(self) -> tuple[T] | None:
        """The next item, waiting for it; None at the end. Raises the error that was the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if self._waiting:
                item, size = self._waiting.popleft()
                self._bytes -= size
                self._changed.notify_all()
                return (item,)
            if self._error is not None:
                raise self._error
            return None

    def refuse(self) -> None:
        """Let go of what waits; nothing is taken from now on."""
        with self._changed:
            self._unwanted = True
            self._waiting.clear()
            self._changed.notify_all()


def ahead(
    items: Iterable[T],
    name: str,
    *,
    most: int = MOST_ITEMS,
    most_bytes: int = MOST_BYTES,
    size: Callable[[T], int] = lambda _: 0,
) -> Generator[T]:
    """The same items in the same order, made on a thread of their own before they are asked for.

    Close it (`contextlib.closing`) before anything that the iterator uses is closed: that ends the
    thread, after the item at which it is, and closes the iterator on it.

    Args:
        items: asked for on the thread alone.
        name: of the thread.
        most, most_bytes, size: see `BoundedQueue`.
    """
    between: BoundedQueue[T] = BoundedQueue(most, most_bytes, size)
    thread = threading.Thread(target=_make, args=(items, between), name=name, daemon=True)
    thread.start()
    try:
        while (taken := between.take()) is not None:
            yield taken[0]
    finally:
        between.refuse()
        thread.join()


def mapped(function: Callable[[S], T], items: Generator[S]) -> Generator[T]:
    """What the function makes of every item; closed, it closes them."""
    with closing(items):
        for item in items:
            yield function(item)


def _make(items: Iterable[T], between: BoundedQueue[T]) -> None:
    iterator = iter(items)
    error: BaseException | None = None
    try:
        for item in iterator:
            if not between.put(item):
                break
    except BaseException as raised:
        error = raised
    try:
        if isinstance(iterator, Generator):
            iterator.close()
    except BaseException as raised:
        error = error or raised
    between.end(error)
