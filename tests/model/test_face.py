"""Faces are found where they are, and cropped as training saw them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avce.model.errors import AvceError, InputError
from avce.model.face import Face, FaceFinder, crop_square, square_around
from avce.model.face_asset import is_genuine, load_face_asset


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
    picture = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    crop = crop_square(picture, 5, 3, 32, 32)
    assert np.array_equal(crop, picture[3:35, 5:37])


def test_crop_beyond_the_edge_repeats_the_edge_pixels() -> None:
    picture = np.zeros((20, 20, 3), dtype=np.uint8)
    picture[:, 0] = 200
    crop = crop_square(picture, -10, 0, 20, 20)
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


def test_a_shifted_picture_shifts_the_face_by_as_much(astronaut: NDArray[np.uint8]) -> None:
    with FaceFinder() as finder:
        (face,) = finder.find(astronaut)
        (moved,) = finder.find(np.roll(astronaut, 40, axis=1))
    assert moved.x - face.x == pytest.approx(40, abs=4)
    assert moved.width == pytest.approx(face.width, rel=0.05)


def test_an_empty_picture_has_no_face() -> None:
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


def test_the_wrong_kind_of_picture_is_refused() -> None:
    with FaceFinder() as finder, pytest.raises(ValueError, match="uint8"):
        finder.find(np.zeros((9, 9, 3), np.float32))  # type: ignore[arg-type]


def test_the_packaged_face_model_is_genuine_and_holds_the_detector() -> None:
    asset = load_face_asset(download=False)
    assert is_genuine(asset.landmarker)
    assert len(asset.detector) > 100_000


def test_a_changed_face_model_is_refused(tmp_path) -> None:
    path = tmp_path / "face_landmarker.task"
    path.write_bytes(load_face_asset(download=False).landmarker + b"x")
    with pytest.raises(InputError, match="SHA-256"):
        FaceFinder(asset=path)
    with pytest.raises(InputError, match="There is no face model"):
        load_face_asset(tmp_path / "absent.task")


def test_crop_of_a_face_uses_its_square() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    face = Face(20, 30, 224, 224, 1.0, np.zeros((478, 2), np.float32))
    assert np.array_equal(face.crop(picture), picture[30:254, 20:244])


def test_a_video_keeps_its_scores_for_some_frames_and_asks_again_where_a_face_moved_away(
    astronaut: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaceFinder(video=True) as finder:
        detect, asked = finder._detector.detect, []
        monkeypatch.setattr(
            finder._detector, "detect", lambda image: asked.append(1) or detect(image)
        )
        still = [finder.find(astronaut, 40 * i)[0].confidence for i in range(13)]
        assert len(asked) == 3
        assert min(still) > 0.5
        moved = np.roll(astronaut, 150, axis=1)
        found = [finder.find(moved, 520 + 40 * i) for i in range(3)]
        (face,) = found[-1]
        assert face.x < 375 < face.x + face.width
        assert face.confidence > 0.5
        assert len(asked) > 3
