"""Sessions of avce-live that people rated: the frames of their videos with the raters' mean.

Layout: session folders anywhere below the root, each with `frames.csv`, the recorded video
(`video.mp4` or `video.mkv`) and `gold-standard.csv` or, where there is none, one or more
`ratings-RATER.csv`, which are joined by the evaluator-weighted mean. A session without a video, as
one of `avce-live batch`, is taken with the file that it was made from, told by its name and size,
where that lies below the root too.

Frame k of a recorded video is the k-th frame of `frames.csv`; of a file, the number of the frame
counts. Of a video, one frame in half a second is
taken, for neighbours are all but the same. The face is the one that is seen longest, and its box
goes along. `identity` is the participant or, where nobody is named, the session.

One participant in five, by the checksum of the label, is the validation split; `test` is all of
them, for models that learned from none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from glob import escape
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from ...model.errors import InputError
from ...model.metrics import AXES
from ...model.ratings.agreement import gold_standard
from ...model.ratings.files import Floats, at_times, find_ratings, read_ratings
from ...model.ratings.passes import by_rater, mean_of_passes
from ...model.session_files import FRAMES, GOLD, GOLD_FACTS, INFO, LOSSLESS_VIDEO, VIDEO
from ...model.session_people import read_people
from .base import DataSet, Listing, Sample, Skipped, check_split, collect, in_split
from .label_files import named_rows
from .splits import train_or_val

SPLITS = ("train", "val", "test")
_FOLDS = 5
SECONDS_A_FACE = 0.5
"""Of a video, one frame in this time is taken."""
_NEEDED = ("frame", "timestamp", "face_id", "success", "x", "y", "width", "height")


@dataclass(frozen=True, slots=True)
class _Frame:
    """A frame of a session: its number in the source, when it was, and the box of its face, None
    where there is none."""

    number: int
    time: float
    box: tuple[float, float, float, float] | None


def read_rated_sessions(root: Path, split: str | None = None) -> Listing:
    """List the rated frames, session after session."""
    check_split(split, RATED_SESSIONS)
    folders = sorted(path.parent for path in root.rglob(FRAMES))
    rated = [folder for folder in folders if _is_rated(folder)]
    if not rated:
        raise InputError(
            f"{root} contains no rated session: beside frames.csv there must be "
            f"ratings-RATER.csv or {GOLD} (avce-live ratings)."
        )
    return collect(RATED_SESSIONS.name, _items(root, rated, split))


def _is_rated(folder: Path) -> bool:
    return (folder / GOLD).is_file() or any(folder.glob("ratings-*.csv"))


def _items(root: Path, folders: list[Path], split: str | None) -> Iterator[Sample | Skipped]:
    for folder in folders:
        identity = _identity(folder)
        where = "test" if split == "test" else train_or_val(identity, _FOLDS)
        if split in (None, where):
            found = _samples(folder, root, identity, where)
            yield from (in_split(item, where) for item in found)


def raters_of(root: Path) -> list[str]:
    """The labels of all who rated the sessions of a folder; of a gold standard those that it
    names."""
    found: set[str] = set()
    for folder in sorted(path.parent for path in root.rglob(FRAMES)):
        try:
            facts = json.loads((folder / GOLD_FACTS).read_text(encoding="utf-8"))
            found |= {str(name) for name in facts["Raters"]}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            found |= {passes[0].rater for passes in by_rater(find_ratings(folder))}
    return sorted(found)


def _info(folder: Path) -> dict[str, Any]:
    try:
        info = json.loads((folder / INFO).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return info if isinstance(info, dict) else {}


def _identity(folder: Path) -> str:
    named = str(_info(folder).get("participant") or "").strip()
    return named.removeprefix("sub-") or folder.name


def _source_file(folder: Path, root: Path) -> Path | None:
    """The file below the root that a session was made from, by its name and size."""
    source = _info(folder).get("source")
    file = source.get("file") if isinstance(source, dict) else None
    if not isinstance(file, dict) or Path(str(file.get("name") or "")).name != file.get("name"):
        return None
    there = sorted(root.rglob(escape(file["name"])))
    return next((p for p in there if p.is_file() and p.stat().st_size == file.get("bytes")), None)


def _samples(folder: Path, root: Path, identity: str, split: str) -> Iterator[Sample | Skipped]:
    recorded = next(
        (folder / name for name in (VIDEO, LOSSLESS_VIDEO) if (folder / name).is_file()), None
    )
    video = recorded or _source_file(folder, root)
    if video is None:
        why = "the session was recorded without its video, and its source is not below the folder"
        yield Skipped(folder.name, why)
        return
    frames = _frames(folder)
    if frames is None:
        yield Skipped(folder.name, "a line of frames.csv cannot be read, so frames have no number")
        return
    times = np.array([frame.time for frame in frames])
    labels = session_labels(folder, times)
    last = -np.inf
    for place, (frame, label) in enumerate(zip(frames, labels.tolist(), strict=True)):
        number = place if recorded else frame.number
        # A microsecond of grace: half a second of frames must not fall to rounding.
        if frame.time < last + SECONDS_A_FACE - 1e-6 or not np.isfinite(label).all():
            continue
        last = frame.time
        if frame.box is None:
            yield Skipped(f"{folder.name}#{number}", "the session has no face there", fault=False)
            continue
        valence, arousal = (min(max(value, -1.0), 1.0) for value in label)
        yield Sample(
            video,
            valence,
            arousal,
            split,
            identity=identity,
            video=folder.name,
            frame=number,
            box=frame.box,
            in_video=True,
        )


def session_labels(folder: Path, times: Floats) -> Floats:
    """Valence and arousal [N, 2] of a rated session at `times` [N] (s); nan where nobody rated."""
    gold = folder / GOLD
    raters = by_rater([read_ratings(gold)] if gold.is_file() else find_ratings(folder))
    ratings = [mean_of_passes(passes) for passes in raters]
    axes = []
    for axis in range(len(AXES)):
        values = [at_times(rating.times, rating.values[:, axis], times) for rating in ratings]
        axes.append(gold_standard(np.stack(values, axis=1)).values)
    return np.stack(axes, axis=1)


def _frames(folder: Path) -> list[_Frame] | None:
    """The frames in their order, each with the main face, whose numbers are those that the review
    says are one person; None where a line cannot be read."""
    person = read_people(folder, []).of
    try:
        table = named_rows(folder / FRAMES, _NEEDED)
        rows = [[float(row[n] or "nan") for n in _NEEDED] for row in table]
    except (InputError, ValueError):
        return None
    if any(not isfinite(row[0]) or (row[3] and not isfinite(row[2])) for row in rows):
        return None
    seen = Counter(person(int(row[2])) for row in rows if row[3])
    main = max(seen, key=lambda face: (seen[face], -face)) if seen else None
    frames: dict[tuple[float, float], _Frame] = {}
    for frame, time, face, success, x, y, width, height in rows:
        own = success and person(int(face)) == main and width > 0 and height > 0
        box = (x, y, width, height) if own else None
        if box or (frame, time) not in frames:
            frames[frame, time] = _Frame(int(frame), time, box)
    return list(frames.values())


RATED_SESSIONS = DataSet(
    name="session",
    title="rated sessions",
    read=read_rated_sessions,
    splits=SPLITS,
    labels="rated",
    label_rule="people rated the recorded videos continuously, and the evaluator-weighted mean of "
    "the raters was taken",
    videos=True,
    images="frames of recorded sessions",
)
