"""The peaks of a running session, each with its face and map: found as the readings come."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..analysis import Analysis
from ..summary import APART_SECONDS, PROMINENCE
from .pictures import Picture, map_image
from .theme import AXES

SIDE: Final = 40
"""Width and height of a thumbnail, in pixels."""
MOST: Final = 200
"""So many thumbnails are kept, 6 kB each; the oldest ones go first."""


@dataclass(frozen=True, slots=True, eq=False)
class LivePeak:
    """A turn of one face's smoothed curve, with its face (RGB uint8 [40, 40, 3]) under its map."""

    face_id: int
    axis: str
    time: float
    value: float
    thumbnail: NDArray[np.uint8]


@dataclass(slots=True)
class _Turn:
    """The farthest point since the curve turned: upwards (1), downwards (-1), not yet (0)."""

    way: int
    time: float
    value: float
    face: NDArray[np.uint8] | None
    map: NDArray[np.float32] | None
    low: float
    high: float


class LivePeaks:
    """Follows the smoothed curves of every face.

    A point counts as a peak once the curve has come to it from `PROMINENCE` below (or above) and
    gone back by as much: the rule of the summary, as far as it can be told without what is to come.
    """

    def __init__(self, colours: str = "viridis") -> None:
        self.colours = colours
        self.found: deque[LivePeak] = deque(maxlen=MOST)
        self._turns: dict[tuple[int, str], _Turn] = {}
        self._latest = -float("inf")

    def clear(self) -> None:
        """Forget everything, for another source."""
        self.found.clear()
        self._turns.clear()
        self._latest = -float("inf")

    def take(self, analyses: Iterable[Analysis]) -> bool:
        """Follow new analyses, in order; whether the peaks changed."""
        before = list(self.found)
        for analysis in analyses:
            time = analysis.frame.timestamp
            if time < self._latest:
                # A file was wound back: what comes is read again.
                self.found = deque((p for p in self.found if p.time < time), maxlen=MOST)
                self._turns.clear()
            self._latest = time
            for reading in analysis.readings:
                for number, axis in enumerate(AXES):
                    value = getattr(reading, f"{axis}_smooth")
                    if reading.success and isfinite(value):
                        self._follow(analysis, reading.face_id, axis, number, value)
        return before != list(self.found)

    def _follow(
        self, analysis: Analysis, face_id: int, axis: str, number: int, value: float
    ) -> None:
        crop, both = analysis.crops.get(face_id), analysis.maps.get(face_id)
        own = both[number] if both is not None and both[number].size else None
        time = analysis.frame.timestamp
        new = _Turn(0, time, value, crop, own, value, value)
        turn = self._turns.setdefault((face_id, axis), new)
        if turn.way == 0:
            turn.low, turn.high = min(turn.low, value), max(turn.high, value)
            if turn.high - turn.low >= PROMINENCE:
                new.way = 1 if value == turn.high else -1
                self._turns[face_id, axis] = new
        elif (value - turn.value) * turn.way > 0:
            new.way = turn.way
            self._turns[face_id, axis] = new
        elif (turn.value - value) * turn.way >= PROMINENCE:
            self._note(turn, face_id, axis)
            new.way = -turn.way
            self._turns[face_id, axis] = new

    def _note(self, turn: _Turn, face_id: int, axis: str) -> None:
        if turn.face is None:
            return
        near = (
            peak.face_id == face_id and peak.axis == axis and turn.time - peak.time < APART_SECONDS
            for peak in self.found
        )
        if not any(near):
            picture = thumbnail(turn.face, turn.map, self.colours)
            self.found.append(LivePeak(face_id, axis, turn.time, turn.value, picture))


def thumbnail(
    face: NDArray[np.uint8], values: NDArray[np.float32] | None, colours: str
) -> NDArray[np.uint8]:
    """A face uint8 [H, W, 3] under its map [h, w] in 0..1, as uint8 [40, 40, 3]. Takes 0.3 ms."""
    small = np.asarray(cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)
    if values is None:
        return small.astype(np.uint8)
    over = _resized(map_image(values, colours, 0.6))
    # The map's colours are multiplied by their opacity already.
    return np.clip(small * (1.0 - over[..., 3:] / 255.0) + over[..., :3], 0, 255).astype(np.uint8)


def _resized(picture: Picture) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(picture.pixels, (SIDE, SIDE)), np.float32)
