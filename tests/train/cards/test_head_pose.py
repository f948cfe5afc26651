"""The pose of a head that was turned by known angles."""

from __future__ import annotations

import numpy as np
import pytest

from avce.train.cards.head_pose import HEAD, POINTS, head_pose


def _about(axis: int, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    a, b = [i for i in range(3) if i != axis]
    turn = np.eye(3)
    turn[[a, a, b, b], [a, b, a, b]] = c, -s, s, c
    return turn


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"),
    [(0, 0, 0), (25, 0, 0), (0, -18, 0), (0, 0, 40), (-50, 20, -15), (12, 33, 170)],
)
def test_a_turned_head_is_found_turned(yaw: float, pitch: float, roll: float) -> None:
    # Yaw turns z towards x, pitch z towards y, roll y towards x; the picture's y points down.
    turned = HEAD @ (_about(1, -yaw) @ _about(0, -pitch) @ _about(2, -roll)).T
    landmarks = np.zeros((478, 2))
    landmarks[list(POINTS)] = turned[:, :2] * [37.0, -37.0] + [200.0, 90.0]
    pose = head_pose(landmarks)
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((yaw, pitch, roll), abs=1e-6)


def test_a_mirrored_face_looks_the_other_way() -> None:
    random = np.random.default_rng(3)
    landmarks = np.zeros((478, 2))
    landmarks[list(POINTS)] = HEAD[:, :2] * [40, -40] + random.normal(0, 2, (6, 2))
    other = landmarks.copy()
    # The right eye of the mirrored picture is the left one.
    swapped = [POINTS[i] for i in (1, 0, 3, 2, 4, 5)]
    other[list(POINTS)] = landmarks[swapped] * [-1, 1]
    one, two = head_pose(landmarks), head_pose(other)
    assert (two.yaw, two.pitch, two.roll) == pytest.approx((-one.yaw, one.pitch, -one.roll))
