"""Faces of every size, place, roll and light are found, and nothing else is taken for one.

The face is one photograph (Eileen Collins; NASA, public domain) laid with soft edges into others
that come with scikit-image, and into drawn rooms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avce.app.analysis.tracking import Tracker
from avce.model.face.face import Face
from avce.model.face.finder import FaceFinder
from avce.model.face.head_pose import head_pose
from avce.model.face.steadying import steadied

from ..turned_heads import PaintedHead, turned

Pixels = NDArray[np.uint8]
Place = tuple[float, float, float]
"""The middle of a face and its width, in pixels."""
FACE = (225.6, 124.6, 91.0)
"""Where it is in the photograph."""


@pytest.fixture(scope="module")
def photograph() -> Pixels:
    from skimage import data

    return np.asarray(data.astronaut(), dtype=np.uint8)


@pytest.fixture(scope="module")
def desk() -> Pixels:
    """A cup of coffee."""
    from skimage import data

    return np.asarray(data.coffee(), dtype=np.uint8)


def scene(image: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(cv2.resize(image, (width, height)), np.uint8)


def laid(frame: Pixels, photograph: Pixels, place: Place, roll: float = 0.0) -> Pixels:
    """The frame with the face at a place, rolled by so many degrees."""
    scale = place[2] / FACE[2]
    cos, sin = (scale * f(math.radians(roll)) for f in (math.cos, math.sin))
    x = place[0] - cos * FACE[0] + sin * FACE[1]
    y = place[1] - sin * FACE[0] - cos * FACE[1]
    matrix = np.array([[cos, -sin, x], [sin, cos, y]])
    if scale < 1.0:
        sigma = 0.45 * math.sqrt(1.0 / scale**2 - 1.0) + 0.01
        photograph = np.asarray(cv2.GaussianBlur(photograph, (0, 0), sigma), np.uint8)
    mask = np.zeros(photograph.shape[:2], np.float32)
    cv2.ellipse(mask, (225, 118), (75, 95), 0, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 6)
    size = (frame.shape[1], frame.shape[0])
    share = cv2.warpAffine(mask, matrix, size)[..., None]
    moved = cv2.warpAffine(photograph, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(frame * (1.0 - share) + moved * share, 0, 255).astype(np.uint8)


def lies_at(face: Face, place: Place) -> bool:
    x, y = face.x + face.width / 2.0, face.y + face.height / 2.0
    near = math.hypot(x - place[0], y - place[1]) < 0.3 * place[2]
    return near and 0.8 < face.width / (1.3 * place[2]) < 1.25


def spread(width: int, height: int, size: float) -> list[Place]:
    """Places in the corners, at the edges and in the middle."""
    far = 0.9 * size
    columns, rows = (far, width / 2.0, width - far), (far, height / 2.0, height - far)
    return [(x, y, size) for x, y in zip((*columns, columns[2]), (*rows, rows[0]), strict=True)]


def missed(finder: FaceFinder, frame: Pixels, places: Sequence[Place]) -> list[Place]:
    """Where no face was found; that nothing else was found is a condition."""
    faces = finder.find(frame)
    assert all(any(lies_at(face, place) for place in places) for face in faces)
    return [place for place in places if not any(lies_at(face, place) for face in faces)]


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(640, 480, 34), (1280, 720, 34), (1280, 720, 90), (1920, 1080, 36), (1920, 1080, 250)],
)
def test_faces_are_found_small_and_large_in_every_corner(
    photograph: Pixels, desk: Pixels, width: int, height: int, size: float
) -> None:
    places = spread(width, height, size)
    frame = scene(desk, width, height)
    for place in places:
        frame = laid(frame, photograph, place)
    with FaceFinder(20) as finder:
        assert not missed(finder, frame, places)


def test_one_person_may_be_small_in_a_frame_of_4k(photograph: Pixels, desk: Pixels) -> None:
    place = (2900.0, 700.0, 40.0)
    frame = laid(scene(desk, 3840, 2160), photograph, place)
    with FaceFinder() as finder:
        assert not missed(finder, frame, [place])


def test_a_face_may_fill_the_frame(photograph: Pixels) -> None:
    near = np.asarray(cv2.resize(photograph[40:210, 130:320], (1280, 1145)), np.uint8)[200:920]
    with FaceFinder() as finder:
        (face,) = finder.find(np.ascontiguousarray(near))
    assert face.width > 600


@pytest.mark.parametrize("roll", [-45, -20, 30, 45])
@pytest.mark.parametrize("size", [48, 160])
def test_heads_may_be_rolled(photograph: Pixels, desk: Pixels, roll: float, size: float) -> None:
    place = (800.0, 400.0, size)
    frame = laid(scene(desk, 1280, 720), photograph, place, roll)
    with FaceFinder() as finder:
        (face,) = finder.find(frame)
    right_eye, left_eye = face.landmarks[33], face.landmarks[263]
    across = left_eye - right_eye
    assert math.degrees(math.atan2(across[1], across[0])) == pytest.approx(roll + 3, abs=6)


@pytest.mark.parametrize("yaw", [-60, -45, 45, 60])
def test_heads_may_be_turned_far(photograph: Pixels, yaw: float) -> None:
    near = np.ascontiguousarray(photograph[:300, 80:400])
    with FaceFinder() as finder:
        head = PaintedHead(near, finder.find(near)[0].landmarks)
        still = head.photograph(turned(yaw, 0, 0))
        for scale in (1.0, 0.4, 0.15):
            small = cv2.resize(still, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            (face,) = finder.find(np.asarray(small, np.uint8))
            assert head_pose(face.landmarks).yaw == pytest.approx(yaw, abs=15)


@pytest.mark.parametrize("size", [32, 60, 100])
@pytest.mark.parametrize("colour", [(150, 190, 205), (20, 20, 20)])
def test_a_mask_may_cover_the_lower_half(
    photograph: Pixels, desk: Pixels, size: float, colour: tuple[int, int, int]
) -> None:
    mask = [(182, 124), (225, 118), (268, 124), (262, 150), (240, 172), (205, 172), (188, 150)]
    covered = photograph.copy()
    cv2.fillPoly(covered, [np.array(mask, np.int32)], colour)
    place = (400.0, 200.0, size)
    with FaceFinder() as finder:
        assert not missed(finder, laid(scene(desk, 640, 480), covered, place), [place])


def test_faces_are_found_in_the_dark_and_without_colour(photograph: Pixels, desk: Pixels) -> None:
    places = [(300.0, 300.0, 60.0), (900.0, 420.0, 140.0)]
    frame = scene(desk, 1280, 720)
    for place in places:
        frame = laid(frame, photograph, place)
    grey = np.repeat(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    with FaceFinder(4) as finder:
        assert not missed(finder, (frame * 0.25).astype(np.uint8), places)
        assert not missed(finder, np.asarray(grey, np.uint8), places)


def test_twenty_people_are_found_at_once_and_no_more_than_asked_for(
    photograph: Pixels, desk: Pixels
) -> None:
    frame = scene(desk, 1280, 720)
    places = [(120.0 + 250 * (i % 5), 110.0 + 165 * (i // 5), 60.0 + i) for i in range(20)]
    for place in places:
        frame = laid(frame, photograph, place)
    with FaceFinder(20) as finder:
        assert not missed(finder, frame, places)
    with FaceFinder(3) as finder:
        faces = finder.find(frame)
    assert len(faces) == 3
    assert all(any(lies_at(face, place) for place in places[-6:]) for face in faces)


@pytest.mark.parametrize(
    "name", ["coffee", "chelsea", "rocket", "brick", "grass", "gravel", "hubble_deep_field"]
)
def test_a_frame_of_things_has_no_face(name: str) -> None:
    from skimage import data

    rgb = np.asarray(getattr(data, name)(), np.uint8)
    rgb = rgb if rgb.ndim == 3 else np.repeat(rgb[..., None], 3, axis=2)
    with FaceFinder(20) as finder:
        assert finder.find(np.ascontiguousarray(rgb)) == []


def test_confidence_is_the_same_for_a_face_that_is_found_and_one_that_is_followed(
    photograph: Pixels, desk: Pixels
) -> None:
    frame = laid(scene(desk, 1280, 720), photograph, (640.0, 360.0, 100.0))
    with FaceFinder(video=True) as finder:
        scores = [finder.find(frame, 40 * i)[0].confidence for i in range(8)]
    assert min(scores) > 0.8
    assert max(scores) - min(scores) < 0.02


def test_a_person_who_walks_away_and_back_is_seen_in_every_frame(
    photograph: Pixels, desk: Pixels
) -> None:
    frame, count = scene(desk, 1280, 720), 60
    tracker, numbers = Tracker(), set()
    with FaceFinder(video=True) as finder:
        for i in range(count):
            # From 0.4 m to 4 m before a lens that shows a face of 15 cm 340 px wide at 0.4 m.
            metres = 2.2 - 1.8 * math.cos(2 * math.pi * i / (count - 1))
            place = (640.0 + 200 * math.sin(i / 9), 380.0, 136.0 / metres)
            faces = finder.find(laid(frame, photograph, place), 40 * i)
            assert [lies_at(face, place) for face in faces] == [True], f"{metres:.2f} m"
            numbers.update(tracker.update(faces, i / 25))
    assert numbers == {0}


def test_a_face_that_jumps_is_found_in_the_same_frame(photograph: Pixels, desk: Pixels) -> None:
    frame = scene(desk, 640, 480)
    places = [(150.0, 150.0, 90.0), (480.0, 300.0, 90.0), (200.0, 330.0, 120.0)]
    with FaceFinder(video=True) as finder:
        for i in range(9):
            place = places[i // 3]
            (face,) = finder.find(laid(frame, photograph, place), 40 * i)
            assert lies_at(face, place)


def test_when_a_person_leaves_nothing_stays_in_the_empty_room(
    photograph: Pixels, desk: Pixels
) -> None:
    empty = scene(desk, 640, 480)
    with FaceFinder(2, video=True) as finder:
        for i in range(40):
            x = 320.0 + max(0, i - 5) * 14
            faces = finder.find(laid(empty, photograph, (x, 240.0, 130.0)), 40 * i)
            assert all(abs(face.x + face.width / 2 - x) < 40 for face in faces)
        assert all(finder.find(empty, 1600 + 40 * i) == [] for i in range(20))


def test_with_a_cap_who_came_first_is_followed_again_after_a_while_behind_something(
    photograph: Pixels, desk: Pixels
) -> None:
    first, second = (150.0, 200.0, 90.0), (480.0, 260.0, 70.0)
    frame = scene(desk, 640, 480)
    one = laid(frame, photograph, first)
    both, other = laid(one, photograph, second), laid(frame, photograph, second)
    with FaceFinder(1, video=True) as finder:
        seen = [
            finder.find(rgb, 40 * i)
            for i, rgb in enumerate([*[one] * 3, *[both] * 3, *[other] * 9, *[both] * 9])
        ]
    assert all(len(faces) <= 1 for faces in seen)
    assert all(lies_at(faces[0], first) for faces in seen[:6])
    assert lies_at(seen[14][0], second)
    assert lies_at(seen[-1][0], first)


def test_landmarks_tremble_little_where_a_face_is_still(photograph: Pixels, desk: Pixels) -> None:
    rng, place = np.random.default_rng(0), (640.0, 360.0, 64.0)
    still = laid(scene(desk, 1280, 720), photograph, place)
    with FaceFinder(video=True) as finder:
        sides = [
            finder.find(
                np.clip(still + rng.normal(0, 4, still.shape), 0, 255).astype(np.uint8), 40 * i
            )[0].width
            for i in range(24)
        ]
    assert np.std(sides[8:]) < 0.004 * place[2]


def test_steadied_landmarks_follow_a_moving_face_and_begin_anew_after_a_gap() -> None:
    points = np.random.default_rng(1).uniform(0, 100, (478, 2)).astype(np.float32)
    steady = steadied(None, points, 0.0)
    for i in range(1, 20):
        moved = (points + 5.0 * i).astype(np.float32)
        steady = steadied(steady, moved, 0.04 * i)
    assert np.abs(steady.points - moved).max() < 1.0
    far = (points + 300.0).astype(np.float32)
    assert np.array_equal(steadied(steady, far, 2.0).points, far)


def test_a_face_in_noise_is_doubtful_unless_the_frame_is_known_to_be_a_portrait(
    photograph: Pixels,
) -> None:
    near = np.asarray(cv2.resize(photograph[60:190, 165:290], (288, 288)), np.float32)
    noise = np.random.default_rng(0).normal(0, 60, near.shape)
    poor = np.clip(near * 0.3 + noise, 0, 255).astype(np.uint8)
    with FaceFinder() as finder:
        assert finder.find(poor) == []
    with FaceFinder(portraits=True) as finder:
        (face,) = finder.find(poor)
    assert face.confidence < 0.5
    assert face.width == pytest.approx(260, abs=40)
