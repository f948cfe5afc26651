"""Writes a display matrix into an MP4."""

from __future__ import annotations

import struct
from pathlib import Path


def set_display_matrix(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Have an MP4 shown with pixel (p, q) at (a p + c q, b p + d q)."""
    data = bytearray(path.read_bytes())
    header = data.index(b"tkhd") + 4
    assert data[header] == 0, "the short form of a track's header"
    one, two = 1 << 16, 1 << 30
    numbers = (a * one, b * one, 0, c * one, d * one, 0, 0, 0, two)
    struct.pack_into(">9i", data, header + 40, *numbers)
    path.write_bytes(data)
