"""Crops stored as JPEG are read like an array, and lose little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avce.model.errors import InputError
from avce.train.crops.preparation import Preparation
from avce.train.crops.prepare import prepare
from avce.train.crops.stored_crops import JPEGS, JpegCrops, crop_writer, open_crops, stored
from avce.train.datasets.base import Listing, Sample
from avce.train.loader import TrainLoader


def smooth(count: int, size: int, *channels: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(1)
    rough = random.integers(40, 216, (count, 6, 6, *channels), dtype=np.uint8)
    return np.stack([cv2.resize(one, (size, size), interpolation=cv2.INTER_CUBIC) for one in rough])


@pytest.mark.parametrize("channels", [(), (3,)], ids=["grey", "colour"])
def test_jpegs_are_read_like_the_array_that_they_are_of(
    channels: tuple[int, ...], tmp_path: Path
) -> None:
    crops = smooth(5, 64, *channels)
    with crop_writer("jpeg", tmp_path, 5, crops.shape[1:]) as writer:
        written = [writer.add(crop) for crop in crops]
    read = open_crops(tmp_path)
    assert isinstance(read, JpegCrops)
    assert (len(read), read.ndim, read.shape) == (5, crops.ndim, crops.shape)
    np.testing.assert_array_equal(np.asarray(read), np.stack(written))
    # A colour one is stored with colours at half the resolution.
    assert np.abs(np.asarray(read).astype(int) - crops).mean() < 2.0
    np.testing.assert_array_equal(read[1:4:2], np.stack(written[1:4:2]))
    np.testing.assert_array_equal(read[np.array([3, 0])], np.stack([written[3], written[0]]))
    np.testing.assert_array_equal(read[-1], written[-1])
    assert read[5:].shape == (0, *crops.shape[1:])
    with pytest.raises(IndexError):
        _ = read[5]


def test_a_stored_jpeg_is_copied_and_not_encoded_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with crop_writer("jpeg", tmp_path / "one", 3, (48, 48)) as writer:
        for crop in smooth(3, 48):
            writer.add(crop)
    one = open_crops(tmp_path / "one")
    with crop_writer("jpeg", tmp_path / "two", 2, (48, 48)) as writer:
        for index in (2, 0):
            writer.add(stored(one, index))
    two = open_crops(tmp_path / "two")
    np.testing.assert_array_equal(np.asarray(two), np.asarray(one)[[2, 0]])
    np.testing.assert_array_equal(stored(two, 0), stored(one, 2))


def test_a_damaged_crop_is_one_sentence(tmp_path: Path) -> None:
    with crop_writer("jpeg", tmp_path, 2, (48, 48)) as writer:
        for crop in smooth(2, 48):
            writer.add(crop)
    data = (tmp_path / JPEGS).read_bytes()
    (tmp_path / JPEGS).write_bytes(
        data[: len(data) // 2 + 9] + bytes(len(data) - len(data) // 2 - 9)
    )
    crops = open_crops(tmp_path)
    with pytest.raises(InputError, match=r"Crop 1 in .*crops\.jpeg cannot be decoded"):
        _ = crops[1]


def images(folder: Path, count: int) -> Listing:
    samples = []
    for i, image in enumerate(smooth(count, 96, 3)):
        cv2.imwrite(str(folder / f"{i}.png"), image)
        samples.append(Sample(folder / f"{i}.png", i / count, -i / count, "train"))
    return Listing("made", samples, precropped=True)


def test_a_set_prepared_as_jpeg_gives_the_batches_of_its_pixels(tmp_path: Path) -> None:
    listing = images(tmp_path, 8)
    usual = Preparation(tmp_path / "crops", workers=1, aligned="keep")
    pixels = prepare(listing, usual, size=64, grey=False)
    jpeg = prepare(listing, replace(usual, storage="jpeg"), size=64, grey=False)
    assert jpeg.folder != pixels.folder
    (first,), (second,) = (
        list(TrainLoader([made], 8, seed=3, position=lambda: 0)) for made in (pixels, jpeg)
    )
    assert second.faces.shape == first.faces.shape
    assert (second.faces.float() - first.faces.float()).abs().mean() < 3.0
    assert second.target.equal(first.target)
    stored_digests = jpeg.digests()
    (jpeg.folder / "digests.npy").unlink()
    np.testing.assert_array_equal(jpeg.digests(), stored_digests)


def test_a_part_of_a_set_takes_its_jpegs_from_the_whole(tmp_path: Path) -> None:
    listing = images(tmp_path, 6)
    usual = Preparation(tmp_path / "crops", workers=1, aligned="keep", storage="jpeg")
    whole = prepare(listing, usual, size=64, grey=False)
    part = prepare(replace(listing, samples=listing.samples[2:4]), usual, size=64, grey=False)
    assert isinstance(part.crops, JpegCrops)
    np.testing.assert_array_equal(np.asarray(part.crops), whole.crops[2:4])
