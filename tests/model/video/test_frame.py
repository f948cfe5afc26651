"""Frames as a player shows them: every display matrix, and pixels that are not square."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from avce.model.video.frame import oriented

ONE = 1 << 16
RGB = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


def matrix(a: int, b: int, c: int, d: int) -> NDArray[np.int32]:
    return np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], np.int32)


def shown_pixel_by_pixel(a: int, b: int, c: int, d: int) -> NDArray[np.uint8]:
    """Each pixel put where libavutil/display.h says."""
    height, width = RGB.shape[:2]
    places = {(p, q): (a * p + c * q, b * p + d * q) for p in range(width) for q in range(height)}
    left, top = (min(place[i] for place in places.values()) for i in (0, 1))
    shape = (height, width, 3) if a else (width, height, 3)
    shown = np.zeros(shape, np.uint8)
    for (p, q), (x, y) in places.items():
        shown[y - top, x - left] = RGB[q, p]
    return shown


EIGHT = [(a, 0, 0, d) for a, d in product((1, -1), repeat=2)] + [
    (0, b, c, 0) for b, c in product((1, -1), repeat=2)
]


@pytest.mark.parametrize(("a", "b", "c", "d"), EIGHT)
def test_every_turn_and_mirroring_is_that_of_the_matrix(a: int, b: int, c: int, d: int) -> None:
    expected = shown_pixel_by_pixel(a, b, c, d)
    found = oriented(RGB, matrix(a * ONE, b * ONE, c * ONE, d * ONE))
    assert np.array_equal(found, expected)


@pytest.mark.parametrize(("a", "b", "c", "d"), EIGHT)
@pytest.mark.parametrize("degrees", [-40, -5, 5, 40])
def test_other_angles_count_as_the_nearest_right_one(
    a: int, b: int, c: int, d: int, degrees: int
) -> None:
    turn = np.radians(degrees)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned = np.rint(rotation @ np.array([[a, c], [b, d]]) * ONE).astype(int)
    found = oriented(RGB, matrix(*turned.T.ravel().tolist()))
    assert np.array_equal(found, shown_pixel_by_pixel(a, b, c, d))


@pytest.mark.parametrize("numbers", [(0, 0, 0, 0), (0, 0, ONE, 0), (ONE, ONE, ONE, ONE)])
def test_a_matrix_that_makes_a_line_of_the_image_is_none(numbers: tuple[int, ...]) -> None:
    assert np.array_equal(oriented(RGB, matrix(*numbers)), RGB)
    assert np.array_equal(oriented(RGB, matrix(*numbers)[:5]), RGB)


@pytest.mark.parametrize(("a", "b", "c", "d"), EIGHT)
def test_a_matrix_that_was_written_one_element_early_is_read_in_its_place(
    a: int, b: int, c: int, d: int
) -> None:
    height, width = RGB.shape[:2]
    whole = matrix(a * ONE, b * ONE, c * ONE, d * ONE)
    # The shift that brings each turned or mirrored image back to where x and y are positive.
    whole[6] = ONE * (width * (a < 0) + height * (c < 0))
    whole[7] = ONE * (width * (b < 0) + height * (d < 0))
    early = np.append(whole[1:], np.int32(1 << 30))
    assert np.array_equal(oriented(RGB, early), shown_pixel_by_pixel(a, b, c, d))
