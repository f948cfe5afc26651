"""The images of a labelled video, in order, for data sets that label videos frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from ...model.video.file import open_video_file, packets, video_stream
from ...model.video.frame import Upright

VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".wmv")
TORN = "the video cannot be decoded from here on"
ENDED = "the video ends before this frame"


def is_video(path: Path) -> bool:
    """Whether a file is a video, by its ending."""
    return path.suffix.lower() in VIDEOS


def find_video(folders: tuple[Path, ...], name: str) -> Path | None:
    """The video `name` with any known ending in the first of the folders that has it."""
    found = (folder / f"{name}{ending}" for folder in folders for ending in VIDEOS)
    return next((path for path in found if path.is_file()), None)


def chosen_frames(path: Path, numbers: list[int]) -> Iterator[NDArray[np.uint8] | str]:
    """For each of the ascending frame numbers (from 0): the image, or why there is none.

    The image is uint8 [H, W, 3] RGB, as a player shows it. Frames are counted as they are
    decoded, in order of presentation. Behind damage the count cannot be trusted, and labels would
    meet the wrong frames: everything from there on is refused.
    """
    wanted = iter(numbers)
    number = next(wanted, None)
    reason = ENDED
    try:
        with open_video_file(path) as container:
            stream = video_stream(container)
            if stream is None:
                raise ValueError("no moving images")
            stream.thread_type = "AUTO"
            upright = Upright(stream.sample_aspect_ratio)
            decoded = (f for packet in packets(container, stream) for f in stream.decode(packet))
            for count, frame in enumerate(decoded):
                if number is None:
                    return
                if frame.is_corrupt:
                    reason = TORN
                    break
                upright.note(frame)
                if count == number:
                    yield upright.show(frame)
                    number = next(wanted, None)
    except (FFmpegError, OSError, ValueError):
        reason = TORN
    while number is not None:
        yield reason
        number = next(wanted, None)
