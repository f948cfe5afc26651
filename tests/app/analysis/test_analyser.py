"""One frame in, the readings of its faces out."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avce.app.analysis.analyser import Analyser
from avce.app.analysis.reading import FIELDS, OPTIONAL, Reading
from avce.app.sources.base import Frame
from avce.model.errors import InputError
from avce.model.face.face import Face
from avce.model.face.head_pose import HEAD, POINTS
from avce.model.included import find_model
from avce.model.predictor import Prediction

from ..stand_ins import StandInFinder, StandInNetwork, analyser, face_at, frame

DESIGN = (
    "frame, timestamp, face_id, confidence, success, x, y, width, height, valence, arousal, "
    "valence_smooth, arousal_smooth, valence_relative, arousal_relative, "
    "valence_halfwidth, arousal_halfwidth, yaw, pitch, roll, sharpness, brightness, quality, file, "
    "valence_smooth_halfwidth, arousal_smooth_halfwidth, eyes_covered, mouth_covered"
)


def test_a_reading_has_the_columns_of_the_design_in_order() -> None:
    assert ", ".join(FIELDS) == DESIGN
    assert tuple(Reading.__dataclass_fields__) == (*FIELDS, *OPTIONAL)


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


def test_a_face_gives_the_pose_of_its_head_and_the_light_on_it() -> None:
    landmarks = np.zeros((478, 2), np.float32)
    # Turned by 30 degrees to the right of the frame, seen from far away.
    seen = HEAD[:, 0] * math.cos(math.pi / 6) + HEAD[:, 2] * math.sin(math.pi / 6)
    landmarks[list(POINTS)] = np.column_stack([30 + seen, 20 - HEAD[:, 1]])
    turned = Face(20.0, 10.0, 20.0, 20.0, 0.9, landmarks)
    (row,) = analyser(lambda _: [turned]).analyse(frame(0, value=60)).readings
    assert (row.yaw, row.pitch, row.roll) == pytest.approx((30.0, 0.0, 0.0), abs=1e-4)
    assert (row.brightness, row.sharpness) == pytest.approx((60.0, 0.0))


def test_a_network_with_intervals_gives_their_half_widths_smoothed_as_the_values_are() -> None:
    class Sure(StandInNetwork):
        def predict(self, crops: NDArray[np.uint8]) -> Prediction:
            wide = np.tile(np.float32([0.25, 0.5]), (len(crops), 1)) * crops.max() / 100
            return replace(super().predict(crops), halfwidth=wide.astype(np.float32))

    found = Analyser(Sure(), StandInFinder())
    (first,) = found.analyse(frame(0, value=100)).readings
    (second,) = found.analyse(frame(1, value=200)).readings
    assert (first.valence_halfwidth, first.arousal_halfwidth) == (0.25, 0.5)
    assert (first.valence_smooth_halfwidth, first.arousal_smooth_halfwidth) == (0.25, 0.5)
    assert second.arousal_halfwidth == 1.0
    step = (second.valence_smooth - first.valence_smooth) / (second.valence - first.valence)
    assert second.valence_smooth_halfwidth == pytest.approx(0.25 + step * 0.25)


def _lit(index: int, share: float) -> Frame:
    """A sharp frame in a share of its light."""
    random = np.random.default_rng(1)
    rgb = random.integers(0, 256, (240, 240, 1)) * np.ones(3) * share
    return replace(frame(index), rgb=rgb.astype(np.uint8))


def _large() -> StandInFinder:
    return StandInFinder(lambda _: [face_at(120.0, 120.0, 200.0)])


def test_a_covered_mouth_stands_in_the_row_and_lowers_the_quality() -> None:
    class Telling(StandInNetwork):
        def predict(self, crops: NDArray[np.uint8]) -> Prediction:
            share = np.tile(np.array([[0.05, 0.95]], np.float32), (len(crops), 1))
            return replace(super().predict(crops), covered=share)

    (told,) = Analyser(Telling(), StandInFinder()).analyse(frame(0, value=60)).readings
    (plain,) = Analyser(StandInNetwork(), StandInFinder()).analyse(frame(0, value=60)).readings
    assert (told.eyes_covered, told.mouth_covered) == pytest.approx((0.05, 0.95))
    assert math.isnan(plain.mouth_covered)
    assert told.conditions.mouth_covered == told.mouth_covered
    assert told.quality <= min(plain.quality, 0.5)


def test_a_reading_below_the_wanted_quality_is_blanked_and_never_lost() -> None:
    found = Analyser(StandInNetwork(), _large(), min_quality=0.5)
    light, dark, again = (
        found.analyse(_lit(i, share)).readings[0] for i, share in enumerate((1.0, 0.03, 1.0))
    )
    assert dark.quality < 0.5 < light.quality
    assert dark.valence < -0.9
    assert (dark.success, dark.width) == (True, 200.0)
    blank = (dark.valence_smooth, dark.arousal_smooth, dark.valence_relative)
    assert all(math.isnan(value) for value in blank)
    # What was blanked left no trace in the filter.
    assert again.valence_smooth == pytest.approx(light.valence)
    every = Analyser(StandInNetwork(), _large())
    assert every.analyse(_lit(0, 0.03)).readings[0].valence_smooth == dark.valence


def test_a_baseline_takes_no_reading_below_the_wanted_quality() -> None:
    found = Analyser(StandInNetwork(), _large(), min_quality=0.5)
    first = found.analyse(_lit(0, 1.0)).readings[0]
    found.start_baseline(0, seconds=1.0)
    for i in range(1, 60):
        found.analyse(_lit(i, 0.03 if i % 2 else 1.0))
    taken = found.baseline(0)
    assert taken is not None
    assert taken.valence == pytest.approx(first.valence)


def test_a_network_without_intervals_gives_none() -> None:
    (row,) = analyser().analyse(frame(0)).readings
    assert math.isnan(row.valence_halfwidth)
    assert math.isnan(row.valence_smooth_halfwidth)


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
    # Only the left half of the frame flickers.
    reader = analyser(lambda _: [face_at(15.0), face_at(50.0)])
    rows = ()
    for i in range(40):
        shot = frame(i, value=128)
        shot.rgb[:, :32] = 255 if i % 2 else 0
        rows = reader.analyse(shot).readings
    assert abs(rows[0].valence) == pytest.approx(1.0)
    assert abs(rows[0].valence_smooth) < 0.9
    assert rows[1].valence_smooth == pytest.approx(rows[1].valence)


def test_seeking_back_keeps_numbers_and_baselines_and_starts_smoothing_anew() -> None:
    reader = analyser()
    reader.start_baseline(0, 0.2)
    for i in range(10):
        reader.analyse(frame(i, value=0))
    reader.jumped()
    (row,) = reader.analyse(frame(10, 0.0, value=255)).readings
    assert row.face_id == 0
    assert row.valence_smooth == row.valence == 1.0
    assert row.valence_relative == pytest.approx(2.0)


def test_seeking_forward_by_a_minute_keeps_the_number_too() -> None:
    reader = analyser()
    reader.analyse(frame(0))
    reader.jumped()
    assert reader.analyse(frame(1, 60.0)).readings[0].face_id == 0


def test_single_frames_are_found_without_a_clock() -> None:
    finder = StandInFinder()
    Analyser(StandInNetwork(), finder, video=False).analyse(frame(0))
    assert finder.milliseconds == [None]


def test_the_finder_is_closed_with_the_analyser() -> None:
    finder = StandInFinder()
    with Analyser(StandInNetwork(), finder):
        assert not finder.closed
    assert finder.closed


@pytest.mark.parametrize("name", ["nothing.onnx", "no/such/network.onnx", "no-such-name"])
def test_a_network_that_is_not_there_is_one_sentence(name: str) -> None:
    with pytest.raises(InputError, match=r"There is no"):
        find_model(Path(name))


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


def test_where_recordings_are_joined_faces_are_found_numbered_and_smoothed_anew() -> None:
    reader = analyser()
    finder = reader._finder
    assert isinstance(finder, StandInFinder)
    before = [reader.analyse(frame(i, value=60)).readings[0] for i in range(5)]
    joint = replace(frame(5, value=200), restarts=True)
    after = reader.analyse(joint).readings[0]
    following = reader.analyse(frame(6, value=200)).readings[0]
    assert {row.face_id for row in before} == {0}
    assert (after.face_id, following.face_id) == (1, 1)
    assert (after.valence_smooth, after.arousal_smooth) == (after.valence, after.arousal)
    assert finder.restarts == 1
    assert finder.milliseconds == [0, 40, 80, 120, 160, 200, 240]


def test_unrelated_images_are_named_and_neither_tracked_nor_smoothed() -> None:
    left, right = face_at(15.0), face_at(50.0)
    found = {0: [left], 1: [right, left], 2: [], 3: [left]}
    reader = analyser(found.__getitem__, video=False)
    images = [replace(frame(i, float(i), value=60 + 40 * i), name=f"{i}.png") for i in range(4)]
    rows = [row for image in images for row in reader.analyse(image).readings]
    assert [row.file for row in rows] == ["0.png", "1.png", "1.png", "2.png", "3.png"]
    assert [row.face_id for row in rows] == [0, 0, 1, -1, 0]
    seen = [row for row in rows if row.success]
    assert [row.valence_smooth for row in seen] == [row.valence for row in seen]
    assert [row.arousal_smooth for row in seen] == [row.arousal for row in seen]
    assert len({row.valence for row in seen}) == 3
