"""What is rated: a session's video on the clock of its readings, or any video on its own."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from ...model.metrics import AXES
from ...model.ratings.files import PREFIX, rating_file, read_ratings
from ...model.ratings.passes import label_of_pass
from ..session.reader import FRAMES, INFO, read_session
from ..session.video import frame_starts, frame_times
from ..sources.frame_times import video_frame_times
from .take import Take

Floats = NDArray[np.float64]
_WITHOUT_VIDEO = (
    "stores no video, so there is nothing to rate: record with --record-video, or name the video "
    "that it was made from by --video FILE."
)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A recording to rate.

    Args:
        name: what it is called.
        video: the file that is shown.
        times: [N] s, when each frame is shown, on the clock of the ratings.
        shown: [N] s, the same moments on the video's own clock.
        folder: where ratings go.
        prefix: of their files' names.
    """

    name: str
    video: Path
    times: Floats
    shown: Floats
    folder: Path
    prefix: str

    def file(self, label: str) -> Path:
        """Where the ratings of a label (a rater, or a rater's pass) go. Raises `InputError` for
        what is no label."""
        return rating_file(self.folder, label, self.prefix)

    def next_pass(self, rater: str) -> int:
        """The number of a rater's first pass that has no file."""
        number = 1
        while self.file(label_of_pass(rater, number)).exists():
            number += 1
        return number

    def read(self, label: str) -> Take:
        """What was rated under a label. Raises `InputError` for a file that is none, or that rates
        other moments than this recording has."""
        path = self.file(label)
        found = read_ratings(path)
        at = np.searchsorted(self.times, found.times - 1e-6)
        at = at.clip(max=len(self.times) - 1)
        if not np.allclose(self.times[at], found.times, rtol=0, atol=1e-6):
            raise InputError(
                f"{path} rates other moments than the frames of {self.name}: rate another pass."
            )
        values = np.full((len(self.times), 2), np.nan)
        values[at] = found.values
        return Take(self.times, values)

    def share_rated(self, label: str) -> tuple[float, float]:
        """The shares of the frames that a label's file rates in valence and in arousal, 0 where
        there is none. Raises `InputError` as `read` does."""
        take = self.read(label) if self.file(label).exists() else Take(self.times)
        valence, arousal = (take.share(axis) for axis in AXES)
        return valence, arousal

    def words(self, label: str) -> str:
        """What of a label is rated by now, and in which file."""
        valence, arousal = (floor(100 * share) for share in self.share_rated(label))
        if not self.file(label).exists():
            return f"nothing of {self.name} was rated by {label}"
        return f"ratings of {label} (valence {valence} %, arousal {arousal} %): {self.file(label)}"


def open_subject(path: Path, video: Path | None = None, out: Path | None = None) -> Subject:
    """A session folder, or a video file, to be rated.

    Args:
        path: either of them.
        video: the video of a session recorded without one: the file that it was made from.
        out: the folder that ratings of a video file go into; its own if None.

    Raises `InputError` for what is neither, for a session without a video, and for a video that
    shows none of the session's moments.
    """
    if path.is_dir() or path.name in (FRAMES, INFO):
        if out is not None:
            raise InputError("--out is for video files: ratings of a session stand beside it.")
        return _session(path, video)
    if video is not None:
        raise InputError("--video is for a session that stores no video of its own.")
    if not path.exists():
        raise InputError(f"{path} does not exist: name a session folder or a video file.")
    folder = path.parent if out is None else out
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: make it, or name another by --out.")
    times = video_frame_times(path)
    return Subject(path.name, path, times, times, folder, f"{path.stem}.{PREFIX}")


def _session(path: Path, video: Path | None) -> Subject:
    session = read_session(path)
    if session.growing:
        raise InputError(f"{session.path} is still being recorded: rate it once it has ended.")
    own = session.video
    if not len(session):
        raise InputError(f"{session.path} contains no frame: there is nothing to rate.")
    times = session.readings["timestamp"][frame_starts(session)].astype(np.float64)
    if own is None and video is None:
        raise InputError(f"{session.path} {_WITHOUT_VIDEO}")
    if own is not None and video is not None:
        raise InputError(f"{session.path} stores its own video: leave --video out.")
    if own is not None:
        shown, file = frame_times(session), own
    else:
        assert video is not None
        shown, file = times, video
        theirs = video_frame_times(video)
        there = np.abs(theirs[np.searchsorted(theirs, times).clip(max=len(theirs) - 1)] - times)
        if np.median(there) > 1e-3:
            raise InputError(
                f"{video} is not what {session.path} was made from: its frames have other times."
            )
    # A file that was sought back while recording shows a moment twice: the last one counts.
    moments, last = np.unique(times[::-1], return_index=True)
    kept = len(times) - 1 - last
    return Subject(session.path.name, file, moments, shown[kept], session.path, PREFIX)
