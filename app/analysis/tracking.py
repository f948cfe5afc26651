"""Which face is which, from frame to frame, through short occlusions and crossings.

A face is matched to the track whose predicted square it fits best (overlap, distance and size),
all pairs at once so that two faces that cross do not take each other's number. A track waits for
its face to come back from two seconds of occlusion; a number is never given twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from math import hypot, inf, log

from ...model.face.face import Face

PATIENCE = 2.5
"""Seconds from the last to the next sight of a face: two of occlusion, and slow frames."""
REACH = 1.0
"""Farthest a match may be from the predicted centre, in face widths; more while it is away."""
_REACH_PER_SECOND = 1.5
_MAX_REACH = 3.0
_SPEED_MEMORY = 0.6
_EXACT_UP_TO = 6
_HIDDEN = 0.2
"""What a track costs that the last frame lacked: a face in front is not the one behind it."""


@dataclass(frozen=True, slots=True)
class Track:
    """A face's number, its last square (centre and side, pixels), speed (pixels/s) and time."""

    face_id: int
    x: float
    y: float
    side: float
    speed_x: float
    speed_y: float
    seen: float


def _centre(face: Face) -> tuple[float, float]:
    return face.x + face.width / 2.0, face.y + face.height / 2.0


def _cost(track: Track, face: Face, now: float, before: float) -> float:
    """How badly a face fits a track; infinite where it cannot be the same.

    `before` is the time of the last frame.
    """
    away = now - track.seen
    # A speed says little about where somebody is after a while.
    horizon = min(away, 0.5)
    x, y = _centre(face)
    off_x = x - track.x - track.speed_x * horizon
    off_y = y - track.y - track.speed_y * horizon
    distance = hypot(off_x, off_y) / max(track.side, face.width)
    size = abs(log(face.width / track.side))
    if distance > min(REACH + _REACH_PER_SECOND * away, _MAX_REACH) or size > log(2.5):
        return inf
    apart = 1.0 - _overlap(off_x, off_y, track.side, face.width)
    # Of two tracks that fit alike, the face belongs to the one that was seen last.
    waiting = 0.1 * away + _HIDDEN * (track.seen < before)
    return distance + 0.5 * apart + 0.5 * size + waiting


def _overlap(off_x: float, off_y: float, side: float, other: float) -> float:
    """Intersection over union of two squares whose centres are that far apart, in [0, 1]."""
    reach, most = (side + other) / 2.0, min(side, other)
    shared = min(max(reach - abs(off_x), 0.0), most) * min(max(reach - abs(off_y), 0.0), most)
    return shared / (side * side + other * other - shared)


def _assign(costs: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs (row, column) of least total cost, leaving out infinite ones; as many as possible.

    Every order is tried for the few faces that a frame has; crowds are matched best pair first.
    """
    rows, columns = len(costs), len(costs[0]) if costs else 0
    if not rows or not columns:
        return []
    if max(rows, columns) > _EXACT_UP_TO:
        return _assign_greedily(costs)
    unmatched = 1_000.0

    def cost(row: int, column: int) -> float:
        value = costs[row][column]
        return unmatched if value == inf else value

    if rows <= columns:
        orders = permutations(range(columns), rows)
        best = min(orders, key=lambda o: sum(cost(r, c) for r, c in enumerate(o)))
        pairs = list(enumerate(best))
    else:
        orders = permutations(range(rows), columns)
        best = min(orders, key=lambda o: sum(cost(r, c) for c, r in enumerate(o)))
        pairs = [(r, c) for c, r in enumerate(best)]
    return [(r, c) for r, c in pairs if costs[r][c] != inf]


def _assign_greedily(costs: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    ordered = sorted(
        (value, r, c) for r, row in enumerate(costs) for c, value in enumerate(row) if value != inf
    )
    used_rows: set[int] = set()
    used_columns: set[int] = set()
    pairs = []
    for _, r, c in ordered:
        if r not in used_rows and c not in used_columns:
            pairs.append((r, c))
            used_rows.add(r)
            used_columns.add(c)
    return pairs


class Tracker:
    """Gives faces their numbers; call `update` once a frame with increasing timestamps."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._tracks: list[Track] = []
        self._next_id = 0
        self._before = -inf

    def rebase(self, timestamp: float) -> None:
        """Time jumped (there was a seek): tracks wait from here on, and stand still."""
        self._tracks = [
            replace(track, seen=timestamp, speed_x=0.0, speed_y=0.0) for track in self._tracks
        ]
        self._before = timestamp

    def forget(self) -> None:
        """Nobody of before is expected: all faces get new numbers."""
        self._tracks = []

    def update(self, faces: Sequence[Face], timestamp: float) -> list[int]:
        """The number of every face, in the order given."""
        self._tracks = [t for t in self._tracks if timestamp - t.seen <= self.patience]
        costs = [
            [_cost(track, face, timestamp, self._before) for face in faces]
            for track in self._tracks
        ]
        self._before = timestamp
        ids: list[int | None] = [None] * len(faces)
        for row, column in _assign(costs):
            track = self._tracks[row]
            ids[column] = track.face_id
            self._tracks[row] = _moved(track, faces[column], timestamp)
        for column, face in enumerate(faces):
            if ids[column] is None:
                x, y = _centre(face)
                track = Track(self._next_id, x, y, face.width, 0.0, 0.0, timestamp)
                self._tracks.append(track)
                ids[column] = self._next_id
                self._next_id += 1
        return [face_id for face_id in ids if face_id is not None]


def _moved(track: Track, face: Face, now: float) -> Track:
    x, y = _centre(face)
    elapsed = max(now - track.seen, 1e-6)
    new_x, new_y = (x - track.x) / elapsed, (y - track.y) / elapsed
    keep = _SPEED_MEMORY
    return replace(
        track,
        x=x,
        y=y,
        side=face.width,
        speed_x=keep * track.speed_x + (1 - keep) * new_x,
        speed_y=keep * track.speed_y + (1 - keep) * new_y,
        seen=now,
    )
