"""Frames with their faces on the way through an analyser, and those seen only in looking back.

A face that is hard to see is one only once it has lasted some frames (`FaceFinder`). A live source
cannot wait for that. A file can: a frame with a doubtful face waits until it is known what became
of it, some frames later at most, and the face has its rows from the first frame on.

A small face in a large frame is found only when the search comes to where it is. A file that is
read as fast as it goes keeps the frames of one round of the search, as long as another face could
be in them, and follows a new face back through them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import takewhile

from ...model.face.face import Face, Pixels
from ...model.face.finder import SEARCH_EVERY
from ...model.face.search import once
from ...model.face.tracked_faces import TrackedFaces
from ..sources.base import Frame

MOST_BYTES = 350_000_000
"""Of frames that are kept for a face to be followed back: 14 of 4K, 56 of 1080p, and more than a
round of smaller ones also while somebody else is followed."""

Before = Callable[[Face, Iterable[tuple[Pixels, float, Sequence[Face]]]], Iterator[Face]]
"""`FaceFinder.before`."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A frame on its way through the analyser: its faces, still without numbers and estimates.

    `follows` says whether it continues the frame before it; `run` as in `Analysis`; `tracked`
    what the finder knows of faces that may turn out to be some.
    """

    frame: Frame
    faces: list[Face]
    follows: bool
    run: int
    tracked: TrackedFaces = field(default_factory=TrackedFaces)

    @property
    def nbytes(self) -> int:
        """Bytes that it keeps."""
        return self.frame.rgb.nbytes

    def known(self, later: TrackedFaces) -> Found:
        """The same frame, by what the next one tells: who was given there was a face here too, and
        who was not even doubtful there was none."""
        left, known = dict[int, Face](), self
        for key, face in self.tracked.doubtful.items():
            if key in later.given:
                known = known.having(key, face)
            elif key in later.doubtful:
                left[key] = face
        if len(left) == len(self.tracked.doubtful):
            return self
        return replace(known, tracked=TrackedFaces(known.tracked.given, left))

    def having(self, key: int, face: Face) -> Found:
        """The same frame with one face more."""
        given = {**self.tracked.given, key: face}
        return replace(
            self,
            faces=sorted([*self.faces, face], key=lambda face: -face.width),
            tracked=TrackedFaces(given, self.tracked.doubtful),
        )


class LookBack:
    """Holds frames back while one of them has a doubtful face; `held` is how many it holds.

    Args:
        before: follows a face back; then frames are held as well that may lack one.
        max_faces: a frame with so many lacks none.
    """

    def __init__(self, before: Before | None = None, max_faces: int = 1) -> None:
        self._before, self._max_faces = before, max_faces
        self._held: deque[Found] = deque()

    @property
    def held(self) -> int:
        return len(self._held)

    def add(self, found: Found) -> list[Found]:
        """The frames of which all is known now that the next one is here, in order."""
        ready: list[Found] = []
        if self._held:
            begins = found.frame.restarts or not found.follows or found.run != self._held[-1].run
            if begins:
                ready = self.rest()
        there = self._held[-1].tracked.given if self._held else {}
        self._held = deque(each.known(found.tracked) for each in self._held)
        self._held.append(found)
        for key in [key for key in found.tracked.given if key not in there]:
            self._follow_back(key)
        wanted = self._wanted()
        while len(self._held) > wanted and not self._held[0].tracked.doubtful:
            ready.append(self._held.popleft())
        return ready

    def _follow_back(self, key: int) -> None:
        """Add a face to the frames before the first one of those held that has it."""
        at = len(self._held) - 1
        while at and key in self._held[at - 1].tracked.given:
            at -= 1
        if self._before is None or not at:
            return
        first = self._held[at]
        earlier = takewhile(
            lambda each: not self._is_full(each) and key not in each.tracked.given,
            [self._held[i] for i in range(at - 1, -1, -1)],
        )
        frames = (
            (each.frame.rgb, first.frame.timestamp - each.frame.timestamp, each.faces)
            for each in earlier
        )
        for face in self._before(first.tracked.given[key], frames):
            at -= 1
            self._held[at] = self._held[at].having(key, face)

    def _is_full(self, found: Found) -> bool:
        return len(found.faces) >= self._max_faces

    def _wanted(self) -> int:
        """How many of the newest frames may still lack a face."""
        if self._before is None:
            return 0
        size = self._held[-1].frame.rgb.shape
        # Beside a face that is followed, the search has its turn more rarely.
        beside = any(found.faces for found in self._held)
        round_ = len(once(size[0], size[1])) * (SEARCH_EVERY if beside else 1)
        most = min(round_, MOST_BYTES // max(self._held[-1].nbytes, 1))
        wanted = 0
        for found in reversed(self._held):
            if wanted == most or self._is_full(found):
                break
            wanted += 1
        return wanted

    def rest(self) -> list[Found]:
        """The frames that are held: nothing comes that would tell more of them."""
        held = list(self._held)
        self._held.clear()
        return held


def looking_back(items: Generator[Found], back: LookBack) -> Generator[Found]:
    """The same frames, with the faces that later ones show to have been there; closed, it closes
    them."""
    with closing(items):
        for found in items:
            yield from back.add(found)
        yield from back.rest()
