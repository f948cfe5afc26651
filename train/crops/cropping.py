"""Find the faces of labelled pictures and crop them, in several processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from ...model.face import Face, FaceFinder, crop_square
from ..datasets.base import Listing, Sample
from .videos import chosen_frames

BORDER = 0.25
"""Border added to a picture in which the finder sees no face at first: tight crops need it."""
SMALL, ENLARGED = 200, 288
STILLS, FRAMES = 64, 8
"""How many still pictures, or decoded frames of a video, a process gets at a time."""
WAITING = 3
"""How many such portions may wait for each process: decoded frames are large."""

Picture: TypeAlias = "NDArray[np.uint8] | str"
"""uint8 [H, W, 3] RGB, or the reason why there is none."""
NO_FACE = "no face was found"
Crop: TypeAlias = "tuple[NDArray[np.uint8], bool] | str"
"""The crop and whether a face was found, or the reason why there is none."""


def find_in_still(finder: FaceFinder, rgb: NDArray[np.uint8]) -> Face | None:
    """The largest face of a still picture, in its own pixels.

    Small pictures are enlarged, and where nothing is found a border is added: the finder was made
    for scenes, not for 48 px crops.
    """
    height, width = rgb.shape[:2]
    borders = (BORDER, 0.0) if max(height, width) < SMALL else (0.0, BORDER)
    for border in borders:
        pad = round(border * max(height, width))
        scene = cv2.copyMakeBorder(rgb, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        scale = max(1.0, ENLARGED / max(scene.shape[:2]))
        if scale > 1.0:
            scene = cv2.resize(scene, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        faces = finder.find(scene.astype(np.uint8, copy=False))
        if faces:
            face = faces[0]
            return Face(
                face.x / scale - pad,
                face.y / scale - pad,
                face.width / scale,
                face.height / scale,
                face.confidence,
                face.landmarks / scale - pad,
            )
    return None


def read_picture(path: Path) -> Picture:
    """A picture file, whatever its depth and number of channels."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        return "the picture cannot be decoded"
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _crop_sample(
    finder: FaceFinder, sample: Sample, rgb: Picture, precropped: bool, size: int, grey: bool
) -> Crop:
    if isinstance(rgb, str):
        return rgb
    face = find_in_still(finder, rgb)
    pixels = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8) if grey else rgb
    if face is not None:
        return crop_square(pixels, face.x, face.y, face.width, size), True
    if sample.box is not None:
        x, y, width, height = sample.box
        side = max(width, height)
        return crop_square(
            pixels, x + (width - side) / 2, y + (height - side) / 2, side, size
        ), False
    if precropped:
        height, width = rgb.shape[:2]
        side = float(max(height, width))
        return crop_square(pixels, (width - side) / 2, (height - side) / 2, side, size), False
    return NO_FACE


def _crop_chunk(
    samples: list[Sample], frames: list[Picture] | None, precropped: bool, size: int, grey: bool
) -> list[Crop]:
    cv2.setNumThreads(1)
    pictures = (read_picture(s.path) for s in samples) if frames is None else iter(frames)
    with FaceFinder() as finder:
        return [
            _crop_sample(finder, s, picture, precropped, size, grey)
            for s, picture in zip(samples, pictures, strict=True)
        ]


def in_reading_order(samples: list[Sample]) -> list[Sample]:
    """Stills in their order, then the videos, each frame by frame: as they are best read."""
    return sorted(samples, key=lambda s: (str(s.path), s.frame) if s.in_video else ("", 0))


def _portions(samples: list[Sample]) -> Iterator[tuple[list[Sample], list[Picture] | None]]:
    """Samples in portions for the processes that crop: stills are read there, but a video has to be
    decoded in order, so its frames come along."""
    ordered = in_reading_order(samples)
    for video, group in groupby(ordered, key=lambda s: s.path if s.in_video else None):
        members = list(group)
        if video is None:
            for i in range(0, len(members), STILLS):
                yield members[i : i + STILLS], None
            continue
        pictures = chosen_frames(video, [s.frame for s in members])
        for i in range(0, len(members), FRAMES):
            part = members[i : i + FRAMES]
            yield part, [picture for _, picture in zip(part, pictures, strict=False)]


def cropped_faces(
    listing: Listing, size: int, grey: bool, workers: int
) -> Generator[tuple[Sample, Crop], None, None]:
    """Every sample with its crop, in reading order, cropped by several processes."""
    waiting: deque[tuple[list[Sample], Future[list[Crop]]]] = deque()
    portions = _portions(listing.samples)
    with (
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool,
        Progress() as progress,
    ):
        task = progress.add_task(f"Cropping {listing.name}", total=len(listing.samples))
        more = True
        while more or waiting:
            while more and len(waiting) < WAITING * workers:
                portion = next(portions, None)
                more = portion is not None
                if portion is not None:
                    job = pool.submit(_crop_chunk, *portion, listing.precropped, size, grey)
                    waiting.append((portion[0], job))
            if waiting:
                samples, job = waiting.popleft()
                yield from zip(samples, job.result(), strict=True)
                progress.advance(task, len(samples))
