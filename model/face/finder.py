"""Finds the faces of a frame, and follows them from frame to frame.

New faces come from a search of the frame (`search`), whose squares are then judged (`judge`). Of a
face that was found before, the square comes from its landmarks in the frame before, so that no
search is needed to follow it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import AvceError
from ..system.closing import Closing
from .asset import load_face_asset
from .dark_mask import may_have_dark_mask
from .detector import Detections, FaceDetector
from .face import Face, Pixels, Square, square_around
from .judge import BEGIN, KEEP, LIKELY, FaceJudge, Seen
from .mesh import cut_out, square_of
from .same_face import is_among
from .search import LOWEST, FaceSearch
from .steadying import Steadied, steadied
from .tracked_faces import TrackedFaces

HOLD = 3
PROMISING = 0.5
"""Confidence, of the square of a detection, from which on landmarks are looked for there."""
SEARCH_EVERY = 6
_SEARCH_AFTER_LOSS_MS = 2500
_DOUBTED = 250.0
"""Side in pixels up to which a square that shows no face may hold one behind a dark mask: of larger
ones the detector sees enough beside the mask."""
_AROUND = 1.5
"""Side of the square of a detection, as a multiple of its box's."""


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    """A face that is or was followed until a moment ago: who came first has the lowest rank. `held`
    counts its frames; a weak one is shown from the last of `HOLD` on."""

    rank: int
    square: Square
    last_ms: int
    held: int
    steady: Steadied

    def next(self, seen: Seen, now: int) -> _Followed:
        """The same face in the next frame."""
        held = HOLD if seen.face.confidence >= BEGIN else self.held + 1
        return replace(
            self,
            square=seen.square,
            last_ms=now,
            held=held,
            steady=steadied(self.steady, seen.face.landmarks, now / 1000.0),
        )


class FaceFinder(Closing):
    """The faces of frames or stills, as a context manager; use one finder from one thread only.

    Args:
        max_faces: how many faces are given, the largest that are found; in a video those that came
            first.
        video: follow faces from frame to frame; `find` then needs strictly increasing
            `timestamp_ms`.
        portraits: stills are known to show a face each, as those of a data set are: the likeliest
            one is given, however little it looks like one.
        asset: path of `face_landmarker.task`; None looks in the usual places.
    """

    def __init__(
        self,
        max_faces: int = 1,
        *,
        video: bool = False,
        portraits: bool = False,
        asset: Path | str | None = None,
    ) -> None:
        if max_faces < 1:
            raise ValueError(f"max_faces must be at least 1, not {max_faces}")
        self._video = video
        self._portraits = portraits
        self._max_faces = max_faces
        models = load_face_asset(asset)
        self._search = FaceSearch(FaceDetector(models.detector))
        self._judge: FaceJudge | None = FaceJudge(models, video=video)
        self._begin()

    def _begin(self) -> None:
        self._search.begin()
        self._tracked = TrackedFaces()
        self._last_ms = -1
        self._followed: list[_Followed] = []
        self._lost: list[_Followed] = []
        self._ranks = 0
        self._searched_before = SEARCH_EVERY

    def restart(self) -> None:
        """Forget all images so far: the next one is found as if it were the first."""
        self._opened()
        self._begin()

    def close(self) -> None:
        """Free the models; further calls do nothing."""
        if self._judge is not None:
            self._judge.close()
        self._judge = None

    @property
    def tracked(self) -> TrackedFaces:
        """What is known of the last frame's faces, those included that are not given yet."""
        return self._tracked

    def before(
        self, face: Face, earlier: Iterable[tuple[Pixels, float, Sequence[Face]]]
    ) -> Iterator[Face]:
        """The same face in the frames before the one that showed it, until it is not there.

        Args:
            face: as `find` gave it.
            earlier: frames, the newest first: pixels, how many seconds before `face` was seen, and
                the faces that are known there already.

        Nothing of it is remembered: `find` goes on as if it had not been called.
        """
        self._opened()
        square, steady = square_of(face.landmarks), steadied(None, face.landmarks, 0.0)
        for rgb, seconds, others in earlier:
            (seen,) = self._opened().again(rgb, [square])
            known = [square_of(other.landmarks) for other in others]
            if seen is None or seen.face.confidence < KEEP or is_among(seen.square, known):
                return
            square, steady = seen.square, steadied(steady, seen.face.landmarks, seconds)
            yield _placed(seen.face, steady)

    def _opened(self) -> FaceJudge:
        if self._judge is None:
            raise AvceError("This face finder was closed: make a new one.")
        return self._judge

    def find(self, rgb: Pixels, timestamp_ms: int | None = None) -> list[Face]:
        """The faces of an image uint8 [H, W, 3], largest first; none gives an empty list."""
        self._opened()
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
            raise ValueError(f"an image is uint8 [H, W, 3], not {rgb.dtype} {list(rgb.shape)}")
        if self._video:
            if timestamp_ms is None or timestamp_ms <= self._last_ms:
                raise ValueError(
                    f"timestamp_ms must increase: {timestamp_ms} came after {self._last_ms}"
                )
            self._last_ms = timestamp_ms
            faces = self._follow(rgb, timestamp_ms)
        else:
            faces = [seen.face for seen in self._in_still(rgb)]
        return sorted(faces, key=lambda face: -face.width)

    def _in_still(self, rgb: Pixels) -> list[Seen]:
        least = 0.0 if self._portraits else PROMISING
        seen: list[Seen] = []
        search = self._search
        for found in (search.upright, search.turned, search.enlarged, _filling):
            room = self._max_faces - len(seen)
            if room and (found is not _filling or (self._portraits and not seen)):
                known = [each.square for each in seen]
                there = found(rgb)
                if self._portraits:
                    # Whatever is there would be taken: not what only an enlarged view lets through.
                    there = there.of(np.nonzero(there.scores >= LOWEST)[0])
                seen += self._new(rgb, there, known, room, least)
        return seen

    def _follow(self, rgb: Pixels, now: int) -> list[Face]:
        kept: list[tuple[_Followed, Seen]] = []
        gone = []
        squares = [each.square for each in self._followed]
        for each, seen in zip(self._followed, self._opened().again(rgb, squares), strict=True):
            known = [other.square for _, other in kept]
            if seen is None or seen.face.confidence < KEEP or is_among(seen.square, known):
                gone.append(each)
            else:
                kept.append((each.next(seen, now), seen))
        if gone:
            self._search.begin()
        self._lost += [each for each in gone if each.held >= HOLD]
        self._lost = [one for one in self._lost if now - one.last_ms <= _SEARCH_AFTER_LOSS_MS]
        self._searched_before += 1
        due = self._searched_before >= SEARCH_EVERY and len(kept) < self._max_faces
        if not kept or self._lost or due:
            self._searched_before = 0
            kept += self._arrived(rgb, [seen for _, seen in kept], now)
        kept.sort(key=lambda pair: pair[0].rank)
        self._lost += [each for each, _ in kept[self._max_faces :]]
        kept = kept[: self._max_faces]
        self._followed = [each for each, _ in kept]
        faces = {each.rank: _placed(seen.face, each.steady) for each, seen in kept}
        given = {each.rank: faces[each.rank] for each, _ in kept if each.held >= HOLD}
        doubtful = {rank: face for rank, face in faces.items() if rank not in given}
        self._tracked = TrackedFaces(given, doubtful)
        return list(given.values())

    def _arrived(self, rgb: Pixels, known: list[Seen], now: int) -> list[tuple[_Followed, Seen]]:
        """Faces that this frame's search adds to those known: who was lost takes their rank again,
        also where somebody else filled their place meanwhile."""
        room = self._max_faces - len(known)
        found = self._search.in_turn(
            rgb, [(o.square.x, o.square.y, o.square.side) for o in self._lost]
        )
        if room <= 0:
            near = [i for i in range(len(found)) if self._who(_square_of(found, i)) is not None]
            found, room = found.of(near), len(self._lost)
        arrived = []
        for seen in self._new(rgb, found, [seen.square for seen in known], room, LIKELY):
            before = self._who(seen.square)
            if before is not None:
                self._lost.remove(before)
            rank = self._ranks if before is None else before.rank
            self._ranks += before is None
            steady = steadied(None, seen.face.landmarks, now / 1000.0)
            sure = before is not None or seen.face.confidence >= BEGIN
            face = _Followed(rank, seen.square, now, HOLD if sure else 1, steady)
            arrived.append((face, seen))
        return arrived

    def _who(self, square: Square) -> _Followed | None:
        """Who of the lost may be back in a square: the first to have come of those lost near it."""
        near = [
            one
            for one in self._lost
            if math.hypot(one.square.x - square.x, one.square.y - square.y) < one.square.side
            and abs(math.log(one.square.side / square.side)) < math.log(2.0)
        ]
        return min(near, key=lambda one: one.rank, default=None)

    def _new(
        self, rgb: Pixels, found: Detections, known: list[Square], most: int, least: float
    ) -> list[Seen]:
        """At most so many of the detections that are faces and not known yet, largest first, each
        of at least that confidence."""
        known, faces = list(known), []
        order = [int(i) for i in np.argsort(-found.sizes, kind="stable")]
        waiting = [(_square_of(found, i), float(found.scores[i])) for i in order]
        while waiting and len(faces) < most:
            likely, waiting = self._likely(rgb, waiting, known, most - len(faces), least)
            for seen in self._opened().settled(rgb, likely):
                if seen is None or seen.face.confidence < least or is_among(seen.square, known):
                    continue
                if not self._portraits and not self._opened().is_certain(rgb, seen):
                    continue
                known.append(seen.square)
                faces.append(seen)
        return faces

    def _likely(
        self,
        rgb: Pixels,
        waiting: list[tuple[Square, float]],
        known: list[Square],
        most: int,
        least: float,
    ) -> tuple[list[Square], list[tuple[Square, float]]]:
        """The first so many squares that look like faces not known yet, and those left after; with
        the score that the search gave each."""
        likely: list[Square] = []
        for i, (square, score) in enumerate(waiting):
            if len(likely) == most:
                return likely, waiting[i:]
            # Two detections of one face both have their chance: landmarks may be found in one only.
            if is_among(square, known):
                continue
            # The square is only about where the face is: what it shows there counts, unless the
            # search was sure, or a dark mask may be in the way of a face that is not large.
            if score >= BEGIN or self._may_show_a_face(rgb, square, min(least, PROMISING)):
                likely.append(square)
        return likely, []

    def _may_show_a_face(self, rgb: Pixels, square: Square, enough: float) -> bool:
        cut = cut_out(square, rgb)
        if self._opened().confidence(cut, enough)[0] >= enough:
            return True
        return square.side <= _DOUBTED and may_have_dark_mask(cut)


def _placed(face: Face, steady: Steadied) -> Face:
    """The face as it is given: with steadied landmarks."""
    x, y, side = square_around(steady.points)
    return replace(face, x=x, y=y, width=side, height=side, landmarks=steady.points)


def _filling(rgb: Pixels) -> Detections:
    """A face that would fill an image, as those do that were cut out before."""
    height, width = rgb.shape[:2]
    side = min(height, width) / _AROUND
    middle = np.array([[width / 2.0, height / 2.0]], np.float32)
    upright = np.array([[[-0.2, -0.2], [0.2, -0.2], [0, 0], [-0.2, 0.2], [0.2, 0.2]]], np.float32)
    points = middle[:, None] + side * upright
    score = np.array([LOWEST], np.float32)
    return Detections(middle, np.array([side], np.float32), points, score)


def _square_of(found: Detections, index: int) -> Square:
    """The square in which a detection's landmarks are looked for."""
    (x, y), points = found.centres[index], found.points[index]
    eyes = points[1] - points[0]
    # From the side the eyes are too near each other to tell the roll: eyes to mouth does.
    down = points[3:5].mean(axis=0) - points[:2].mean(axis=0)
    if np.hypot(*eyes) < 0.6 * np.hypot(*down):
        eyes = np.array([down[1], -down[0]])
    angle = math.atan2(float(eyes[1]), float(eyes[0]))
    return Square(float(x), float(y), float(found.sizes[index]) * _AROUND, angle)
