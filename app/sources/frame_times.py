"""When each frame of a video file is shown, without decoding it where its packets tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from .packet_times import told_by_packets
from .video import VideoSource


def video_frame_times(path: Path) -> NDArray[np.float64]:
    """The timestamps [N] s that `VideoSource` gives the frames of a file, ascending.

    They are the packets' own presentation times in formats that store them, where every packet has
    one of its own and none jumps; otherwise the file is decoded.

    Raises `InputError` for a file without a video.
    """
    times = told_by_packets(path)
    if times is None:
        with VideoSource(path) as source:
            found = []
            while (frame := source.read()) is not None:
                found.append(frame.timestamp)
        times = np.array(found, np.float64)
    if not len(times):
        raise InputError(f"{path} contains no frame.")
    return times
