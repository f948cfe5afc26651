"""One frame in, the readings of its faces out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avce.app.analysis import Analyser, MillisecondClock, find_model
from avce.app.reading import FIELDS, Reading
from avce.model.errors import InputError

from .stand_ins import StandInFinder, StandInNetwork, analyser, face_at, frame

DESIGN = (
    "frame, timestamp, face_id, confidence, success, x, y, width, height, valence, arousal, "
    "valence_smooth, arousal_smooth, valence_relative, arousal_relative"
)


def test_a_reading_has_the_columns_of_the_design_in_order() -> None:
    assert ", ".join(FIELDS) == DESIGN
    assert tuple(Reading.__dataclass_fields__) == FIELDS


def test_a_face_gives_a_row_with_its_square_and_estimate() -> None:
    result = analyser().analyse(frame(7, 1.25, value=255))
    (row,) = result.readings
    assert (row.frame, row.timestamp, row.face_id, row.success) == (7, 1.25, 0, True)
    assert (row.x, row.y, row.width, row.height) == (20.0, 10.0, 20.0, 20.0)
    assert (row.valence, row.arousal) == (1.0, 0.5)
    assert (row.valence_smooth, row.arousal_smooth) == (1.0, 0.5)
    assert math.isnan(row.valence_relative)
    assert math.isnan(row.arousal_relative)
    assert result.crops[0].shape == (224, 224, 3)
    assert result.maps[0].shape == (2, 3, 3)


def test_a_frame_without_a_face_gives_one_row_that_says_so() -> None:
    result = analyser(lambda _: []).analyse(frame(3))
    (row,) = result.readings
    assert (row.frame, row.face_id, row.success) == (3, -1, False)
    assert math.isnan(row.valence)
    assert not result.maps
    assert not result.crops


def test_rows_of_a_frame_come_in_the_order_of_their_numbers() -> None:
    left, right = face_at(15.0), face_at(50.0)
    found = analyser(lambda i: [left, right] if i == 0 else [right, left])
    found.analyse(frame(0))
    second = found.analyse(frame(1)).readings
    assert [row.face_id for row in second] == [0, 1]
    assert [row.x for row in second] == [5.0, 40.0]


def test_no_more_faces_than_wanted_are_read() -> None:
    crowd = analyser(lambda _: [face_at(15.0), face_at(50.0)], max_faces=1)
    assert len(crowd.analyse(frame(0)).readings) == 1


def test_beyond_the_cap_the_face_that_came_first_goes_on_being_followed() -> None:
    # The finder gives the largest face first: here another one at every frame.
    left, right = face_at(15.0), face_at(50.0)
    crowd = analyser(lambda i: [left, right] if i % 2 == 0 else [right, left], max_faces=1)
    found = [crowd.analyse(frame(i)) for i in range(4)]
    assert [[r.face_id for r in each.readings] for each in found] == [[0]] * 4
    assert {each.readings[0].x for each in found} == {left.x}
    assert set(found[-1].maps) == set(found[-1].crops) == {0}


def test_relative_values_appear_with_a_baseline_and_go_with_it() -> None:
    reader = analyser()
    reader.analyse(frame(0))
    reader.start_baseline(0, 1.0)
    assert reader.baseline_progress(0) == 0.0
    for i in range(1, 28):
        reader.analyse(frame(i, value=153))
    taken = reader.baseline(0)
    assert taken is not None
    assert taken.valence == pytest.approx(0.2)
    assert reader.baselines() == {0: taken}
    (row,) = reader.analyse(frame(28, value=204)).readings
    assert row.valence == pytest.approx(0.6)
    assert row.valence_relative == pytest.approx(0.4)
    assert row.arousal_relative == pytest.approx(0.2)
    reader.clear_baseline(0)
    (row,) = reader.analyse(frame(29, value=204)).readings
    assert row.valence == pytest.approx(0.6)
    assert math.isnan(row.valence_relative)


def test_each_face_is_smoothed_by_itself() -> None:
    # Only the left half of the picture flickers.
    reader = analyser(lambda _: [face_at(15.0), face_at(50.0)])
    rows = ()
    for i in range(40):
        picture = frame(i, value=128)
        picture.rgb[:, :32] = 255 if i % 2 else 0
        rows = reader.analyse(picture).readings
    assert abs(rows[0].valence) == pytest.approx(1.0)
    assert abs(rows[0].valence_smooth) < 0.9
    assert rows[1].valence_smooth == pytest.approx(rows[1].valence)


def test_winding_back_keeps_numbers_and_baselines_and_starts_smoothing_anew() -> None:
    reader = analyser()
    reader.start_baseline(0, 0.2)
    for i in range(10):
        reader.analyse(frame(i, value=0))
    reader.jumped()
    (row,) = reader.analyse(frame(10, 0.0, value=255)).readings
    assert row.face_id == 0
    assert row.valence_smooth == row.valence == 1.0
    assert row.valence_relative == pytest.approx(2.0)


def test_winding_forward_by_a_minute_keeps_the_number_too() -> None:
    reader = analyser()
    reader.analyse(frame(0))
    reader.jumped()
    assert reader.analyse(frame(1, 60.0)).readings[0].face_id == 0


def test_single_pictures_are_found_without_a_clock() -> None:
    finder = StandInFinder()
    Analyser(StandInNetwork(), finder, video=False).analyse(frame(0))
    assert finder.milliseconds == [None]


def test_the_finder_is_closed_with_the_analyser() -> None:
    finder = StandInFinder()
    with Analyser(StandInNetwork(), finder):
        assert not finder.closed
    assert finder.closed


def test_milliseconds_follow_the_timestamps() -> None:
    clock = MillisecondClock()
    assert [clock(t) for t in (0.0, 0.04, 0.1, 3.5)] == [0, 40, 100, 3500]


def test_frames_within_a_millisecond_get_different_ones() -> None:
    clock = MillisecondClock()
    assert [clock(t) for t in (0.0, 0.0001, 0.0002, 0.01)] == [0, 1, 2, 10]


def test_after_a_jump_back_time_goes_on_at_its_own_pace() -> None:
    clock = MillisecondClock()
    assert [clock(t) for t in (9.0, 10.0, 2.0, 2.5)] == [9000, 10000, 10040, 10540]


@given(st.lists(st.floats(-10.0, 1e5), min_size=1, max_size=50))
def test_milliseconds_are_whole_not_negative_and_strictly_increase(seconds: list[float]) -> None:
    clock = MillisecondClock()
    given_out = [clock(t) for t in seconds]
    assert given_out[0] >= 0
    assert all(b > a for a, b in itertools.pairwise(given_out))


@pytest.mark.parametrize("name", ["nothing.onnx", "no/such/network.onnx", "no-such-name"])
def test_a_network_that_is_not_there_is_one_sentence(name: str) -> None:
    with pytest.raises(InputError, match=r"There is no"):
        find_model(name)


def test_the_raw_estimate_is_what_the_network_gave_bit_for_bit() -> None:
    row = analyser().analyse(frame(0, value=77)).readings[0]
    crops = np.full((1, 224, 224, 3), 77, np.uint8)
    wanted = StandInNetwork().predict(crops).va[0]
    assert np.float32(row.valence) == wanted[0]
    assert np.float32(row.arousal) == wanted[1]


def test_a_restart_begins_a_new_run_with_the_next_frame_and_keeps_who_is_who() -> None:
    finder = StandInFinder()
    with Analyser(StandInNetwork(), finder) as analyser:
        # Nothing was seen yet, so the first frame begins one anyway.
        assert analyser.restart() == 0
        first = analyser.analyse(frame(50))
        assert analyser.restart() == 1
        assert analyser.restart() == 1
        second, third = analyser.analyse(frame(51)), analyser.analyse(frame(52))
    assert [each.run for each in (first, second, third)] == [0, 1, 1]
    assert finder.restarts == 1
    assert finder.milliseconds == [2000, 2040, 2080]
    assert {reading.face_id for each in (first, third) for reading in each.readings} == {0}
