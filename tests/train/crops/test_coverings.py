"""Things drawn over a face: they lie where they are said to and hide the part they are for."""

from __future__ import annotations

import numpy as np
import pytest

from avce.train.crops.coverings import COVERINGS, EYE, EYES, MOUTH, covered, covered_by
from avce.train.crops.degraded import KINDS, POORER

PLACES = {"mouth": MOUTH, "eyes": EYES, "an eye": EYE}


def made_crop(side: int, *, colour: bool) -> np.ndarray:
    shape = (side, side, 3) if colour else (side, side)
    return np.random.default_rng(0).integers(60, 180, shape, dtype=np.uint8)


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize(
    ("part", "kind"), [(part, kind) for part, kinds in COVERINGS.items() for kind in kinds]
)
def test_each_thing_lies_over_the_crop_and_keeps_its_form(
    part: str, kind: str, colour: bool
) -> None:
    crop = made_crop(96, colour=colour)
    thing = COVERINGS[part][kind](crop, np.random.default_rng(3))
    assert thing.where.shape == (96, 96)
    assert thing.where.min() == 0
    assert 0.8 < thing.where.max() <= 1
    assert thing.colour.shape == ((3,) if colour else (1,))
    copy, where = covered_by(crop, COVERINGS[part][kind], np.random.default_rng(3))
    assert copy.shape == crop.shape
    assert copy.dtype == np.uint8
    np.testing.assert_array_equal(where, thing.where)


@pytest.mark.parametrize("part", COVERINGS)
def test_a_covered_part_is_hidden_and_the_rest_is_as_it_was(part: str) -> None:
    crop = made_crop(112, colour=True)
    x, y = PLACES[part]
    hidden = []
    for seed in range(40):
        copy, where = covered(crop, part, np.random.default_rng(seed))
        np.testing.assert_array_equal(copy[where == 0], crop[where == 0])
        most = where > 0.8
        assert (copy[most] != crop[most]).any(axis=1).mean() > 0.9
        sides = (x, 1 - x) if part == "an eye" else (x,)
        hidden.append(max(where[int(y * 112), int(side * 112)] for side in sides))
    assert np.mean(np.array(hidden) > 0.5) > 0.8
    again, _ = covered(crop, part, np.random.default_rng(39))
    np.testing.assert_array_equal(again, copy)


def test_poorer_copies_show_the_whole_face_and_the_others_do_not() -> None:
    assert set(KINDS) == {*POORER, *(f"{part} covered" for part in COVERINGS)}
