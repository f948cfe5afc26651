"""Where the cut around a face has its pixels from."""

from __future__ import annotations

import numpy as np
import pytest

from avce.model.face.mesh import CUT, cut_out
from avce.model.face.square import Square

RAMP = np.clip(np.arange(1024) - 384, 0, 255).astype(np.uint8)[None, :, None]
RAMP = np.ascontiguousarray(np.broadcast_to(RAMP, (1024, 1024, 3)))
"""As bright as the column is far from the 384th."""


@pytest.mark.parametrize(("side", "first"), [(100, -0.305), (256, 0.0), (400, 0.0), (800, 0.0)])
def test_a_small_square_is_cut_by_its_pixels_centres_and_a_large_one_as_mediapipe_cuts(
    side: float, first: float
) -> None:
    cut = cut_out(Square(512.0, 512.0, side), RAMP)[CUT // 2, :, 0].astype(float)
    # A small one: (i + 1/2) side / 256 - 1/2. MediaPipe: i side / 256.
    columns = 512 - side / 2 + first + np.arange(CUT) * side / CUT
    inside = (cut > 8) & (cut < 247)
    assert np.mean((384 + cut - columns)[inside]) == pytest.approx(0.0, abs=0.1)


def test_points_go_into_the_cut_and_back() -> None:
    square, points = Square(300.0, 200.0, 180.0, 0.4), np.float32([[250, 150], [320, 260]])
    assert square.placed(square.in_cut(points)) == pytest.approx(points, abs=1e-3)
    assert square.in_cut(np.float32([[300, 200]]), CUT)[0] == pytest.approx((128, 128))
