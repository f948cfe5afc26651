"""One row of results: a face in a frame."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one face in one frame; a frame without a face gives one row of its own.

    Args:
        frame: number of the frame in its source, from 0.
        timestamp: seconds; presentation time of a file, capture clock of a camera.
        face_id: the face's number, -1 in a frame without a face.
        confidence: of the detection, 0 to 1.
        success: whether there is a face.
        x, y, width, height: the square that the network saw, in pixels of the picture.
        valence, arousal: raw estimates in [-1, 1].
        valence_smooth, arousal_smooth: the same after the One-Euro filter.
        valence_relative, arousal_relative: raw minus the person's neutral baseline; nan without.
    """

    frame: int
    timestamp: float
    face_id: int
    confidence: float = nan
    success: bool = False
    x: float = nan
    y: float = nan
    width: float = nan
    height: float = nan
    valence: float = nan
    arousal: float = nan
    valence_smooth: float = nan
    arousal_smooth: float = nan
    valence_relative: float = nan
    arousal_relative: float = nan


FIELDS: tuple[str, ...] = (
    *("frame", "timestamp", "face_id", "confidence", "success", "x", "y", "width", "height"),
    *("valence", "arousal", "valence_smooth", "arousal_smooth"),
    *("valence_relative", "arousal_relative"),
)
NO_FACE = -1


def no_face(frame: int, timestamp: float) -> Reading:
    """The row of a frame in which no face was found."""
    return Reading(frame, timestamp, NO_FACE)
