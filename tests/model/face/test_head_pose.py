"""The pose of a head that was turned by known angles."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from avce.model.face.finder import FaceFinder
from avce.model.face.head_pose import HEAD, POINTS, HeadPose, head_pose

from ..turned_heads import PaintedHead, projected, turned

ROOT = Path(__file__).resolve().parents[3]
ANGLES = [(y, 0, 0) for y in (-35, -20, 20, 35)] + [(0, p, 0) for p in (-30, -15, 15, 30)]
ANGLES += [(0, 0, 0), (0, 0, 40), (0, 0, -40), (25, 15, -10), (-30, -15, 20)]


def _apart(pose: HeadPose, other: tuple[float, float, float]) -> tuple[float, float, float]:
    return pose.yaw - other[0], pose.pitch - other[1], pose.roll - other[2]


@pytest.mark.parametrize(
    "angles", [(0, 0, 0), (25, 0, 0), (0, -18, 0), (-50, 20, -15), (12, 33, 170)]
)
def test_a_turned_head_seen_from_far_away_is_found_as_it_was_turned(
    angles: tuple[float, float, float],
) -> None:
    landmarks = np.zeros((478, 2))
    landmarks[list(POINTS)] = (HEAD @ turned(*angles).T)[:, :2] * [37.0, -37.0] + [200.0, 90.0]
    assert np.abs(_apart(head_pose(landmarks), angles)).max() < 1e-6


@pytest.mark.parametrize("angles", ANGLES)
def test_a_camera_near_the_head_costs_less_than_four_degrees(
    angles: tuple[float, float, float],
) -> None:
    landmarks = np.zeros((478, 2))
    landmarks[list(POINTS)] = projected(HEAD, turned(*angles))[0]
    assert np.abs(_apart(head_pose(landmarks), angles)).max() < 4.0


def test_a_mirrored_face_looks_the_other_way() -> None:
    random = np.random.default_rng(3)
    landmarks = np.zeros((478, 2))
    landmarks[list(POINTS)] = HEAD[:, :2] * [40, -40] + random.normal(0, 2, (len(POINTS), 2))
    other = landmarks.copy()
    # The right eye of the mirrored image is the left one.
    partner = {tuple(place): vertex for vertex, place in zip(POINTS, HEAD, strict=True)}
    swapped = [partner[-x if x else 0.0, y, z] for x, y, z in HEAD]
    other[list(POINTS)] = landmarks[swapped] * [-1, 1]
    one, two = head_pose(landmarks), head_pose(other)
    assert (two.yaw, two.pitch, two.roll) == pytest.approx((-one.yaw, one.pitch, -one.roll))


def test_landmarks_in_one_point_tell_no_pose() -> None:
    pose = head_pose(np.zeros((478, 2), np.float32))
    assert np.isnan([pose.yaw, pose.pitch, pose.roll]).all()


# Rendered heads, through the whole face finder.


def _clip() -> Iterator[np.ndarray]:
    with av.open(str(ROOT / "app" / "assets" / "demo.mp4")) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def test_a_rendered_head_is_found_within_four_degrees_of_how_it_was_turned() -> None:
    still = next(_clip())
    with FaceFinder() as finder:
        (front,) = finder.find(still)
        head = PaintedHead(still, front.landmarks)
        start = head_pose(finder.find(head.photograph(turned(0, 0, 0)))[0].landmarks)
        apart = []
        for angles in ANGLES:
            (face,) = finder.find(head.photograph(turned(*angles)))
            apart.append(_apart(head_pose(face.landmarks), angles))
    # Where this head's zero lies is its own: jaws and foreheads differ.
    off = np.array(apart) - _apart(start, (0, 0, 0))
    assert np.abs(_apart(start, (0, 0, 0))).max() < 8.0
    assert np.abs(off).max() < 4.0, np.round(off, 1)


def test_the_demo_clips_head_is_followed_through_its_expressions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "rendering"))
    script = importlib.import_module("demo_timeline")
    for name in ("demo_timeline", "makehuman_head"):
        monkeypatch.delitem(sys.modules, name)
    length = script.holds()[-1].end
    apart = []
    with FaceFinder() as finder:
        for index, rgb in enumerate(_clip()):
            if index % 34 == 0:
                # The script counts a look down as a positive pitch, a tilt to the left as roll.
                yaw, pitch, roll = np.degrees(script.pose_at(index / 30, length))
                (face,) = finder.find(rgb)
                apart.append(_apart(head_pose(face.landmarks), (yaw, -pitch, -roll)))
    off = np.array(apart) - np.mean(apart, axis=0)
    assert np.abs(off).max() < 4.0, np.round(off, 1)
