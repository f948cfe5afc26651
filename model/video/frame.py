"""A decoded frame as a player shows it: turned and mirrored as its file says, pixels square."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from .pixels import too_large

_ONE = 1 << 30  # of a display matrix's third column, whose numbers have 30 binary places
_WIDEST = 4  # widths of a pixel over its height beyond this, or below 1/4, are errors


class Upright:
    """Shows the frames of one video.

    A turn that the container tells comes with every frame; one that H.264 or HEVC tell comes with
    a key frame and holds for those behind it, so that every frame is to be noted.

    Args:
        aspect: the width of a pixel over its height; wide or narrow pixels become square.
    """

    def __init__(self, aspect: Fraction | None = None) -> None:
        self._aspect = aspect
        self._matrix: NDArray[np.int32] | None = None

    def note(self, frame: VideoFrame) -> None:
        """Takes over what a frame tells for those behind it."""
        matrix: Any = frame.side_data.get("DISPLAYMATRIX")
        if matrix is not None:
            self._matrix = np.frombuffer(bytes(matrix), np.int32)

    def show(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """A frame as it is to be shown, uint8 [H, W, 3] RGB. Raises `ValueError` for one that is
        too large."""
        self.note(frame)
        rgb = _with_square_pixels(frame, self._aspect)
        if self._matrix is not None:
            rgb = oriented(rgb, self._matrix)
        return np.ascontiguousarray(rgb, dtype=np.uint8)


def _with_square_pixels(frame: VideoFrame, aspect: Fraction | None) -> NDArray[np.uint8]:
    width = frame.width
    if aspect and aspect != 1 and Fraction(1, _WIDEST) <= aspect <= _WIDEST:
        width = max(round(width * aspect), 1)
    if reason := too_large(width, frame.height):
        raise ValueError(reason)
    return np.asarray(frame.to_ndarray(format="rgb24", width=width, height=frame.height), np.uint8)


def oriented(rgb: NDArray[np.uint8], matrix: NDArray[np.int32]) -> NDArray[np.uint8]:
    """An image [H, W, C] turned and mirrored by a display matrix, to the nearest right angle.

    Args:
        rgb: the image as it is stored.
        matrix: int32 [9] as in FFmpeg's `libavutil/display.h`: a pixel at (p, q), q downwards,
            is shown at (a p + c q, b p + d q), where a, b, c, d are its elements 0, 1, 3, 4.

    A matrix that was written one element early is read in its place. One that is none (it would
    make a line of the image) leaves the image as it is.
    """
    if matrix.size != 9:
        return rgb
    a, b, c, d = _linear_part(matrix)
    area = a * d - b * c
    if not area:
        return rgb
    straight = abs(a) + abs(d) >= abs(b) + abs(c)
    right = (a if straight else c) > 0
    # Mirrored exactly where the area is negative: that gives the other axis its direction.
    down = right == (area > 0) if straight else right != (area > 0)
    shown = rgb if straight else np.swapaxes(rgb, 0, 1)
    return shown[:: 1 if down else -1, :: 1 if right else -1]


def _linear_part(matrix: NDArray[np.int32]) -> tuple[int, int, int, int]:
    """Elements a, b, c, d of a display matrix (a, b, u, c, d, v, x, y, w).

    A writer that counts the bytes of an MP4's track header four short puts the elements one place
    early: w, which is one, then stands where y is, as a shift by 16,384 pixels. The first element
    is lost by it, and follows from the others: right angles have a = d in size or a = 0, and the
    shift x that brings a mirrored image back into sight tells its sign.
    """
    if matrix[7] != _ONE:
        return int(matrix[0]), int(matrix[1]), int(matrix[3]), int(matrix[4])
    b, c, d, x = (int(matrix[i]) for i in (0, 2, 3, 5))
    return (-abs(d) if x > 0 else abs(d)), b, c, d
