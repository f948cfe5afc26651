"""Boxes around faces, and how far two of them are one."""

from __future__ import annotations

Box = tuple[float, float, float, float]
"""x and y of the upper left corner, width, height."""


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, from 0 to 1; 0 of boxes without an area."""
    width, height = (
        max(0.0, min(a[at] + a[at + 2], b[at] + b[at + 2]) - max(a[at], b[at])) for at in (0, 1)
    )
    shared = width * height
    union = a[2] * a[3] + b[2] * b[3] - shared
    return shared / union if union > 0 else 0.0
