"""Aff-Wild (Zafeiriou et al., CVPRW 2017): videos with valence and arousal of every frame.

Layout: `annotations/train/valence/NNN.txt` and `annotations/train/arousal/NNN.txt`, one value in
[-1, 1] a line, and the extracted frames in `frames/NNN/00001.jpg` or `frames/train/NNN/00001.jpg`.

The frames belong to the lines by number: line 1 is frame 1, or frame 0 in a folder that has a frame
0. So extract them without leaving out or doubling any:
`ffmpeg -i videos/train/NNN.mp4 -fps_mode passthrough frames/NNN/%05d.jpg`.

Labels of the official test videos are not public: one video in five of the training set, by the
checksum of its number, is the validation split. The release does not say who is in a video, so a
person of several videos may be on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from ...model.errors import InputError
from .base import Listing, Sample, Skipped, check_split, collect, in_range, require
from .label_files import frame_lines, numbered_frames
from .splits import train_or_val

SPLITS = ("train", "val")
_KINDS = ("valence", "arousal")
_FOLDS = 5


def _frames_folder(root: Path) -> Path:
    for folder in (root / "frames" / "train", root / "frames"):
        if folder.is_dir():
            return folder
    raise InputError(
        f"{root / 'frames'} is missing: extract each video's frames first, as in ffmpeg -i "
        "videos/train/NNN.mp4 -fps_mode passthrough frames/NNN/%05d.jpg."
    )


def _video_samples(name: str, labels: Path, folder: Path, split: str) -> Iterator[Sample | Skipped]:
    frames = numbered_frames(folder)
    first = 0 if 0 in frames else 1
    files = [labels / kind / f"{name}.txt" for kind in _KINDS]
    pairs = zip_longest(*(frame_lines(file) if file.is_file() else [] for file in files))
    for index, (valence, arousal) in enumerate(pairs):
        where = f"{name}, line {index + 1}"
        path = frames.pop(index + first, None)
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
            yield Sample(path, v, a, split, identity=name, video=name, frame=index)
    for path in frames.values():
        yield Skipped(f"{name}/{path.name}", "the frame has no label")


def read_aff_wild(root: Path, split: str | None = None) -> Listing:
    """List Aff-Wild's labelled frames, in the order of the videos' numbers."""
    check_split(split, SPLITS, "Aff-Wild")
    labels = require(root / "annotations" / "train", "Aff-Wild's labels are in annotations/train/")
    names = sorted({path.stem for kind in _KINDS for path in (labels / kind).glob("*.txt")})
    if not names:
        raise InputError(f"{labels} holds no valence/NNN.txt and no arousal/NNN.txt.")
    folder = _frames_folder(root)
    found = (
        item
        for name in names
        if split in (None, where := train_or_val(name, _FOLDS))
        for item in _video_samples(name, labels, folder / name, where)
    )
    return collect("aff-wild", found)
