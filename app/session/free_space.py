"""How much longer can be recorded on the disk that sessions go to."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..settings import RecordingOptions
from ..sources.base import SourceFacts

_LOOK_SECONDS: Final = 5.0
_LOW_SECONDS: Final = (600.0, 300.0, 120.0)
_USUAL_RATE, _USUAL_SIZE = 30.0, (1280, 720)
_ROW_BYTES: Final = 250.0
_BITS_PER_PIXEL: Final = {False: 0.25, True: 12.0}
"""What a pixel of a stored frame takes, lossless or not: rather more than most cameras' do."""


def expected_rate(source: SourceFacts, faces: int, recording: RecordingOptions) -> float:
    """Bytes per second of source time that a recording will take, about."""
    rate = source.rate or _USUAL_RATE
    width, height = source.size or _USUAL_SIZE
    pixels = width * height * _BITS_PER_PIXEL[recording.lossless] / 8 if recording.video else 0.0
    return rate * (faces * _ROW_BYTES + pixels)


def duration_words(seconds: float) -> str:
    """A time that is left, as coarse as it is long."""
    if seconds < 600 * 60:
        return f"{int(seconds // 60)} min"
    return f"{int(seconds // 3600)} h" if seconds < 100 * 3600 else "more than 100 h"


class LowSpace:
    """Warns of a disk that will be full: once below each of some times that are left, and at once
    where a recording is to be longer than there is room for."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A recording begins: nothing has been said."""
        self._levels = list(_LOW_SECONDS)
        self._compared = False

    def words(self, left: float, wanted: float | None = None) -> str:
        """A sentence where there is something new to say, else "".

        Args:
            left: seconds for which there is room.
            wanted: seconds that are still to be recorded, None where that is not known.
        """
        if wanted is not None and wanted <= left:
            return ""
        if wanted is not None and not self._compared:
            self._compared = True
            return (
                f"The disk has room for {duration_words(left)} of the {duration_words(wanted)} "
                "that are still to be recorded: make room, or choose another folder."
            )
        passed = [level for level in self._levels if left < level]
        if not passed:
            return ""
        self._levels = [level for level in self._levels if level not in passed]
        return (
            f"The disk will be full in {duration_words(left)}: make room, or end the recording. "
            "What is recorded until then is kept."
        )


class FreeSpace:
    """Looks at a disk every five seconds.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked: tuple[Path | None, float] = None, 0.0
        self._free = self._taken = 0.0

    def words(self, folder: Path, expected: float, recorded: float = 0.0) -> str:
        """Room in gigabytes and in minutes; the arguments are those of `seconds`."""
        left = self.seconds(folder, expected, recorded)
        return f"{self._free / 1e9:.1f} GB free, room for {duration_words(left)}"

    def seconds(self, folder: Path, expected: float, recorded: float = 0.0) -> float:
        """For how many seconds more there is room.

        Args:
            folder: the session folder, or the one in which it would be made.
            expected: bytes per second, as long as nothing has been measured.
            recorded: seconds that the session in `folder` holds, 0 where there is none.
        """
        self._look(folder)
        measured = self._taken / recorded if recorded > _LOOK_SECONDS else 0.0
        return self._free / max(measured or expected, 1.0)

    def _look(self, folder: Path) -> None:
        now = self._clock()
        before, seen = self._looked
        if before == folder and now < seen + _LOOK_SECONDS:
            return
        self._looked = folder, now
        there = next((each for each in (folder, *folder.parents) if each.exists()), None)
        self._free = float(shutil.disk_usage(there).free) if there is not None else 0.0
        files = folder.iterdir() if folder.is_dir() else ()
        self._taken = float(sum(each.stat().st_size for each in files if each.is_file()))
