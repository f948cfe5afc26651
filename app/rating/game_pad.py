"""A game pad's left stick, as Linux gives it (joystick interface, `linux/joystick.h`).

Qt has no game pads since version 6, and what reads them on other systems (pygame, SDL, hidapi) is
large, so there the mouse and the keys remain. On Linux a pad is a file that events of eight bytes
are read from.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_EVENT = struct.Struct("=IhBB")
"""Milliseconds, value from -32767 to 32767, kind, number."""
_AXIS, _INITIAL = 0x02, 0x80
_REACH = 32767.0
_DEAD = 0.08
"""Of the way: sticks do not come to rest at their middle."""
_MOST = 64 * _EVENT.size


def game_pads(folder: Path = Path("/dev/input")) -> list[Path]:
    """The pads that are there, by number; none on other systems than Linux."""
    return sorted(folder.glob("js*"), key=lambda path: (len(path.name), path.name))


def deflection(value: int) -> float:
    """How far a stick is, in [-1, 1], from what the interface says; 0 around the middle."""
    way = max(abs(value) / _REACH - _DEAD, 0.0) / (1 - _DEAD)
    return min(way, 1.0) * (1 if value > 0 else -1)


class GamePad:
    """The left stick of the first pad that can be opened. Asked, it never waits.

    Args:
        pads: the files to try.
    """

    def __init__(self, pads: Iterable[Path] | None = None) -> None:
        self.stick = (0.0, 0.0)
        """To the right and up, each in [-1, 1]."""
        self._file: int | None = None
        self._rest = b""
        for path in game_pads() if pads is None else pads:
            with suppress(OSError):
                self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                break

    @property
    def there(self) -> bool:
        """Whether there is a pad; it may be unplugged at any time."""
        return self._file is not None

    def poll(self) -> bool:
        """Take in what has happened; whether the stick has moved since."""
        before = self.stick
        while self._file is not None:
            try:
                data = os.read(self._file, _MOST)
            except BlockingIOError:
                break
            except OSError:
                self.close()  # unplugged
                break
            if not data:
                break
            self._take(data)
        return self.stick != before

    def _take(self, data: bytes) -> None:
        data = self._rest + data
        whole = len(data) // _EVENT.size * _EVENT.size
        self._rest = data[whole:]
        right, up = self.stick
        for _, value, kind, number in _EVENT.iter_unpack(data[:whole]):
            if kind & ~_INITIAL == _AXIS and number == 0:
                right = deflection(value)
            elif kind & ~_INITIAL == _AXIS and number == 1:
                up = -deflection(value)
        self.stick = right, up

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
