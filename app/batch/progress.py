"""How far a batch is: workers note it beside what they write, whoever started them adds it up.

A note is a file, so that processes of one machine and of many tell it alike.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..sources.base import Source

if TYPE_CHECKING:
    from rich.console import Console

PARTIAL = ".partial-"
"""What the names of folders begin with that workers make and remove."""
_NOTE = "progress"
_EVERY = 1.0
_MOST_BYTES = 100


class Note:
    """A worker's note of how far it is with one file.

    Args:
        folder: the worker's own, which it removes when it is done.
        source: the file; how long it is tells the share that is done.
        start, end: the part of it that is analysed, s; None where it begins and ends.
    """

    def __init__(
        self, folder: Path, source: Source, start: float | None, end: float | None
    ) -> None:
        self._path = folder / _NOTE
        self._start = start or 0.0
        ends = [each for each in (end, source.duration) if each is not None]
        self._length = min(ends) - self._start if ends else 0.0
        self._written = 0.0

    def write(self, frames: int, timestamp: float) -> None:
        """Note so many frames, up to a moment of the file; once in a second."""
        now = time.monotonic()
        if now - self._written < _EVERY:
            return
        self._written = now
        share = (timestamp - self._start) / self._length if self._length > 0 else 0.0
        # A note that cannot be written costs the note.
        with suppress(OSError):
            self._path.write_text(f"{frames} {min(max(share, 0.0), 1.0):.4f}", encoding="ascii")


def underway(folders: list[Path]) -> tuple[int, float]:
    """What workers in these folders are about: frames, and files as a sum of shares."""
    frames, files = 0, 0.0
    for folder in folders:
        for path in folder.glob(f"{PARTIAL}*/{_NOTE}"):
            # One that is just being written may be cut: the next will not be.
            with suppress(OSError, ValueError), path.open(encoding="ascii") as file:
                count, share = file.read(_MOST_BYTES).split()
                frames, files = frames + int(count), files + float(share)
    return frames, files


class Meter:
    """Files and frames that are done, and those underway in a batch's folders."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders
        self._began = time.monotonic()
        self._files = self._frames = 0

    def add(self, frames: int) -> None:
        """A file is finished that had so many frames."""
        self._files, self._frames = self._files + 1, self._frames + frames

    def read(self) -> tuple[float, float]:
        """Files that are done, those underway by their shares, and frames a second so far."""
        frames, files = underway(self._folders)
        seconds = max(time.monotonic() - self._began, 1e-3)
        return self._files + files, (self._frames + frames) / seconds


@contextmanager
def shown_progress(meter: Meter, total: int, console: Console | None = None) -> Iterator[None]:
    """Show a bar with the time left and frames a second, where somebody looks at a terminal."""
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    console = Console(stderr=True) if console is None else console
    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[rate]}"))
    if not console.is_terminal:
        yield
        return
    ended = threading.Event()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("files", total=total, rate="")

        def follow() -> None:
            while not ended.wait(_EVERY):
                done, rate = meter.read()
                progress.update(task, completed=min(done, total), rate=f"{rate:.0f} frames/s")

        thread = threading.Thread(target=follow, name="batch-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
