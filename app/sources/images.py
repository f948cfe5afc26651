"""A folder of images in natural order, or one image."""

from __future__ import annotations

import importlib
import os
import re
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ...model.errors import AvceError, InputError
from ...model.video.pixels import too_large
from .base import Frame, Kind, Source
from .endings import IMAGE_ENDINGS, absent_target, content_inside, content_of, shown

DEFAULT_RATE = 1.0
"""Images a second: a folder has no time of its own, so an image counts as one second."""
_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, UnidentifiedImageError)


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts `face2` before `face10`; small and capital letters alike."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(0, int(p), p) if p[0].isdecimal() else (1, 0, p.casefold()) for p in parts]


def images_in(path: Path) -> tuple[list[Path], list[str]]:
    """The images of a folder (not of its sub-folders) in natural order, or the one image; and the
    names of what else is there, with what it is.

    Raises `InputError` when there is no image.
    """
    if path.is_file():
        return [path], []
    if not path.is_dir():
        raise InputError(f"There is no file or folder {shown(path)}: check the name.")
    found, others = [], []
    videos = 0
    for each in sorted(p for p in path.iterdir() if not p.name.startswith(".")):
        # A link whose target is not there is named like an image that cannot be read.
        content = "" if each.is_dir() else content_of(each)
        if content in ("image", "heic") or (not content and absent_target(each)):
            found.append(each)
        else:
            kind = " (a folder)" if each.is_dir() else " (a video)" if content == "video" else ""
            others.append(each.name + kind)
            videos += content == "video"
    if not found:
        kinds = ", ".join(sorted(suffix[1:] for suffix in IMAGE_ENDINGS))
        hint = "open one of its videos, or give it to avce-live batch" if videos else "give another"
        raise InputError(f"The folder {shown(path)} contains no images ({kinds}): {hint}.")
    return sorted(found, key=lambda p: (natural_key(p.name), p.name)), others


@cache
def _reads_heic() -> bool:
    """Whether a package is installed that reads HEIC; Pillow alone does not."""
    try:
        heif: Any = importlib.import_module("pillow_heif")
        heif.register_heif_opener()
    except (ImportError, AttributeError):
        return False
    return True


def load_image(path: Path) -> NDArray[np.uint8]:
    """An image as uint8 [H, W, 3] RGB, turned upright as its EXIF data say.

    Grey becomes RGB, deeper grey is scaled to 8 bits, and what is transparent becomes white.
    Raises `InputError` for a file that is no image, or is damaged.
    """
    if reason := absent_target(path):
        raise InputError(reason)
    if content_of(path) == "heic" and content_inside(path) != "image" and not _reads_heic():
        raise InputError(
            f"The image {shown(path)} is HEIC, which needs the package pillow-heif: install it "
            "with pip install pillow-heif, or convert the image to JPEG."
        )
    try:
        with warnings.catch_warnings():
            # Pillow warns of very large images, and of odd metadata that does no harm.
            warnings.simplefilter("ignore")
            with Image.open(path) as file:
                if reason := too_large(*file.size):
                    raise ValueError(reason)
                return _rgb(ImageOps.exif_transpose(file))
    except (*_UNREADABLE, Image.DecompressionBombError) as error:
        reason = "it is not an image" if isinstance(error, UnidentifiedImageError) else str(error)
        words = shown(reason or "damaged")
        raise InputError(f"The image {shown(path)} cannot be read: {words}.") from error


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode == "I" or image.mode.startswith("I;16"):
        grey = np.clip(np.asarray(image, dtype=np.float64) / 257.0, 0.0, 255.0)
        return np.repeat(np.rint(grey).astype(np.uint8)[..., None], 3, axis=2)
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    return np.array(image.convert("RGB"), dtype=np.uint8, order="C")


class ImagesSource(Source):
    """Images, one after the other.

    The index of an image is its place in natural order, its timestamp that divided by `rate`; an
    image that cannot be read leaves its place empty and is listed in `skipped`. Looped, both
    continue across the rounds.

    Args:
        path: a folder or an image.
        rate: images a second.
        loop: begin again at the end.

    Raises `InputError` when there is no image, or (at the end) when none can be read.
    """

    kind: Kind = "images"
    still = True
    seekable = True

    def __init__(self, path: Path | str, *, rate: float = DEFAULT_RATE, loop: bool = False) -> None:
        self._path = Path(path)
        self.location = str(path)
        self.file = self._path if self._path.is_file() else None
        # The name that it was given, also where that is a link.
        self.name = Path(os.path.abspath(self._path)).name
        self.rate = self._rate = rate
        self._loop = loop
        self.skipped: tuple[str, ...] = ()
        self._problem = ""
        self._paths, _ = images_in(self._path)
        self.duration = len(self._paths) / rate
        self._opened = False
        self._place = self._round = 0
        self._read_any = False

    def open(self) -> None:
        """Look at the folder (again), and go to its first image."""
        if self._opened:
            return
        self._paths, others = images_in(self._path)
        self.left_out = tuple(others)
        self.duration = len(self._paths) / self._rate
        self._place = self._round = 0
        self._read_any = False
        self.skipped = ()
        self._opened = True

    def read(self) -> Frame | None:
        """The next image that can be read."""
        if not self._opened:
            raise AvceError(f"{self.name} is not open: open it first.")
        while self._place < len(self._paths) or self._again():
            path = self._paths[self._place]
            place = self._place
            self._place += 1
            try:
                rgb = load_image(path)
            except InputError as error:
                self._problem = self._problem or str(error)
                if path.name not in self.skipped:
                    self.skipped += (path.name,)
                continue
            number = self._round * len(self._paths) + place
            self._read_any = True
            return Frame(number, number / self._rate, rgb, time.perf_counter(), path.name)
        if not self._read_any:
            raise InputError(self._problem)
        return None

    def _again(self) -> bool:
        if not self._loop or not self._read_any:
            return False
        self._place = 0
        self._round += 1
        return True

    def number_frames(self) -> bool:
        """Each image is numbered by its place."""
        return True

    def seek(self, seconds: float) -> None:
        """Continue from the frame shown at that time; the first or last one beyond the ends."""
        # Times are often passed on rounded to microseconds.
        place, count = max(int((seconds + 1e-6) * self._rate), 0), len(self._paths)
        self._round, self._place = (
            divmod(place, count) if self._loop else (0, min(place, count - 1))
        )

    def close(self) -> None:
        """Nothing is held open."""
        self._opened = False
