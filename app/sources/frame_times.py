"""When each frame of a video file is shown, without decoding it where its packets tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from .decoding import PROBLEMS, in_seconds, open_container
from .timestamps import JOINED_SECONDS
from .video import VideoSource

_TELLS = ("mov", "matroska")
"""Formats that store when a frame is shown; in others FFmpeg guesses it, and decoding corrects."""


def video_frame_times(path: Path) -> NDArray[np.float64]:
    """The timestamps [N] s that `VideoSource` gives the frames of a file, ascending.

    They are the packets' own presentation times in formats that store them, where every packet has
    one of its own and none jumps; otherwise the file is decoded.

    Raises `InputError` for a file without a video.
    """
    times = _told_by_packets(path)
    if times is None:
        with VideoSource(path) as source:
            found = []
            while (frame := source.read()) is not None:
                found.append(frame.timestamp)
        times = np.array(found, np.float64)
    if not len(times):
        raise InputError(f"{path} holds no frame.")
    return times


def _told_by_packets(path: Path) -> NDArray[np.float64] | None:
    """None where the packets do not tell."""
    container, stream = open_container(path)
    found: list[float] = []
    last: float | None = None
    with container:
        if not container.format.name.startswith(_TELLS):
            return None
        try:
            for packet in container.demux(stream):
                if not packet.size:
                    continue  # the end of the file
                seconds = in_seconds(packet.pts, packet.time_base)
                decoded = in_seconds(packet.dts, packet.time_base)
                if seconds is None or decoded is None or packet.is_corrupt or packet.is_discard:
                    return None
                if last is not None and not 0.0 < decoded - last <= JOINED_SECONDS:
                    return None
                last = decoded
                found.append(seconds)
        except PROBLEMS:
            return None
    times = np.sort(np.array(found, np.float64))
    return times if (np.diff(times) > 0).all() else None
