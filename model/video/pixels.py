"""How large an image or a frame may be: asked before it is decoded."""

from __future__ import annotations

MOST_PIXELS = 100_000_000
"""Three times an 8K frame, 300 MB as RGB."""
MOST_SIDE = 16_384
"""Pixels; OpenCV ends the process from 32,767 on, and a face finder may add a border."""


def too_large(width: int, height: int) -> str:
    """Why an image of that size is refused, "" for one that is not."""
    if max(width, height) <= MOST_SIDE and width * height <= MOST_PIXELS:
        return ""
    return (
        f"{width} x {height} pixels are too many, at most {MOST_SIDE} on a side and "
        f"{MOST_PIXELS // 1_000_000} million in all can be used: scale it down"
    )
