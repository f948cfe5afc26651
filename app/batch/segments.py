"""Long videos in segments that are analysed side by side, and joined without a seam.

A segment begins `OVERLAP` seconds early: by its first row tracking and smoothing have forgotten
that they began there, and the faces of the overlap, which the segment before has seen too, tell
which number is whose. A video that is damaged, or whose time jumps, is analysed in one go instead:
what is missing of it can be told only of the whole.
"""

from __future__ import annotations

import math
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from ...model.errors import AvceError, InputError
from ...model.face.boxes import Box, overlap
from ..session.folder import as_json, replace_file
from ..session.reader import FRAMES, INFO, Session, read_session
from ..session.rows import Columns, table
from ..session.seen import seen
from ..sources import open_source
from .job import Job, Outcome, put_in_place
from .progress import PARTIAL

FOLDER = f"{PARTIAL}videos"
"""Where segments wait for each other; what a killed batch leaves is swept by the next one."""
OVERLAP = 10.0
"""Seconds; a face that is gone comes back under its number for two."""
_WORTH_IT = 1.5
"""Segments that a video must hold to be divided."""
_SAME = 0.3
"""Intersection over union of two boxes of one face in one frame, at least."""

Outcomes = Iterator[tuple[Job, Outcome]]


@dataclass(slots=True, eq=False)
class Video:
    """A job whose video is analysed in segments: their jobs, and what has come of them."""

    job: Job
    starts: tuple[float, ...]
    """Where each segment but the first one begins, its overlap left out."""
    segments: tuple[Job, ...]
    outcomes: dict[Job, Outcome] = field(default_factory=dict[Job, Outcome])

    @property
    def folder(self) -> Path:
        """Where its segments' sessions are."""
        folder = self.segments[0].settings.recording.folder
        assert folder is not None
        return folder


def divide(job: Job, seconds: float, folder: Path) -> Video | None:
    """The segments of a job's video, whose sessions go into `folder`; None of what is not a video,
    is not much longer than one of so many seconds, or does not say how long it is."""
    if job.address or job.path.is_dir():
        return None
    try:
        with open_source(job.path) as source:
            duration = None if source.still else source.duration
    except (AvceError, OSError):
        return None  # which is told when it is analysed
    first, last = job.settings.start or 0.0, job.settings.end
    if last is None or (duration is not None and duration < last):
        last = duration
    if last is None or last - first < _WORTH_IT * seconds:
        return None
    starts = tuple(first + seconds * n for n in range(1, max(round((last - first) / seconds), 2)))
    recording = replace(job.settings.recording, folder=folder)
    settings = replace(job.settings, recording=recording)
    begins = (job.settings.start, *(max(start - OVERLAP, first) for start in starts))
    ends = (*starts, job.settings.end)
    segments = tuple(
        replace(job, settings=replace(settings, start=a, end=b), table=False, segment=True)
        for a, b in zip(begins, ends, strict=True)
    )
    return Video(job, starts, segments)


def divided(jobs: Sequence[Job], seconds: float) -> tuple[list[Video], list[Job]]:
    """The videos among the jobs that are analysed in segments of so many seconds, and the other
    jobs; with 0 seconds, no video is."""
    videos: list[Video] = []
    others: list[Job] = []
    for number, job in enumerate(jobs):
        out = job.settings.recording.folder
        assert out is not None
        video = divide(job, seconds, out / FOLDER / str(number)) if seconds else None
        if video:
            videos.append(video)
        else:
            others.append(job)
    return videos, others


def joined(
    finished: Outcomes, videos: Sequence[Video], whole: Callable[[Sequence[Job]], Outcomes]
) -> Outcomes:
    """The jobs with their outcomes, where each video stands for its segments.

    `whole` analyses jobs in one go: the videos that cannot be joined.
    """
    of = {segment: video for video in videos for segment in video.segments}
    again: list[Job] = []
    for job, outcome in finished:
        video = of.get(job)
        if video is None or outcome.status == "stopped":
            yield job, outcome
            continue
        video.outcomes[job] = outcome
        if len(video.outcomes) == len(video.segments):
            joint = _join(video)
            shutil.rmtree(video.folder, ignore_errors=True)
            if joint is None:
                again.append(video.job)
            else:
                yield video.job, joint
    if again:
        yield from whole(again)


def _join(video: Video) -> Outcome | None:
    """The session of a video, put in its place; None where its segments do not make one."""
    if any(video.outcomes[segment].status != "done" for segment in video.segments):
        return None
    out = video.job.settings.recording.folder
    assert out is not None
    try:
        sessions = [read_session(video.folder / video.outcomes[s].session) for s in video.segments]
        if any(session.remarks for session in sessions):
            return None
        rows = join_rows([session.readings for session in sessions], video.starts)
        session = _written(sessions, rows)
        name = put_in_place(video.job, session, out)
    except (AvceError, OSError) as error:
        return Outcome("failed", detail=" ".join(str(error).split()))
    return Outcome("done", name, *_counts(rows), seen=seen(session.readings))


def _counts(rows: Columns) -> tuple[int, int]:
    """How many frames there are, and how many without a face."""
    frames = len(np.unique(rows["frame"]))
    return frames, frames - len(np.unique(rows["frame"][rows["success"]]))


def _written(sessions: Sequence[Session], rows: Columns) -> Session:
    """The first segment's session, made that of the whole video."""
    path = sessions[0].path
    info = sessions[0].info
    frames, without_face = _counts(rows)
    counts = {"frames_seen": frames, "frames_without_face": without_face}
    counts["rows"] = len(rows["frame"])
    info = info | {"ended": sessions[-1].info.get("ended"), "counts": info["counts"] | counts}
    # Optional columns that the file lacks were added as missing ones by whoever read it.
    with (path / FRAMES).open(encoding="utf-8") as file:
        header = file.readline().strip().split(",")
    replace_file(path / FRAMES, table({name: rows[name] for name in header}))
    replace_file(path / INFO, as_json(info))
    return read_session(path)


def join_rows(parts: Sequence[Columns], starts: Sequence[float]) -> Columns:
    """The rows of segments, of which each but the first begins with an overlap before its start.

    A face has the number that it has in the segment before, by their boxes in the overlap; faces
    that come later have the next ones, in the order in which they come.
    """
    whole = [parts[0]]
    following = int(parts[0]["face_id"].max(initial=-1)) + 1
    for rows, start in zip(parts[1:], starts, strict=True):
        own = rows["timestamp"] >= start
        numbers = _same_faces(whole[-1], {name: cells[~own] for name, cells in rows.items()})
        kept = {name: cells[own] for name, cells in rows.items()}
        _, first = np.unique(kept["face_id"], return_index=True)
        for face in kept["face_id"][np.sort(first)].tolist():
            if face >= 0 and face not in numbers:
                numbers[face] = following
                following += 1
        kept["face_id"] = np.array(
            [numbers.get(face, face) for face in kept["face_id"].tolist()], np.int64
        )
        whole.append(kept)
    joint = {name: np.concatenate([part[name] for part in whole]) for name in parts[0]}
    # Rows of a frame are in the order of their numbers, which were others in their segment.
    order = np.lexsort((joint["face_id"], joint["frame"]))
    return {name: cells[order] for name, cells in joint.items()}


def _same_faces(before: Columns, fresh: Columns) -> dict[int, int]:
    """The numbers that the faces of a segment's overlap `fresh` have in the one before: of the
    pairs that share most frames."""
    there = np.isin(before["frame"], fresh["frame"])
    old: defaultdict[int, list[tuple[int, Box]]] = defaultdict(list)
    for frame, face, box in _boxes({name: cells[there] for name, cells in before.items()}):
        old[frame].append((face, box))
    shared: Counter[tuple[int, int]] = Counter(
        (face, other)
        for frame, other, box in _boxes(fresh)
        for face, before_box in old[frame]
        if overlap(box, before_box) >= _SAME
    )
    names, others = (sorted({pair[at] for pair in shared}) for at in (0, 1))
    frames = np.array([[shared[face, other] for other in others] for face in names]).reshape(
        len(names), len(others)
    )
    chosen = zip(*linear_sum_assignment(-frames), strict=True)
    return {others[b]: names[a] for a, b in chosen if frames[a, b]}


def _boxes(rows: Columns) -> Iterator[tuple[int, int, Box]]:
    """Frame, number and box of each face that was found."""
    names = ("frame", "face_id", "x", "y", "width", "height")
    for frame, face, *box in zip(
        *(rows[name][rows["success"]].tolist() for name in names), strict=True
    ):
        yield frame, face, (box[0], box[1], box[2], box[3])


def check_length(minutes: float) -> float:
    """The length of a segment in seconds. Raises `InputError` where it is shorter than its
    overlap."""
    if minutes < 0 or 0 < minutes * 60 < OVERLAP or not math.isfinite(minutes):
        raise InputError(
            f"--segment is a length in minutes, at least {OVERLAP / 60:.2g} ({OVERLAP:g} s), or 0 "
            f"for videos in one go; not {minutes:g}."
        )
    return minutes * 60
