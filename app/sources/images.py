"""A folder of pictures in natural order, or one picture."""

from __future__ import annotations

import re
import time
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ...model.errors import AvceError, InputError
from .base import Frame, Kind, Source

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
DEFAULT_RATE = 1.0
"""Pictures a second: a folder has no time of its own, so a picture counts as one second."""
_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, UnidentifiedImageError)


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts `face2` before `face10`; small and capital letters alike."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(0, int(p), p) if p[0].isdecimal() else (1, 0, p.casefold()) for p in parts]


def pictures_in(path: Path) -> list[Path]:
    """The pictures of a folder (not of its sub-folders) in natural order, or the one picture.

    Raises `InputError` when there is none.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"There is no file or folder {path}: check the name.")
    found = [
        p
        for p in path.iterdir()
        if p.suffix.lower() in SUFFIXES and not p.name.startswith(".") and p.is_file()
    ]
    if not found:
        kinds = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        raise InputError(f"The folder {path} holds no pictures ({kinds}): give another folder.")
    return sorted(found, key=lambda p: (natural_key(p.name), p.name))


def load_picture(path: Path) -> NDArray[np.uint8]:
    """A picture as uint8 [H, W, 3] RGB, turned upright as its EXIF data say.

    Grey becomes RGB, deeper grey is scaled to 8 bits, and what is transparent becomes white.
    Raises `InputError` for a file that is no picture, or is damaged.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns of very large pictures, and of odd metadata that does no harm.
            warnings.simplefilter("ignore")
            with Image.open(path) as file:
                return _rgb(ImageOps.exif_transpose(file))
    except (*_UNREADABLE, Image.DecompressionBombError) as error:
        reason = "it is no picture" if isinstance(error, UnidentifiedImageError) else str(error)
        raise InputError(f"The picture {path} cannot be read: {reason or 'damaged'}.") from error


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
    """Pictures, one after the other.

    The timestamp of a picture is its place in natural order divided by `rate`; a picture that
    cannot be read leaves its place empty and is listed in `skipped`. Looped, time goes on across
    the rounds. After `seek` the timestamp is that of the place.

    Args:
        path: a folder or a picture.
        rate: pictures a second.
        loop: begin again at the end.

    Raises `InputError` when there is no picture, or (at the end) when none can be read.
    """

    kind: Kind = "images"
    seekable = True

    def __init__(self, path: Path | str, *, rate: float = DEFAULT_RATE, loop: bool = False) -> None:
        self._path = Path(path)
        self.location = str(path)
        self.name = self._path.resolve().name
        self.rate = self._rate = rate
        self._loop = loop
        self.skipped: tuple[str, ...] = ()
        self._problem = ""
        self._paths = pictures_in(self._path)
        self.duration = len(self._paths) / rate
        self._opened = False
        self._place = self._index = self._round = 0

    def open(self) -> None:
        """Look at the folder (again), and go to its first picture."""
        if self._opened:
            return
        self._paths = pictures_in(self._path)
        self.duration = len(self._paths) / self._rate
        self._place = self._index = self._round = 0
        self.skipped = ()
        self._opened = True

    def read(self) -> Frame | None:
        """The next picture that can be read."""
        if not self._opened:
            raise AvceError(f"{self.name} is not open: open it first.")
        while self._place < len(self._paths) or self._again():
            path = self._paths[self._place]
            place = self._place
            self._place += 1
            try:
                rgb = load_picture(path)
            except InputError as error:
                self._problem = self._problem or str(error)
                if path.name not in self.skipped:
                    self.skipped += (path.name,)
                continue
            seconds = (self._round * len(self._paths) + place) / self._rate
            self._index += 1
            return Frame(self._index - 1, seconds, rgb, time.perf_counter(), path.name)
        if not self._index:
            raise InputError(self._problem)
        return None

    def _again(self) -> bool:
        if not self._loop or not self._index:
            return False
        self._place = 0
        self._round += 1
        return True

    def seek(self, seconds: float) -> None:
        """Go on from the picture on show at that time; the first or last one beyond the ends."""
        # Times are often passed on rounded to microseconds.
        place, count = max(int((seconds + 1e-6) * self._rate), 0), len(self._paths)
        self._round, self._place = (
            divmod(place, count) if self._loop else (0, min(place, count - 1))
        )

    def close(self) -> None:
        """Nothing is held open."""
        self._opened = False
