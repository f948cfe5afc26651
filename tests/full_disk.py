"""A disk that is full at the n-th write, whoever writes: what is opened from Python is watched."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


class Disk:
    """A layer under the files of a folder: write number `fails_at` finds the disk full.

    What fits into a file that already exists is still written, as on a real disk; half of what
    does not fit is. `for_good`: the disk stays full, otherwise one write fails. Native code that
    opens files by their names (Parquet, video) is not seen.
    """

    def __init__(self, fails_at: int, *, for_good: bool = True) -> None:
        self.fails_at, self.for_good = fails_at, for_good
        self.writes = 0
        self._breaking = False

    def takes(self, size: int) -> int:
        """How many bytes of a write there is room for: all, half of it, or none."""
        if self._breaking:
            self._breaking = False
            return 0
        self.writes += 1
        if self.writes == self.fails_at:
            # As on a real disk: what there is room for is written, and the rest is tried again.
            self._breaking = size > 1
            return size // 2
        return 0 if self.writes > self.fails_at and self.for_good else size

    def file(self, path: Any, mode: str = "r", *args: Any, **named: Any) -> io.FileIO:
        """`io.FileIO`, on this disk."""
        disk = self

        class File(io.FileIO):
            def write(self, data: Any, /) -> int:
                data = memoryview(data).cast("B")
                end = self.tell() + len(data)
                there = end <= os.fstat(self.fileno()).st_size
                room = len(data) if there else disk.takes(len(data))
                if not room and data:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return super().write(data[:room])

        return File(path, mode, *args, **named)


@contextmanager
def full_disk(disk: Disk, folder: Path) -> Iterator[None]:
    """Put the disk under whatever Python opens for writing in the folder."""
    real = io.open

    def opened(
        file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None,
        errors: str | None = None, newline: str | None = None, closefd: bool = True,
        opener: Any = None,
    ) -> Any:  # fmt: skip
        there = isinstance(file, str | Path) and Path(file).absolute().is_relative_to(folder)
        if not there or not set(mode) & set("wax+"):
            return real(file, mode, buffering, encoding, errors, newline, closefd, opener)
        raw = disk.file(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        if buffering == 0:
            return raw
        buffer = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        if "b" in mode:
            return buffer
        return io.TextIOWrapper(buffer, encoding, errors, newline, buffering == 1)

    def raw_file(file: Any, mode: str = "r", *args: Any, **named: Any) -> io.FileIO:
        there = isinstance(file, str | Path) and Path(file).absolute().is_relative_to(folder)
        make = disk.file if there and set(mode) & set("wax+") else io.FileIO
        return make(file, mode, *args, **named)

    from avce.app.session import folder as session_folder
    from avce.app.session import writer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(io, "open", opened)
        patch.setattr(builtins, "open", opened)
        for module in (session_folder, writer):
            patch.setattr(module, "FileIO", raw_file)
        yield
