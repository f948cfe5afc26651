"""Random changes are repeatable, stay in range and keep the face where it was."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from avce.train.augment import augment
from avce.train.augment_config import NO_AUGMENTATION, AugmentConfig


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def faces() -> torch.Tensor:
    return torch.randint(0, 256, (16, 1, 64, 64), dtype=torch.uint8, generator=_generator(9))


def test_the_same_generator_gives_the_same_images(faces: torch.Tensor) -> None:
    config = AugmentConfig()
    assert torch.equal(augment(faces, config, _generator()), augment(faces, config, _generator()))
    assert not torch.equal(
        augment(faces, config, _generator()), augment(faces, config, _generator(1))
    )


def test_values_stay_grey_levels(faces: torch.Tensor) -> None:
    changed = augment(faces, AugmentConfig(), _generator())
    assert changed.shape == faces.shape
    assert changed.min() >= 0
    assert changed.max() <= 255


def test_no_augmentation_changes_nothing(faces: torch.Tensor) -> None:
    assert torch.equal(augment(faces, NO_AUGMENTATION, _generator()), faces.float())


def test_the_given_faces_are_not_written_to(faces: torch.Tensor) -> None:
    before = faces.clone()
    augment(faces, AugmentConfig(), _generator())
    assert torch.equal(faces, before)


def test_flip_alone_mirrors_about_half_of_the_faces(faces: torch.Tensor) -> None:
    config = dataclasses.replace(NO_AUGMENTATION, flip=True)
    changed = augment(faces, config, _generator())
    original, mirrored = faces.float(), faces.float().flip(-1)
    kinds = []
    for i in range(len(faces)):
        same = torch.allclose(changed[i], original[i], atol=0.1)
        assert same or torch.allclose(changed[i], mirrored[i], atol=0.1)
        kinds.append(same)
    assert 3 <= sum(kinds) <= 13


def test_faces_are_averaged_down_to_the_working_size() -> None:
    face = torch.zeros(2, 1, 8, 8, dtype=torch.uint8)
    face[:, :, :2, :2] = 200
    config = dataclasses.replace(NO_AUGMENTATION, size=4)
    changed = augment(face, config, _generator())
    assert changed.shape == (2, 1, 4, 4)
    assert changed[0, 0, 0, 0] == 200
    assert changed[0, 0, 1:, 1:].max() == 0


def test_lower_resolution_removes_fine_detail() -> None:
    board = torch.zeros(8, 1, 96, 96, dtype=torch.uint8)
    board[:, :, ::2, 1::2] = 255
    board[:, :, 1::2, ::2] = 255
    config = dataclasses.replace(NO_AUGMENTATION, low_resolution=1.0)
    changed = augment(board, config, _generator())
    # Some keep their size: 96 px is among the sides that are drawn.
    kept = (changed == board).all(dim=(1, 2, 3))
    assert 0 < kept.sum() < len(board)
    assert (changed[~kept][:, :, 8:-8, 8:-8].std(dim=(1, 2, 3)) < 100).all()
