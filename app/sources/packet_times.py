"""When the frames of a file are shown, as its packets tell, without decoding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...model.video.file import packets
from .decoding import JOINED_SECONDS, PROBLEMS, in_seconds, open_container

_TELLS = ("mov", "matroska")
"""Formats that store when a frame is shown; in others FFmpeg guesses it, and decoding corrects."""


def told_by_packets(path: Path) -> NDArray[np.float64] | None:
    """The timestamps [N] s of all frames of a file, ascending.

    None where the packets do not tell: in other formats, where one is damaged, has no time of its
    own or is not shown, and where time jumps.

    Raises `InputError` for a file without a video.
    """
    container, stream = open_container(path)
    found: list[float] = []
    last: float | None = None
    with container:
        if not container.format.name.startswith(_TELLS):
            return None
        try:
            for packet in packets(container, stream):
                if not packet.size:
                    continue  # the end of the file
                seconds = in_seconds(packet.pts, packet.time_base)
                decoded = in_seconds(packet.dts, packet.time_base)
                if seconds is None or packet.is_corrupt or packet.is_discard:
                    return None
                if decoded is not None:  # Matroska has none at first, where there are B-frames
                    if last is not None and not 0.0 <= decoded - last <= JOINED_SECONDS:
                        return None
                    last = decoded
                found.append(seconds)
        except PROBLEMS:
            return None
    times = np.sort(np.array(found, np.float64))
    return times if (np.diff(times) > 0).all() else None
