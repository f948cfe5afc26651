"""Finds the faces of a frame, and follows them from frame to frame.

New faces come from a search of the frame (`search`). Each face then gets a square of its own,
cut out upright and scaled, whatever its size and roll: on it the landmarks are measured, and YuNet
says how much it looks like a face. Of a face that was found before, the square comes from its
landmarks in the frame before, so that no search is needed to follow it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import AvceError
from ..system.closing import Closing
from .asset import load_face_asset
from .dark_mask import made_light, may_have_dark_mask
from .detector import Detections, FaceDetector
from .face import Face, Pixels, square_around
from .five_points import apart, five_points, mirrored_points
from .mesh import CUT, FaceMesh, Square, square_of
from .same_face import difference, is_among
from .search import LOWEST, FaceSearch
from .sightings import Sightings
from .steadying import Steadied, steadied

KEEP = 0.3
"""Confidence below which a face that was followed is lost."""
LIKELY = 0.6
"""Confidence, of a view and its mirror image, from which on a detection may be a face."""
BEGIN = 0.75
"""Confidence from which on it is one at once; a weaker one has to hold for `HOLD` frames. In a
still, where nothing is held, it is the mean over `_NEARBY` and their mirror images that counts."""
HOLD = 3
PROMISING = 0.5
"""Confidence, of the square of a detection, from which on landmarks are looked for there."""
_CERTAIN = 0.8
"""Confidence, of a view and its mirror image, that needs no further views of a still."""
_NEARBY = (0.85, 1.0, 1.18)
"""Sides of the squares in which a face of a still is seen again, as multiples of its own one's."""
PRESENT = 0.5
"""Presence (the landmark network's own probability) below which landmarks are of no face."""
SEARCH_EVERY = 6
_SEARCH_AFTER_LOSS_MS = 2500
_VIEWS = (96, 128, 192)
"""Sides in pixels at which a square is shown to YuNet, a face filling two thirds of it: the second
one only if the first is not enough, for there a face with a mask is seen better."""
_CLOSER = (0.8, 0.65)
"""Sides of the squares in which landmarks are looked for again, as multiples of the usual one's."""
_DISAGREE = 0.14
"""Farthest that YuNet's five points may lie from the landmarks', in face sizes (RMS)."""
_ASYMMETRY = 0.08
"""Farthest that those of the landmarks may lie from where the mirror image has them: of faces they
lie within .04 as a rule, in strong noise and under masks within .07, of clocks and grass beyond."""
_MOVED, _SETTLED = 0.15, 0.04
"""How much the square of a followed or a new face may differ from the one it was seen in."""
_SETTLES_AFTER = 4
_AROUND = 1.5
"""Side of the square of a detection, as a multiple of its box's."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What was made of one square: the face, the square it will be looked for in next."""

    face: Face
    square: Square


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    """A face that is or was followed until a moment ago: who came first has the lowest rank. `held`
    counts its frames; a weak one is shown from the last of `HOLD` on."""

    rank: int
    square: Square
    last_ms: int
    held: int
    steady: Steadied

    def next(self, seen: _Seen, now: int) -> _Followed:
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
        max_faces: how many faces are given, the largest that are found; in a film those that came
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
        self._judge = FaceDetector(models.detector, threads=1)
        self._mesh: FaceMesh | None = FaceMesh(models.mesh)
        self._begin()

    def _begin(self) -> None:
        self._search.begin()
        self._sightings = Sightings()
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
        if self._mesh is not None:
            self._mesh.close()
        self._mesh = None

    @property
    def sightings(self) -> Sightings:
        """What is known of the last frame's faces, those included that are not given yet."""
        return self._sightings

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
            (seen,) = self._again(rgb, [square])
            known = [square_of(other.landmarks) for other in others]
            if seen is None or seen.face.confidence < KEEP or is_among(seen.square, known):
                return
            square, steady = seen.square, steadied(steady, seen.face.landmarks, seconds)
            yield _placed(seen.face, steady)

    def _opened(self) -> FaceMesh:
        if self._mesh is None:
            raise AvceError("This face finder was closed: make a new one.")
        return self._mesh

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

    def _in_still(self, rgb: Pixels) -> list[_Seen]:
        least = 0.0 if self._portraits else PROMISING
        seen: list[_Seen] = []
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
        kept: list[tuple[_Followed, _Seen]] = []
        gone = []
        squares = [each.square for each in self._followed]
        for each, seen in zip(self._followed, self._again(rgb, squares), strict=True):
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
        self._sightings = Sightings(given, doubtful)
        return list(given.values())

    def _again(self, rgb: Pixels, squares: list[Square]) -> list[_Seen | None]:
        """What is now in squares that held a face; one that moved is looked at where it went."""
        return self._looked_where_they_are(rgb, squares, _MOVED, 1)

    def _settled(self, rgb: Pixels, squares: list[Square]) -> list[_Seen | None]:
        """What is in the squares of detections, which are only about where the landmarks will be,
        and not always as a head is rolled."""
        return self._looked_where_they_are(rgb, squares, _SETTLED, _SETTLES_AFTER)

    def _looked_where_they_are(
        self, rgb: Pixels, squares: list[Square], most: float, times: int
    ) -> list[_Seen | None]:
        looked, used = self._look(rgb, squares), list(squares)
        for _ in range(times):
            off = {
                i: seen.square
                for i, (seen, square) in enumerate(zip(looked, used, strict=True))
                if seen is not None
                and (seen.face.confidence < KEEP or difference(seen.square, square) > most)
            }
            for i, seen in zip(off, self._look(rgb, list(off.values())), strict=True):
                used[i] = off[i]
                # Where a second look shows less, the first one was better.
                if _worth(seen) >= _worth(looked[i]):
                    looked[i] = seen
        return looked

    def _arrived(self, rgb: Pixels, known: list[_Seen], now: int) -> list[tuple[_Followed, _Seen]]:
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
    ) -> list[_Seen]:
        """At most so many of the detections that are faces and not known yet, largest first, each
        of at least that confidence."""
        known, faces = list(known), []
        order = [int(i) for i in np.argsort(-found.sizes, kind="stable")]
        waiting = [(_square_of(found, i), float(found.scores[i])) for i in order]
        while waiting and len(faces) < most:
            likely, waiting = self._likely(rgb, waiting, known, most - len(faces), least)
            for seen in self._settled(rgb, likely):
                if seen is None or seen.face.confidence < least or is_among(seen.square, known):
                    continue
                if not self._portraits and not self._is_certain(rgb, seen):
                    continue
                known.append(seen.square)
                faces.append(seen)
        return faces

    def _is_certain(self, rgb: Pixels, seen: _Seen) -> bool:
        """Whether a new face is also one in its mirror image and, in a still, in other squares."""
        low = min(seen.face.confidence, self._score(rgb, seen, mirrored=True))
        if self._video:
            return low >= LIKELY and self._is_symmetric(rgb, seen)
        return (low >= _CERTAIN or self._holds(rgb, seen)) and self._is_symmetric(rgb, seen)

    def _holds(self, rgb: Pixels, seen: _Seen) -> bool:
        """Whether the detector is sure of a face on the whole, whichever way it is cut out."""
        views = [(share, mirrored) for share in _NEARBY for mirrored in (False, True)]
        return float(np.mean([self._score(rgb, seen, *view, 1.0) for view in views])) >= BEGIN

    def _score(
        self,
        rgb: Pixels,
        seen: _Seen,
        share: float = 1.0,
        mirrored: bool = False,
        enough: float = BEGIN,
    ) -> float:
        """The confidence of a face in so large a square around it, or in the mirror image."""
        square = replace(seen.square, side=share * seen.square.side)
        cut, points = square.cut(rgb), square.in_cut(seen.face.landmarks)
        if mirrored:
            cut, points = _mirrored(cut), (points - (CUT, 0)) * (-1, 1)
        return self._confidence(cut, enough, points)[0]

    def _is_symmetric(self, rgb: Pixels, seen: _Seen) -> bool:
        """Whether the landmarks lie at the same places of the face's mirror image."""
        for share in (1.0, *_CLOSER):
            square = replace(seen.square, side=share * seen.square.side)
            ((points, _),) = self._opened().measure([_mirrored(square.cut(rgb))])
            five = square.placed(mirrored_points(five_points(points), CUT))
            if apart(seen.face.landmarks, five) <= _ASYMMETRY:
                return True
        return False

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
            # search was sure, or a dark mask may be in the way.
            enough = min(least, PROMISING)
            cut = square.cut(rgb)
            shows = score >= BEGIN or self._confidence(cut, enough)[0] >= enough
            if shows or may_have_dark_mask(cut):
                likely.append(square)
        return likely, []

    def _look(self, rgb: Pixels, squares: list[Square]) -> list[_Seen | None]:
        """What each square shows, None where that is nothing like a face; with no confidence where
        the detector sees none, or another one, in the middle of it.

        Landmarks of a head that is turned far, or whose mouth is covered, are often found only in a
        square that is closer around it; confidence is that of the whole square all the same.
        """
        cuts = [square.cut(rgb) for square in squares]
        looked = self._measured(squares, squares, cuts, cuts)
        for share in _CLOSER:
            hard = [i for i, seen in enumerate(looked) if _worth(seen) < 2]
            closer = [replace(squares[i], side=share * squares[i].side) for i in hard]
            again = self._measured(
                [squares[i] for i in hard],
                closer,
                [cuts[i] for i in hard],
                [square.cut(rgb) for square in closer],
            )
            for i, seen in zip(hard, again, strict=True):
                looked[i] = seen if _worth(seen) > _worth(looked[i]) else looked[i]
        return looked

    def _measured(
        self,
        squares: list[Square],
        closer: list[Square],
        cuts: list[Pixels],
        closer_cuts: list[Pixels],
    ) -> list[_Seen | None]:
        return [
            self._face(square, cut, near.placed(points), presence)
            for square, near, cut, (points, presence) in zip(
                squares, closer, cuts, self._opened().measure(closer_cuts), strict=True
            )
        ]

    def _face(
        self, square: Square, cut: Pixels, placed: NDArray[np.float32], presence: float
    ) -> _Seen | None:
        """The face whose landmarks lie there, in the frame's pixels; `cut` is of the square."""
        if presence < PRESENT:
            return None
        confidence, five = self._confidence(cut, BEGIN, square.in_cut(placed))
        if five is None or apart(placed, square.placed(five)) > _DISAGREE:
            confidence = 0.0
        x, y, side = square_around(placed)
        if side < 1.0:
            return None
        return _Seen(Face(x, y, side, side, confidence, placed), square_of(placed))

    def _confidence(
        self,
        cut: Pixels,
        enough: float = BEGIN,
        landmarks: NDArray[np.float32] | None = None,
    ) -> tuple[float, NDArray[np.float32] | None]:
        """YuNet's score of the face that fills a cut, 0 where there is none, and its five points
        in pixels of the cut; of the first view whose score is enough, else of the best one.

        Landmarks, in pixels of the cut, show where a dark mask would be, which is then made light.
        """
        best: tuple[float, NDArray[np.float32] | None] = (0.0, None)
        for side in _VIEWS:
            view = np.asarray(cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
            found = self._judge.detect(view, 0.1)
            offsets = np.abs(found.centres - side / 2.0).max(axis=1, initial=0.0)
            near = np.nonzero((offsets < side / 5.0) & (found.sizes > side / 3.0))[0]
            if len(near) and float(found.scores[near[0]]) > best[0]:
                best = float(found.scores[near[0]]), found.points[near[0]] * (CUT / side)
            if best[0] >= enough:
                return best
        light = None if landmarks is None else made_light(cut, landmarks)
        return (
            best if light is None else max(best, self._confidence(light, enough), key=itemgetter(0))
        )


def _placed(face: Face, steady: Steadied) -> Face:
    """The face as it is given: with steadied landmarks."""
    x, y, side = square_around(steady.points)
    return replace(face, x=x, y=y, width=side, height=side, landmarks=steady.points)


def _worth(seen: _Seen | None) -> int:
    """0 for no landmarks, 1 for some that the detector does not confirm, 2 for a face."""
    return 0 if seen is None else 1 + (seen.face.confidence >= KEEP)


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


def _mirrored(cut: Pixels) -> Pixels:
    return np.ascontiguousarray(cut[:, ::-1])
