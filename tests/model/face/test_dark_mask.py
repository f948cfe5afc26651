"""A dark mask is painted in the colour of the face above it, and nothing else is.

The face is Eileen Collins's (NASA, public domain; comes with scikit-image).
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avce.model.face import judge
from avce.model.face.dark_mask import made_light, may_have_dark_mask
from avce.model.face.finder import BEGIN, FaceFinder
from avce.model.face.mesh import CUT, cut_out, square_of

Pixels = NDArray[np.uint8]
MASK = [(182, 120), (225, 112), (268, 120), (264, 150), (240, 176), (205, 176), (186, 150)]
BLACK, BLUE = (20, 20, 20), (150, 190, 205)


@pytest.fixture(scope="module")
def photograph() -> Pixels:
    from skimage import data

    return np.asarray(data.astronaut(), np.uint8)


@pytest.fixture(scope="module")
def landmarks(photograph: Pixels) -> NDArray[np.float32]:
    with FaceFinder() as finder:
        return finder.find(photograph)[0].landmarks


def masked(photograph: Pixels, colour: tuple[int, int, int]) -> Pixels:
    covered = photograph.copy()
    cv2.fillPoly(covered, [np.array(MASK, np.int32)], colour)
    return covered


def test_a_dark_mask_takes_the_colour_of_the_face_and_the_rest_stays(
    photograph: Pixels, landmarks: NDArray[np.float32]
) -> None:
    square = square_of(landmarks)
    points = square.in_cut(landmarks, CUT)
    before = cut_out(square, masked(photograph, BLACK))
    light = made_light(before, points)
    assert light is not None
    x, lip = points[164]
    red, green, blue = light[int(lip), int(x)]
    assert red > green > blue > 100
    above = slice(0, int(points[168, 1]) - 8)
    assert np.array_equal(light[above], before[above])


@pytest.mark.parametrize("colour", [None, BLUE])
def test_a_bare_face_and_a_light_mask_stay_as_they_are(
    photograph: Pixels, landmarks: NDArray[np.float32], colour: tuple[int, int, int] | None
) -> None:
    square = square_of(landmarks)
    cut = cut_out(square, photograph if colour is None else masked(photograph, colour))
    assert made_light(cut, square.in_cut(landmarks, CUT)) is None
    assert not may_have_dark_mask(cut)


@pytest.mark.parametrize(("below", "expected"), [(20, True), (90, False), (200, False)])
def test_only_what_is_much_darker_below_the_nose_may_be_behind_a_dark_mask(
    below: int, expected: bool
) -> None:
    cut = np.full((256, 256, 3), 150, np.uint8)
    cut[128:] = below
    assert may_have_dark_mask(cut) is expected


def test_black_on_black_is_no_mask() -> None:
    assert not may_have_dark_mask(np.zeros((256, 256, 3), np.uint8))


def test_the_finder_is_surer_of_a_face_whose_black_mask_was_made_light(
    photograph: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    high = [(x, y - 8) for x, y in MASK]
    covered = photograph.copy()
    cv2.fillPoly(covered, [np.array(high, np.int32)], BLACK)
    near = (covered[:300, 80:400] * 0.5).astype(np.uint8)
    rgb = np.asarray(cv2.resize(near, (80, 75), interpolation=cv2.INTER_AREA), np.uint8)
    with FaceFinder(portraits=True) as finder:
        confidence = finder.find(rgb)[0].confidence
        monkeypatch.setattr(judge, "made_light", lambda cut, landmarks: None)
        plain = finder.find(rgb)
    assert confidence > BEGIN
    assert all(face.confidence < BEGIN for face in plain)
