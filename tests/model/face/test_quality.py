"""How well a face can be read: what lowers it, by how much, and what is said of it."""

from __future__ import annotations

from dataclasses import asdict, replace
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avce.model.face.quality import GOOD, POOR, Conditions, judged

BEST = Conditions(0.0, 0.0, 0.0, 0.25, 120.0, 200.0, 0.92, 0.0, 0.0)


def test_a_frontal_sharp_and_well_lit_face_is_as_good_as_can_be() -> None:
    found = judged(BEST)
    assert (found.value, found.level, found.reason, found.advice) == (1.0, "good", "", "")


@pytest.mark.parametrize(
    ("poorer", "reason", "advice"),
    [
        ({"yaw": -72.0}, "head turned 72 degrees", "face the camera"),
        ({"pitch": 52.0}, "head turned up 52 degrees", "hold the head level"),
        ({"pitch": -52.0}, "head turned down 52 degrees", "hold the head level"),
        ({"roll": 80.0}, "head tilted 80 degrees", "hold the head upright"),
        ({"brightness": 4.0}, "too dark", "light from the front"),
        ({"brightness": 252.0}, "too bright", "less light on the face"),
        ({"sharpness": 0.02}, "blurred", "hold still"),
        ({"width": 13.0}, "face 13 px wide", "move closer"),
        ({"confidence": 0.35}, "face covered or unclear", "keep it free"),
        ({"mouth_covered": 0.9}, "mouth covered", "keep it free"),
    ],
)
def test_each_poor_condition_is_named_with_what_helps(
    poorer: dict[str, float], reason: str, advice: str
) -> None:
    found = judged(replace(BEST, **poorer))
    assert found.level == "poor"
    assert found.value < POOR
    assert found.reason == reason
    assert advice in found.advice


def test_the_worst_condition_decides() -> None:
    one = judged(replace(BEST, yaw=50.0))
    other = judged(replace(BEST, brightness=4.0))
    both = judged(replace(BEST, yaw=50.0, brightness=4.0))
    assert other.value < one.value
    assert both == other


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ({"brightness": 7.0}, "too dark"),
        ({"brightness": 190.0}, "too bright"),
        ({"yaw": -48.0}, "head turned 48 degrees"),
        ({"width": 26.0}, "face 26 px wide"),
        ({"brightness": 9.0, "yaw": 55.0}, "head turned 55 degrees"),
        ({"brightness": 40.0, "yaw": 10.0}, "face covered or unclear"),
    ],
)
def test_a_face_that_is_unclear_for_a_reason_is_told_the_reason(
    cause: dict[str, float], reason: str
) -> None:
    unclear = judged(replace(BEST, confidence=0.87))
    found = judged(replace(BEST, confidence=0.87, **cause))
    assert found.reason == reason
    assert found.value == unclear.value


def test_a_side_and_the_other_are_alike() -> None:
    for name in ("yaw", "roll"):
        left, right = (judged(replace(BEST, **{name: s * 65.0})) for s in (-1, 1))
        assert left == right


@given(
    st.sampled_from(
        ["yaw", "roll", "width", "sharpness", "confidence", "eyes_covered", "mouth_covered"]
    ),
    st.floats(0.0, 180.0),
    st.floats(0.0, 180.0),
)
def test_worse_is_never_said_to_be_better(name: str, one: float, other: float) -> None:
    # More of these is worse, more of the others is better.
    falling = ("yaw", "roll", "eyes_covered", "mouth_covered")
    less, more = sorted((one, other))
    low, high = (judged(replace(BEST, **{name: value})).value for value in (less, more))
    assert low >= high if name in falling else low <= high


@given(st.fixed_dictionaries({n: st.floats(-400, 400) for n in asdict(BEST)}))
def test_whatever_was_seen_the_quality_lies_within_0_and_1(values: dict[str, float]) -> None:
    found = judged(Conditions(**values))
    assert 0.0 <= found.value <= 1.0
    assert (found.reason == "") == (found.value >= GOOD)


def test_what_is_not_known_says_nothing() -> None:
    assert isnan(judged(Conditions()).value)
    assert judged(Conditions()).level == ""
    assert judged(Conditions(yaw=3.0)).value == 1.0
    assert judged(replace(BEST, yaw=nan)).value == 1.0
