"""The peaks of a running session, each with its face and map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...analysis.analyser import Analysis
from ...analysis.map_strength import map_strength
from ...session.peaks import find_peaks
from ..qt.theme import AXES
from ..widgets.images import map_image
from ..widgets.series import Series

SIDE: Final = 40
"""Width and height of a thumbnail, in pixels."""
MOST: Final = 200
"""So many peaks are marked; the oldest ones go first."""
_KEPT_SECONDS: Final = 10.0
_NEAR_SECONDS: Final = 0.5
_SMOOTH_ROW: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class LivePeak:
    """A peak of one face, with its face under its map (RGB uint8 [40, 40, 3], None: not kept)."""

    face_id: int
    axis: str
    time: float
    value: float
    thumbnail: NDArray[np.uint8] | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A turn of a face on an axis; `ended` where the curve has come back from it."""

    face_id: int
    axis: str
    time: float
    value: float
    ended: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What a face looked like: RGB uint8 [40, 40, 3], and its two maps [2, h, w] if it has any."""

    time: float
    face: NDArray[np.uint8]
    maps: NDArray[np.float32] | None


def snapshot(series: Mapping[int, Series]) -> dict[int, tuple[NDArray[np.float64], np.ndarray]]:
    """Times [n] and values [2, n] (smoothed) of each face, as they are now: for another thread."""
    rows = slice(_SMOOTH_ROW, _SMOOTH_ROW + len(AXES))
    return {face: (s.time.copy(), s.values[rows].copy()) for face, s in series.items()}


def look_for_peaks(
    curves: Mapping[int, tuple[NDArray[np.float64], np.ndarray]],
) -> list[Moment]:
    """The peaks of curves as `snapshot` gives them, and those that have not ended yet."""
    found = []
    for face, (times, values) in curves.items():
        for axis, curve in zip(AXES, values, strict=True):
            ended = find_peaks(times, curve)
            coming = set(find_peaks(times, curve, unfinished=True)) - set(ended)
            found += [Moment(face, axis, float(times[i]), float(curve[i]), True) for i in ended]
            found += [Moment(face, axis, float(times[i]), float(curve[i]), False) for i in coming]
    return sorted(found, key=lambda moment: moment.time)


class LivePeaks:
    """Keeps faces while they may still become those of a peak.

    Which moments are peaks is found as in the review and the summary, over all that was read: a
    mark gives way when a stronger one comes within its two seconds.
    """

    def __init__(self, colours: str = "viridis") -> None:
        self.colours = colours
        self.found: list[LivePeak] = []
        self._looks: dict[int, list[_Look]] = {}

    def clear(self) -> None:
        """Forget everything, for another source."""
        self.found = []
        self._looks.clear()

    def take(self, analyses: Iterable[Analysis]) -> None:
        """Keep the faces of new analyses for a while."""
        for analysis in analyses:
            time = analysis.frame.timestamp
            for reading in analysis.readings:
                crop = analysis.crops.get(reading.face_id)
                if not reading.success or crop is None:
                    continue
                looks = self._looks.setdefault(reading.face_id, [])
                while looks and looks[-1].time >= time:
                    # A file was sought back: what comes is read again.
                    looks.pop()
                maps = analysis.maps.get(reading.face_id)
                looks.append(_Look(time, _small(crop), maps if maps is not None else None))

    def settle(self, moments: Iterable[Moment]) -> bool:
        """Make the peaks those of `look_for_peaks`; whether that changed any."""
        moments = list(moments)
        before = {(p.face_id, p.axis, p.time): p for p in self.found}
        peaks = [
            before.get((m.face_id, m.axis, m.time)) or self._peak(m) for m in moments if m.ended
        ]
        changed = peaks[-MOST:] != self.found
        self.found = peaks[-MOST:]
        self._forget(moments)
        return changed

    def _peak(self, moment: Moment) -> LivePeak:
        look = self._look(moment)
        image = None
        if look is not None:
            own = look.maps[AXES.index(moment.axis)] if look.maps is not None else None
            image = under_map(
                look.face,
                own if own is not None and own.size else None,
                self.colours,
                map_strength(moment.value),
            )
        return LivePeak(moment.face_id, moment.axis, moment.time, moment.value, image)

    def _look(self, moment: Moment) -> _Look | None:
        looks = self._looks.get(moment.face_id, [])
        nearest = min(looks, key=lambda look: abs(look.time - moment.time), default=None)
        if nearest is None or abs(nearest.time - moment.time) > _NEAR_SECONDS:
            return None
        return nearest

    def _forget(self, moments: Iterable[Moment]) -> None:
        """Let go of old faces, but for those of turns that have not ended."""
        wanted = {self._look(moment) for moment in moments if not moment.ended}
        for face, looks in self._looks.items():
            since = looks[-1].time - _KEPT_SECONDS if looks else 0.0
            self._looks[face] = [look for look in looks if look.time >= since or look in wanted]


def _small(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def under_map(
    face: NDArray[np.uint8],
    values: NDArray[np.float32] | None,
    colours: str,
    strength: float = 1.0,
) -> NDArray[np.uint8]:
    """A face uint8 [40, 40, 3] under its map [h, w] in 0..1, as uint8 [40, 40, 3].

    `strength` (0 to 1) is the share of the map's opacity, see `map_strength`.
    """
    if values is None:
        return face
    over = np.asarray(
        cv2.resize(map_image(values, colours, 0.6 * strength).pixels, (SIDE, SIDE)), np.float32
    )
    # The map's colours are multiplied by their opacity already.
    return np.clip(face * (1.0 - over[..., 3:] / 255.0) + over[..., :3], 0, 255).astype(np.uint8)
