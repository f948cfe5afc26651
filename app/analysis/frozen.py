"""A live source that shows one frame again and again: a camera that hangs, or is covered."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..sources.base import Frame

_SECONDS: Final = 5.0
_EVERY: Final = 8
"""Pixels from one that is compared to the next. Two frames of a camera that works differ in many,
however still the scene: its sensor adds noise."""


class FrozenWatch:
    """Says once that the frames have been the same for five seconds, and once that they no longer
    are; seconds are those of the source's clock."""

    def __init__(self) -> None:
        self._newest: Frame | None = None
        self._since = 0.0
        self._told = False

    def frame(self, frame: Frame) -> str:
        """What is to be said after this frame, "" for nothing."""
        before, self._newest = self._newest, frame
        if before is None or not _alike(before, frame):
            since, self._since = self._since, frame.timestamp
            told, self._told = self._told, False
            seconds = frame.timestamp - since
            return f"Frames change again, after {seconds:.0f} s." if told else ""
        if self._told or frame.timestamp - self._since < _SECONDS:
            return ""
        self._told = True
        return (
            f"The same frame has been arriving for {_SECONDS:.0f} s: the camera is stuck "
            "or covered, and readings of this time say nothing."
        )


def _alike(one: Frame, other: Frame) -> bool:
    return np.array_equal(one.rgb[::_EVERY, ::_EVERY], other.rgb[::_EVERY, ::_EVERY])
