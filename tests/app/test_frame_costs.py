"""What a frame costs, in calls that can be counted: no copy, conversion or search too many.

Times depend on the machine and on what else it does; these counts do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any

import cv2
import pytest

from avce.app.analysis.analyser import Analyser
from avce.app.analysis.pipeline import frames_of
from avce.app.sources import open_source
from avce.app.sources import video as video_files
from avce.model.face import detector, mesh, search
from avce.model.predictor import Predictor

SETTLED, COUNTED = 12, 24


@pytest.fixture(scope="module")
def counts() -> Iterator[Counter[str]]:
    """Calls for 24 frames of the demo clip, whose face has been followed for a while."""
    found: Counter[str] = Counter()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            found[name] += 1
            return function(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        places: list[tuple[Any, str]] = [
            (video_files.VideoSource, "_pixels"),
            (mesh.FaceMesh, "_measure"),
            (detector.FaceDetector, "detect"),
            (search.FaceSearch, "in_turn"),
            (Predictor, "predict"),
            (cv2, "warpAffine"),
            (cv2, "cvtColor"),
        ]
        for owner, name in places:
            patch.setattr(owner, name, counted(name, getattr(owner, name)))
        with open_source("demo") as source, Analyser(Predictor(provider="cpu", threads=1)) as made:
            # One after the other, so that nothing is counted that belongs to a frame ahead.
            frames = frames_of(source)
            for frame in islice(frames, SETTLED):
                made.analyse(frame)
            found.clear()
            with closing(frames):
                for frame in islice(frames, COUNTED):
                    assert made.analyse(frame).readings[0].success
        yield found


@pytest.mark.parametrize(
    ("call", "each"),
    [
        ("_pixels", 1),  # decoded to RGB once
        ("_measure", 1),  # the landmark network
        ("detect", 1),  # the detector, on the face's own small square
        ("predict", 1),
    ],
)
def test_a_frame_whose_face_is_followed_runs_each_part_once(
    counts: Counter[str], call: str, each: int
) -> None:
    assert counts[call] == each * COUNTED


def test_a_followed_face_is_not_searched_for(counts: Counter[str]) -> None:
    assert counts["in_turn"] == 0


def test_a_frame_is_sampled_for_the_landmarks_and_for_the_crop_alone(counts: Counter[str]) -> None:
    assert counts["warpAffine"] <= 2 * COUNTED + 2


def test_no_colours_are_converted_a_second_time(counts: Counter[str]) -> None:
    assert counts["cvtColor"] <= COUNTED
