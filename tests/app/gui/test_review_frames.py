"""The columns of a session as frames and curves: the same as frame by frame."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avce.app.gui.review_frames import in_order, series_of
from avce.app.gui.series import Series, add_frame
from avce.app.reading import FIELDS, Reading
from avce.app.session_files import row
from avce.app.session_rows import read_rows

from .conftest import nobody_at, reading_at

# A frame: how long after the one before in tenths of a second, and which faces are in it.
FRAMES = st.lists(st.tuples(st.integers(1, 14), st.sets(st.integers(0, 2))), max_size=25)


def rows_of(plan: list[tuple[int, set[int]]]) -> list[list[Reading]]:
    frames, tenths = [], 0
    for index, (step, faces) in enumerate(plan):
        tenths += step
        at = tenths / 10
        frames.append(
            [
                reading_at(at, 0.01 * index + 0.3 * face, -0.1, face_id=face, index=index)
                for face in sorted(faces)
            ]
            or [nobody_at(at, index=index)]
        )
    return frames


def columns(rows: list[Reading]) -> dict[str, np.ndarray]:
    return read_rows(b"".join(row(reading).encode() for reading in rows))[0]


@given(FRAMES)
def test_curves_have_the_rows_and_gaps_that_frame_by_frame_gives(plan) -> None:
    frames = rows_of(plan)
    one_by_one: dict[int, Series] = {}
    for readings in frames:
        add_frame(one_by_one, readings[0].timestamp, readings)
    time, read = in_order(columns([reading for frame in frames for reading in frame]))
    at_once = series_of(time, read)
    assert set(at_once) == set(one_by_one)
    for face, series in one_by_one.items():
        np.testing.assert_array_equal(at_once[face].time, series.time)
        np.testing.assert_array_equal(at_once[face].values, series.values)


@given(FRAMES)
def test_frames_give_every_reading_back(plan) -> None:
    frames = rows_of(plan)
    time, read = in_order(columns([reading for frame in frames for reading in frame]))
    assert time.tolist() == [readings[0].timestamp for readings in frames]
    for given_rows, found in zip(frames, read, strict=True):
        for a, b in zip(given_rows, found, strict=True):
            for name in FIELDS:
                np.testing.assert_equal(
                    np.float32(getattr(b, name)), np.float32(getattr(a, name)), err_msg=name
                )
    assert read[:2] == tuple(read)[:2]
