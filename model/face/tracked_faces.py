"""What a face finder knows of the faces of a frame beyond those that it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .face import Face


@dataclass(frozen=True, slots=True, eq=False)
class TrackedFaces:
    """Of one frame of a video, by key: the faces that were `given`, and the `doubtful` ones that
    were not yet. A key is one face's from frame to frame, until the finder is restarted;
    who is given in a later frame was a face in all frames since the first doubt."""

    given: Mapping[int, Face] = field(default_factory=dict)
    doubtful: Mapping[int, Face] = field(default_factory=dict)
