"""Crops on disk: one array of pixels, or JPEGs one after another.

Pixels (`crops.npy`) are read without any work: right for hundreds of thousands of small crops.
JPEGs (`crops.jpeg`, and where each begins in `offsets.npy`) take about a fifteenth of the space,
so that the frames of a film collection fit on a disk, and are decoded whenever they are asked for.
Both are read like an array, written once, and mapped into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError

Storage: TypeAlias = Literal["pixels", "jpeg"]
QUALITY = 92
"""Of the JPEGs, from 1 to 100."""
PIXELS, JPEGS, OFFSETS = "crops.npy", "crops.jpeg", "offsets.npy"


def _encode(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    bgr = cv2.cvtColor(crop, cv2.COLOR_RGB2BGR) if crop.ndim == 3 else crop
    done, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"A crop of shape {crop.shape} cannot be written as JPEG.")
    return np.asarray(encoded, np.uint8).ravel()


def _decode(encoded: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    image = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED) if len(encoded) else None
    if image is None or image.ndim == 2:
        return image  # type: ignore[return-value]
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)  # type: ignore[return-value]


class JpegCrops:
    """Stored JPEGs, read like an array uint8 [N, S, S] (luminance) or [N, S, S, 3] (RGB).

    Threads may read at once. Raises `InputError` for a crop that cannot be decoded.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._offsets = np.load(folder / OFFSETS)
        self._bytes = np.memmap(folder / JPEGS, np.uint8, mode="r")
        self.shape: tuple[int, ...] = (len(self._offsets) - 1, *self._at(0).shape)

    @property
    def ndim(self) -> int:
        """3 for luminance, 4 for RGB."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def encoded(self, index: int) -> NDArray[np.uint8]:
        """The bytes of one JPEG [B], as they are stored."""
        first, last = self._offsets[index : index + 2]
        return self._bytes[first:last]

    def _at(self, index: int) -> NDArray[np.uint8]:
        crop = _decode(self.encoded(index))
        if crop is None:
            raise InputError(
                f"Crop {index} in {self.folder / JPEGS} cannot be decoded: delete this folder, and "
                "it is prepared anew."
            )
        return crop

    def __getitem__(self, which: int | slice | NDArray[np.int64]) -> NDArray[np.uint8]:
        if isinstance(which, slice | np.ndarray):
            indices = range(len(self))[which] if isinstance(which, slice) else which
            crops = [self._at(int(i)) for i in indices]
            return np.stack(crops) if crops else np.empty((0, *self.shape[1:]), np.uint8)
        return self._at(range(len(self))[which])

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        return (self._at(i) for i in range(len(self)))

    def __array__(self, dtype: object = None, copy: bool | None = None) -> NDArray[np.uint8]:
        return self[:]


Crops: TypeAlias = "NDArray[np.uint8] | JpegCrops"


def open_crops(folder: Path) -> Crops:
    """The crops of a prepared set. Raises `OSError` or `ValueError` where there are none."""
    if (folder / JPEGS).is_file():
        return JpegCrops(folder)
    return np.load(folder / PIXELS, mmap_mode="r")


def stored(crops: Crops, index: int) -> NDArray[np.uint8]:
    """A crop as it is stored, unread: its pixels, or the bytes [B] of its JPEG."""
    return crops.encoded(index) if isinstance(crops, JpegCrops) else crops[index]


class PixelWriter:
    """Writes at most `count` crops of one shape as an array."""

    def __init__(self, folder: Path, count: int, shape: tuple[int, ...]) -> None:
        self._path = folder / PIXELS
        self._crops = np.lib.format.open_memmap(
            self._path, mode="w+", dtype=np.uint8, shape=(count, *shape)
        )
        self._count = 0

    def __enter__(self) -> PixelWriter:
        return self

    def __exit__(self, *_: object) -> None:
        del self._crops
        shorten(self._path, self._count)

    def add(self, crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Append pixels; returns them."""
        self._crops[self._count] = crop
        self._count += 1
        return crop


class JpegWriter:
    """Writes crops as JPEGs one after another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / JPEGS).open("wb")
        self._offsets = [0]

    def __enter__(self) -> JpegWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        np.save(self._folder / OFFSETS, np.array(self._offsets, np.int64))

    def add(self, crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Append pixels, or the bytes of a JPEG, as `stored` gave them: encoded twice, it would
        lose twice. Returns the pixels as they will be read."""
        encoded = _encode(crop) if crop.ndim > 1 else crop
        pixels = _decode(encoded)
        if pixels is None:
            raise ValueError("A stored JPEG cannot be decoded.")
        self._file.write(encoded.tobytes())
        self._offsets.append(self._offsets[-1] + len(encoded))
        return pixels


CropWriter: TypeAlias = PixelWriter | JpegWriter


def crop_writer(storage: Storage, folder: Path, count: int, shape: tuple[int, ...]) -> CropWriter:
    """Writes at most `count` crops of `shape` into a folder."""
    return JpegWriter(folder) if storage == "jpeg" else PixelWriter(folder, count, shape)


def shorten(path: Path, count: int) -> None:
    """Keep the first `count` rows of an array's file without writing them again: of a million
    crops, that would be hours."""
    with path.open("r+b") as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"{path} has a header of version {version}, not (1, 0).")
        shape, in_order, kind = np.lib.format.read_array_header_1_0(file)
        start = file.tell()
        row = int(np.prod(shape[1:], dtype=np.int64)) * kind.itemsize
        file.truncate(start + count * row)
        header = {"descr": kind.str, "fortran_order": in_order, "shape": (count, *shape[1:])}
        text = repr(header).encode("latin1")
        # The magic string, the version and the header's length come first: 10 bytes.
        file.seek(10)
        file.write(text.ljust(start - 11) + b"\n")
