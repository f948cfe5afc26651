"""The five points of a face and of its mirror image."""

from __future__ import annotations

import numpy as np
import pytest

from avce.model.face import judge
from avce.model.face.finder import FaceFinder
from avce.model.face.five_points import apart, five_points, mirrored_points

POINTS = np.random.default_rng(0).uniform(0, 100, (478, 2)).astype(np.float32)


def test_a_mirror_image_swaps_right_and_left_and_twice_is_the_same() -> None:
    five = five_points(POINTS)
    mirrored = mirrored_points(five, 256)
    assert mirrored[0] == pytest.approx((256 - five[1, 0], five[1, 1]))
    assert mirrored[2] == pytest.approx((256 - five[2, 0], five[2, 1]))
    assert mirrored[3] == pytest.approx((256 - five[4, 0], five[4, 1]))
    assert mirrored_points(mirrored, 256) == pytest.approx(five, abs=1e-4)


def test_how_far_they_lie_is_told_in_face_sizes() -> None:
    five = five_points(POINTS)
    size = float(np.ptp(POINTS, axis=0).max())
    assert apart(POINTS, five) == 0.0
    assert apart(POINTS, five + np.float32([0.03 * size, 0.04 * size])) == pytest.approx(
        0.05, abs=1e-5
    )


def test_a_face_whose_mirror_image_has_other_landmarks_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from skimage import data

    rgb = np.ascontiguousarray(data.astronaut()[:240, 80:400], np.uint8)
    with FaceFinder() as finder:
        assert len(finder.find(rgb)) == 1
        monkeypatch.setattr(judge, "_ASYMMETRY", 0.0)
        assert finder.find(rgb) == []
