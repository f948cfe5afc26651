"""Says of squares of a frame whether there is a face in them, and where its landmarks are.

Each face gets a square of its own, cut out upright and scaled, whatever its size and roll: on it
the landmarks are measured, and YuNet says how much it looks like a face.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import itemgetter

import cv2
import numpy as np
from numpy.typing import NDArray

from ..system.closing import Closing
from .asset import FaceAsset
from .dark_mask import made_light
from .detector import FaceDetector
from .face import Face, Pixels, square_around
from .five_points import apart, five_points, mirrored_points
from .mesh import CUT, FaceMesh, cut_out, square_of
from .same_face import difference
from .square import Square

KEEP = 0.3
"""Confidence below which a face that was followed is lost."""
LIKELY = 0.6
"""Confidence, of a view and its mirror image, from which on a detection may be a face."""
BEGIN = 0.75
"""Confidence from which on it is one at once; a weaker one has to hold for `HOLD` frames. In a
still, where nothing is held, it is the mean over `_NEARBY` and their mirror images that counts."""
_CERTAIN = 0.8
"""Confidence, of a view and its mirror image, that needs no further views of a still."""
_NEARBY = (0.85, 1.0, 1.18)
"""Sides of the squares in which a face of a still is seen again, as multiples of its own one's."""
PRESENT = 0.5
"""Presence (the landmark network's own probability) below which landmarks are of no face."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was made of one square: the face, the square it will be looked for in next."""

    face: Face
    square: Square


class FaceJudge(Closing):
    """The landmark network and YuNet, on squares; use it from one thread only.

    Args:
        models: the files of both.
        video: frames follow one another, so that a face need not be certain in the first.
    """

    def __init__(self, models: FaceAsset, *, video: bool) -> None:
        self._video = video
        self._detector = FaceDetector(models.detector, threads=1)
        self._mesh = FaceMesh(models.mesh)

    def close(self) -> None:
        """Free the models; further calls do nothing."""
        self._mesh.close()

    def again(self, rgb: Pixels, squares: list[Square]) -> list[Seen | None]:
        """What is now in squares that held a face; one that moved is looked at where it went."""
        return self._looked_where_they_are(rgb, squares, _MOVED, 1)

    def settled(self, rgb: Pixels, squares: list[Square]) -> list[Seen | None]:
        """What is in the squares of detections, which are only about where the landmarks will be,
        and not always as a head is rolled."""
        return self._looked_where_they_are(rgb, squares, _SETTLED, _SETTLES_AFTER)

    def is_certain(self, rgb: Pixels, seen: Seen) -> bool:
        """Whether a new face is also one in its mirror image and, in a still, in other squares."""
        low = min(seen.face.confidence, self._score(rgb, seen, mirrored=True))
        enough = low >= LIKELY if self._video else low >= _CERTAIN or self._holds(rgb, seen)
        return enough and self._is_symmetric(rgb, seen)

    def confidence(
        self,
        cut: Pixels,
        enough: float = BEGIN,
        landmarks: NDArray[np.floating] | None = None,
    ) -> tuple[float, NDArray[np.float32] | None]:
        """YuNet's score of the face that fills a cut, 0 where there is none, and its five points
        in pixels of the cut; of the first view whose score is enough, else of the best one.

        Landmarks, in pixels of the cut, show where a dark mask would be, which is then made light.
        """
        best: tuple[float, NDArray[np.float32] | None] = (0.0, None)
        for side in _VIEWS:
            view = np.asarray(cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
            found = self._detector.detect(view, 0.1)
            offsets = np.abs(found.centres - side / 2.0).max(axis=1, initial=0.0)
            near = np.nonzero((offsets < side / 5.0) & (found.sizes > side / 3.0))[0]
            if len(near) and float(found.scores[near[0]]) > best[0]:
                best = float(found.scores[near[0]]), found.points[near[0]] * (CUT / side)
            if best[0] >= enough:
                return best
        light = None if landmarks is None else made_light(cut, landmarks)
        if light is None:
            return best
        return max(best, self.confidence(light, enough), key=itemgetter(0))

    def _looked_where_they_are(
        self, rgb: Pixels, squares: list[Square], most: float, times: int
    ) -> list[Seen | None]:
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

    def _look(self, rgb: Pixels, squares: list[Square]) -> list[Seen | None]:
        """What each square shows, None where that is nothing like a face; with no confidence where
        the detector sees none, or another one, in the middle of it.

        Landmarks of a head that is turned far, or whose mouth is covered, are often found only in a
        square that is closer around it; confidence is that of the whole square all the same.
        """
        cuts = [cut_out(square, rgb) for square in squares]
        looked: list[Seen | None] = [None] * len(squares)
        for share in (1.0, *_CLOSER):
            hard = [i for i, seen in enumerate(looked) if _worth(seen) < 2]
            closer = [_scaled(squares[i], share) for i in hard]
            near = [
                cuts[i] if share == 1.0 else cut_out(closer[k], rgb) for k, i in enumerate(hard)
            ]
            measured = self._mesh.measure(near)
            for i, square, (points, presence) in zip(hard, closer, measured, strict=True):
                placed = square.placed(points, CUT)
                seen = self._face(squares[i], cuts[i], placed) if presence >= PRESENT else None
                looked[i] = max(looked[i], seen, key=_worth)
        return looked

    def _face(self, square: Square, cut: Pixels, placed: NDArray[np.float32]) -> Seen | None:
        """The face whose landmarks lie there, in the frame's pixels; `cut` is of the square."""
        confidence, five = self.confidence(cut, BEGIN, square.in_cut(placed, CUT))
        if five is None or apart(placed, square.placed(five, CUT)) > _DISAGREE:
            confidence = 0.0
        x, y, side = square_around(placed)
        if side < 1.0:
            return None
        return Seen(Face(x, y, side, side, confidence, placed), square_of(placed))

    def _holds(self, rgb: Pixels, seen: Seen) -> bool:
        """Whether the detector is sure of a face on the whole, whichever way it is cut out."""
        views = [(share, mirrored) for share in _NEARBY for mirrored in (False, True)]
        return float(np.mean([self._score(rgb, seen, *view, 1.0) for view in views])) >= BEGIN

    def _score(
        self,
        rgb: Pixels,
        seen: Seen,
        share: float = 1.0,
        mirrored: bool = False,
        enough: float = BEGIN,
    ) -> float:
        """The confidence of a face in so large a square around it, or in the mirror image."""
        square = _scaled(seen.square, share)
        cut, points = cut_out(square, rgb), square.in_cut(seen.face.landmarks, CUT)
        if mirrored:
            cut, points = _mirrored(cut), (points - (CUT, 0)) * (-1, 1)
        return self.confidence(cut, enough, points)[0]

    def _is_symmetric(self, rgb: Pixels, seen: Seen) -> bool:
        """Whether the landmarks lie at the same places of the face's mirror image."""
        for share in (1.0, *_CLOSER):
            square = _scaled(seen.square, share)
            ((points, _),) = self._mesh.measure([_mirrored(cut_out(square, rgb))])
            five = square.placed(mirrored_points(five_points(points), CUT), CUT)
            if apart(seen.face.landmarks, five) <= _ASYMMETRY:
                return True
        return False


def _worth(seen: Seen | None) -> int:
    """0 for no landmarks, 1 for some that the detector does not confirm, 2 for a face."""
    return 0 if seen is None else 1 + (seen.face.confidence >= KEEP)


def _scaled(square: Square, share: float) -> Square:
    return replace(square, side=share * square.side)


def _mirrored(cut: Pixels) -> Pixels:
    return np.ascontiguousarray(cut[:, ::-1])
