"""Frames with their faces on the way through an analyser, and those seen only in looking back.

A face that is hard to see is one only once it has lasted some frames (`FaceFinder`). A live source
cannot wait for that. A file can: a frame with a doubtful face waits until it is known what became
of it, some frames later at most, and the face has its rows from the first frame on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field, replace

from ...model.face import Face
from ...model.sightings import Sightings
from ..sources.base import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A frame on its way through the analyser: its faces, still without numbers and estimates.

    `follows` says whether it continues the frame before it; `run` as in `Analysis`; `sightings`
    what the finder knows of faces that may turn out to be some.
    """

    frame: Frame
    faces: list[Face]
    follows: bool
    run: int
    sightings: Sightings = field(default_factory=Sightings)

    @property
    def nbytes(self) -> int:
        """Bytes that it keeps."""
        return self.frame.rgb.nbytes

    def known(self, later: Sightings) -> Found:
        """The same frame, by what the next one tells: who was given there was a face here too, and
        who was not even doubtful there was none."""
        doubtful = self.sightings.doubtful
        faces = [face for key, face in doubtful.items() if key in later.given]
        left = {key: face for key, face in doubtful.items() if key in later.doubtful}
        if len(left) == len(doubtful):
            return self
        return replace(
            self,
            faces=sorted([*self.faces, *faces], key=lambda face: -face.width),
            sightings=Sightings(self.sightings.given, left),
        )


class LookBack:
    """Holds frames back while one of them has a doubtful face; `held` is how many it holds."""

    def __init__(self) -> None:
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
        self._held = deque(each.known(found.sightings) for each in self._held)
        self._held.append(found)
        while self._held and not self._held[0].sightings.doubtful:
            ready.append(self._held.popleft())
        return ready

    def rest(self) -> list[Found]:
        """The frames that are held: nothing comes that would tell more of them."""
        held = list(self._held)
        self._held.clear()
        return held


def looking_back(items: Generator[Found]) -> Generator[Found]:
    """The same frames, with the faces that later ones show to have been there; closed, it closes
    them."""
    back = LookBack()
    with closing(items):
        for found in items:
            yield from back.add(found)
        yield from back.rest()
