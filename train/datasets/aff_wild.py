"""Aff-Wild (Zafeiriou et al., CVPRW 2017): videos with valence and arousal of every frame.

Layout: `annotations/train/valence/NNN.txt` and `annotations/train/arousal/NNN.txt`, one value in
[-1, 1] a line. The images are the videos themselves, `videos/train/NNN.mp4` or `videos/NNN.mp4`
(or another usual ending), whose frames are decoded when the faces are cropped; or, where there are
any, extracted frames in `frames/NNN/00001.jpg` or `frames/train/NNN/00001.jpg`.

Where there are `bboxes/train/NNN/0.pts` .. or `landmarks/train/NNN/0.pts` .. (`train/` may be
missing), they tell whose face is rated. Numbers are those of the frames, from 0 or from 1.

Line 1 is the first frame of a video. Extracted frames belong to the lines by number: line 1 is
frame 1, or frame 0 in a folder that has a frame 0.

Labels of the official test videos are not public: one video in five of the training set, by the
checksum of its number, is the validation split. The release does not say who is in a video, so a
person of several videos may be on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from ...model.errors import InputError
from ..crops.videos import find_video
from .base import (
    DataSet,
    Listing,
    Sample,
    Skipped,
    check_split,
    collect,
    in_range,
    in_split,
    require,
)
from .label_files import frame_lines, numbered_frames, numbered_points, points_box
from .splits import train_or_val

SPLITS = ("train", "val")
_KINDS = ("valence", "arousal")
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the labels lie, and where images may lie."""

    labels: Path
    frames: tuple[Path, ...]
    videos: tuple[Path, ...]
    points: tuple[Path, ...]


def _places(root: Path, labels: Path) -> _Places:
    frames, videos, boxes, landmarks = (
        tuple(place for place in (root / kind / "train", root / kind) if place.is_dir())
        for kind in ("frames", "videos", "bboxes", "landmarks")
    )
    if not frames and not videos:
        raise InputError(
            f"{root} has neither videos/train/NNN.mp4 nor extracted frames in frames/NNN/."
        )
    return _Places(labels, frames, videos, (*boxes, *landmarks))


def _video_samples(name: str, places: _Places, split: str) -> Iterator[Sample | Skipped]:
    folders = [folder / name for folder in places.frames]
    frames = next((found for folder in folders if (found := numbered_frames(folder))), {})
    video = None if frames else find_video(places.videos, name)
    first = 0 if 0 in frames else 1
    points = numbered_points(folder / name for folder in places.points)
    first_point = 0 if 0 in points else 1
    files = [places.labels / kind / f"{name}.txt" for kind in _KINDS]
    pairs = zip_longest(*(frame_lines(file) if file.is_file() else [] for file in files))
    for index, (valence, arousal) in enumerate(pairs):
        where = f"{name}, line {index + 1}"
        path = video or frames.pop(index + first, None)
        if valence is None or arousal is None:
            yield Skipped(where, "valence and arousal have not the same number of lines")
            continue
        try:
            v, a = float(valence), float(arousal)
        except ValueError:
            yield Skipped(where, "valence or arousal is not a number")
            continue
        if not in_range(v, a):
            yield Skipped(where, "valence or arousal is outside [-1, 1]")
        elif path is None:
            yield Skipped(where, "the frame is missing")
        else:
            yield Sample(
                path,
                v,
                a,
                split,
                identity=name,
                video=name,
                frame=index,
                box=points_box(points[at]) if (at := index + first_point) in points else None,
                in_video=video is not None,
            )
    for path in frames.values():
        yield Skipped(f"{name}/{path.name}", "the frame has no label")


def read_aff_wild(root: Path, split: str | None = None) -> Listing:
    """List Aff-Wild's labelled frames, in the order of the videos' numbers."""
    check_split(split, AFF_WILD)
    labels = require(root / "annotations" / "train", "Aff-Wild's labels are in annotations/train/")
    names = sorted({path.stem for kind in _KINDS for path in (labels / kind).glob("*.txt")})
    if not names:
        raise InputError(f"{labels} holds no valence/NNN.txt and no arousal/NNN.txt.")
    places = _places(root, labels)
    found = (
        in_split(item, where)
        for name in names
        if split in (None, where := train_or_val(name, _FOLDS))
        for item in _video_samples(name, places, where)
    )
    return collect(AFF_WILD.name, found)


AFF_WILD = DataSet(
    name="aff-wild",
    title="Aff-Wild",
    read=read_aff_wild,
    splits=SPLITS,
    labels="rated",
    label_rule="people followed the videos with a rating of each frame",
    licence="Aff-Wild (Zafeiriou et al., CVPRW 2017): for non-commercial research, on request from "
    "its authors",
    videos=True,
    images="frames of web videos",
)
