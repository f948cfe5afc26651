"""What a large square shows is averaged first, and lies where it lay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avce.model.face.mesh import CUT, cut_out
from avce.model.face.square import Square, sampled

SQUARES = [
    Square(1000.0, 1000.0, 1100.0),
    Square(1000.5, 900.25, 1711.0, 0.3),
    Square(300.0, 500.0, 1400.0, -0.5),
    Square(1900.0, 1900.0, 1300.0, 0.1),
    Square(900.0, 800.0, 2500.0),
    Square(5000.0, 5000.0, 1100.0),
]


def finely(square: Square, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same, every pixel of the square sampled by itself."""
    multiple = int(square.side // CUT)
    matrix = square.from_cut(CUT * multiple)
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) * (1 - multiple)
    return sampled(rgb, matrix, CUT, multiple)


def cloudy() -> NDArray[np.uint8]:
    """An image [1500, 2000, 3] with shapes of all sizes."""
    rng = np.random.default_rng(0)
    layers = [
        cv2.resize(rng.normal(size=(3 * n, 4 * n, 3)), (2000, 1500), interpolation=cv2.INTER_CUBIC)
        for n in (2, 8, 32)
    ]
    return np.clip(128 + 30 * sum(layers, np.zeros(())), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("square", SQUARES)
def test_it_is_what_fine_sampling_shows(square: Square) -> None:
    there, here = finely(square, cloudy()), cut_out(square, cloudy())
    assert here.shape == (CUT, CUT, 3)
    apart = np.abs(there.astype(int) - here)
    assert apart.mean() < 1.0
    # A shift by a tenth of a pixel of the cut shows in the slope.
    slope = np.gradient(there.astype(float), axis=1)
    shift = ((here.astype(float) - there) * slope).sum() / max((slope**2).sum(), 1.0)
    assert abs(shift) < 0.05


def test_less_is_sampled_than_the_square_has_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    warp = cv2.warpAffine

    def watched(rgb: object, matrix: object, size: tuple[int, int], **given: object) -> object:
        sizes.append(size[0])
        return warp(rgb, matrix, size, **given)  # type: ignore[call-overload]

    monkeypatch.setattr(cv2, "warpAffine", watched)
    cut_out(SQUARES[1], cloudy())
    assert sizes == [2 * CUT]
