"""Which files a batch analyses, and why it leaves out the others."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...model.errors import InputError
from ..session.reader import FRAMES, INFO
from ..sources.endings import absent_target, content_of, shown
from .index import INDEX, LOCK
from .page import PAGE
from .table import CURVES, is_part_name

_MOST_NAMED = 20


@dataclass(slots=True)
class LeftOut:
    """What a batch leaves out of the folders that it was given, with the reason for each."""

    files: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, reason: str) -> None:
        """One file more."""
        self.files.append((path, reason))

    def words(self) -> Iterator[str]:
        """What is left out, a line each, or how many of a reason where they are many."""
        for path, reason in self.files[:_MOST_NAMED]:
            yield f"left out: {shown(path)}: {reason}"
        more = Counter(reason for _, reason in self.files[_MOST_NAMED:])
        for reason, count in more.items():
            yield f"left out: {count} more: {reason}"


def find_inputs(path: Path, out: Path | None = None, left_out: LeftOut | None = None) -> list[Path]:
    """The files to analyse: a folder stands for the videos in it and below it, and for each folder
    of images there; an empty one for itself, which fails with its reason.

    Hidden files and folders, sessions, `out` where it lies below the folder, and what a batch wrote
    into a folder are passed over; what else is left out is added to `left_out`. A link counts as a
    file of its own, under its own name, whether or not its target is there. Raises `InputError` for
    what is not there.
    """
    if not os.path.lexists(path):
        raise InputError(f"There is nothing at {shown(path)}: no such file or folder.")
    path = Path(os.path.abspath(path))
    avoided = Path(os.path.abspath(out)) if out is not None else None
    inside = _look_into(path, left_out or LeftOut(), avoided) if path.is_dir() else []
    return inside or [path]


def _look_into(folder: Path, left_out: LeftOut, avoided: Path | None) -> list[Path]:
    found: list[Path] = []
    batches: list[Path] = []  # folders that a batch was written into

    def unreadable(error: OSError) -> None:
        left_out.add(Path(error.filename), error.strerror or "it cannot be read")

    for name, folders, files in os.walk(folder, onerror=unreadable):
        here = Path(name)
        if (here == avoided and here != folder) or (FRAMES in files and INFO in files):
            folders.clear()
            continue
        if LOCK in files:
            batches.append(here)
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        images, videos = [], []
        for path in (here / each for each in sorted(files) if not each.startswith(".")):
            if any(map(path.is_relative_to, batches)) and _written(path):
                continue
            content = content_of(path)
            if content == "video" or (not content and absent_target(path)):
                videos.append(path)
            elif content:
                images.append(path)
            else:
                left_out.add(path, "neither a video nor an image")
        found += videos
        if images and not videos:
            found.append(here)
            continue
        for path in images:
            left_out.add(path, "an image beside videos: give a folder of images")
    return found


def _written(path: Path) -> bool:
    """Whether it is called as a file of a batch's folder is (sessions are known otherwise)."""
    if path.suffix == ".png":
        return path.parent.name == CURVES and is_part_name(path.stem)
    return path.name in (INDEX, PAGE) or (path.suffix == ".parquet" and is_part_name(path.stem))
