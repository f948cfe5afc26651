"""Find the faces of labelled images and crop them, in several processes or in this one."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.progress import Progress

from ...model.face.crop_geometry import UPRIGHT, Geometry
from ...model.face.face import crop_square
from ...model.face.finder import FaceFinder
from ...model.system.workers import WorkerPool
from ...model.video.pixels import too_large
from ..datasets.base import Listing, Sample
from .labelled_face import FACES, labelled_face
from .seen import UNSEEN, Row, seen_row
from .stored_crops import Storage
from .videos import chosen_frames

STILLS, FRAMES = 64, 8
"""How many still images, or decoded frames of a video, a process gets at a time."""
WAITING = 3
"""How many such portions may wait for each process: decoded frames are large."""

ReadImage: TypeAlias = "NDArray[np.uint8] | str"
"""uint8 [H, W, 3] RGB, or the reason why there is none."""
NO_FACE = "no face was found"
How = Literal["face", "box", "whole"]
"""What a crop is cut by: the face that was found, the data set's box, or the image's edges."""
HOWS: tuple[How, ...] = get_args(How)
Crop: TypeAlias = "tuple[NDArray[np.uint8], How, Row] | str"
"""The crop (pixels, or the bytes of a JPEG that was stored before), what it was cut by and how its
face was seen, or the reason why there is none."""

Portions: TypeAlias = "Generator[tuple[list[Sample], list[Crop]], None, None]"


@dataclass(frozen=True, slots=True)
class Cut:
    """How faces are cut out: side in pixels, luminance alone or colour, where the crop lies,
    whether images that are face crops already are left as they are, and how crops are stored."""

    size: int = 224
    grey: bool = True
    geometry: Geometry = UPRIGHT
    keep_aligned: bool = False
    storage: Storage = "pixels"

    def __str__(self) -> str:
        colour = "grey" if self.grey else "rgb"
        where = "aligned" if self.keep_aligned else self.geometry
        stored = "" if self.storage == "pixels" else f".{self.storage}"
        return f"{self.size}-{colour}{stored}-{where}"


def read_image(path: Path) -> ReadImage:
    """An image file, whatever its depth and number of channels."""
    try:
        # The header alone: an image that is too large is not decoded.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as file:
                reason = too_large(*file.size)
    except Image.DecompressionBombError as error:
        reason = str(error)
    except (OSError, ValueError, SyntaxError):
        reason = ""  # OpenCV may know it
    if reason:
        return f"the image is too large ({reason})"
    try:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        return "the image cannot be decoded"
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _crop_sample(
    finder: FaceFinder, sample: Sample, rgb: ReadImage, precropped: bool, cut: Cut
) -> Crop:
    if isinstance(rgb, str):
        return rgb
    pixels = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8) if cut.grey else rgb
    kept = precropped and cut.keep_aligned
    face = None if kept else labelled_face(finder, rgb, sample, precropped)
    if face is not None:
        crop = face.crop(pixels, cut.size, cut.geometry)
        return crop, "face", seen_row(face, cut.geometry)
    how: How = "box" if sample.box is not None and not kept else "whole"
    if how == "whole" and not precropped:
        return NO_FACE
    height, width = rgb.shape[:2]
    x, y, width, height = sample.box if how == "box" and sample.box else (0, 0, width, height)
    side = float(max(width, height))
    left, top = x + (width - side) / 2, y + (height - side) / 2
    return crop_square(pixels, left, top, side, cut.size), how, UNSEEN


def _crop_chunk(
    samples: list[Sample], frames: list[ReadImage] | None, precropped: bool, cut: Cut
) -> list[Crop]:
    cv2.setNumThreads(1)
    images = (read_image(s.path) for s in samples) if frames is None else iter(frames)
    with FaceFinder(FACES, portraits=True) as finder:
        return [
            _crop_sample(finder, s, image, precropped, cut)
            for s, image in zip(samples, images, strict=True)
        ]


def in_reading_order(samples: list[Sample]) -> list[Sample]:
    """Stills in their order, then the videos, each frame by frame: as they are best read."""
    return sorted(samples, key=lambda s: (str(s.path), s.frame) if s.in_video else ("", 0))


def _portions(samples: list[Sample]) -> Iterator[tuple[list[Sample], list[ReadImage] | None]]:
    """Samples in portions for the processes that crop: stills are read there, but a video has to be
    decoded in order, so its frames come along."""
    ordered = in_reading_order(samples)
    for video, group in groupby(ordered, key=lambda s: s.path if s.in_video else None):
        members = list(group)
        if video is None:
            for i in range(0, len(members), STILLS):
                yield members[i : i + STILLS], None
            continue
        images = chosen_frames(video, [s.frame for s in members])
        for i in range(0, len(members), FRAMES):
            part = members[i : i + FRAMES]
            yield part, [image for _, image in zip(part, images, strict=False)]


def cropped_faces(
    listing: Listing, cut: Cut, workers: int
) -> Generator[tuple[Sample, Crop], None, None]:
    """Every sample with its crop, in reading order, cropped by several processes, or by this one
    where one is enough."""
    crop = _cropped_by_others if workers > 1 else _cropped_here
    with closing(crop(listing, cut, workers)) as portions, Progress() as progress:
        task = progress.add_task(f"Cropping {listing.name}", total=len(listing.samples))
        for samples, crops in portions:
            yield from zip(samples, crops, strict=True)
            progress.advance(task, len(samples))


def _cropped_here(listing: Listing, cut: Cut, _: int) -> Portions:
    """Each portion with its crops: another process takes a second to start and spares none."""
    threads = cv2.getNumThreads()
    try:
        for samples, frames in _portions(listing.samples):
            yield samples, _crop_chunk(samples, frames, listing.precropped, cut)
    finally:
        cv2.setNumThreads(threads)


def _cropped_by_others(listing: Listing, cut: Cut, workers: int) -> Portions:
    """Each portion with its crops, made by so many processes."""
    waiting: deque[tuple[list[Sample], Future[list[Crop]]]] = deque()
    portions = _portions(listing.samples)
    with WorkerPool(workers) as pool:
        more = True
        try:
            while more or waiting:
                while more and len(waiting) < WAITING * workers:
                    portion = next(portions, None)
                    more = portion is not None
                    if portion is not None:
                        job = pool.submit(_crop_chunk, *portion, listing.precropped, cut)
                        waiting.append((portion[0], job))
                if waiting:
                    samples, job = waiting.popleft()
                    yield samples, job.result()
        except BaseException:
            # An interruption, or whoever asked has enough: nobody waits for what is in hand.
            pool.end()
            raise
