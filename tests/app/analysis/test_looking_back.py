"""A face that is known to be one only after some frames has its rows from the first, in a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from avce.app.analysis.analyser import Analyser, Analysis
from avce.app.analysis.looking_back import Found, LookBack
from avce.app.analysis.pipeline import Pipeline, analyse_file
from avce.app.sources.base import Frame
from avce.model import face_finder
from avce.model.face import Face
from avce.model.face_finder import HOLD, FaceFinder
from avce.model.sightings import Sightings

from ..stand_ins import (
    WAIT,
    Collector,
    FilmSource,
    HandFedCamera,
    StandInFinder,
    StandInNetwork,
    face_at,
    frame,
)

FILM = [frame(i, i / 1000) for i in range(6)]


class DoubtingFinder(StandInFinder):
    """Of every frame its letters: who was given (A, B), and who was doubtful (a, b)."""

    def __init__(self, script: Sequence[str]) -> None:
        super().__init__()
        self.letters = script

    def find(self, rgb: NDArray[np.uint8], timestamp_ms: int | None = None) -> list[Face]:
        super().find(rgb, timestamp_ms)
        seen = self.letters[len(self.milliseconds) - 1]
        self.sightings = sightings(seen)
        return [whose(letter) for letter in seen if letter.isupper()]


def whose(letter: str) -> Face:
    return face_at(16.0 if letter in "aA" else 48.0, side=20.0 if letter in "aA" else 14.0)


def sightings(seen: str) -> Sightings:
    return Sightings(
        frozenset(ord(letter) - ord("A") for letter in seen if letter.isupper()),
        {ord(letter) - ord("a"): whose(letter) for letter in seen if letter.islower()},
    )


def doubting(script: Sequence[str]) -> Analyser:
    return Analyser(StandInNetwork(), DoubtingFinder(script), max_faces=4)


def rows(analyses: Sequence[Analysis]) -> list[str]:
    """Of every frame whose rows it has, by where they are."""
    return [
        "".join(sorted("A" if row.x < 20 else "B" for row in each.readings if row.success))
        for each in analyses
    ]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (["a", "a", "A", "A", "A", "A"], ["A"] * 6),
        # It did not last.
        (["a", "a", "", "A", "A", "A"], ["", "", "", "A", "A", "A"]),
        (["B", "aB", "aB", "AB", "AB", "B"], ["B", "AB", "AB", "AB", "AB", "B"]),
        (["a", "ab", "AB", "B", "B", "B"], ["A", "AB", "AB", "B", "B", "B"]),
        # Nothing comes that could tell.
        (["", "B", "B", "B", "aB", "aB"], ["", "B", "B", "B", "B", "B"]),
    ],
)
def test_a_file_has_the_rows_of_a_face_from_its_first_frame(
    script: list[str], expected: list[str]
) -> None:
    with FilmSource(FILM) as source:
        analyses = list(analyse_file(source, doubting(script)))
    assert [each.frame.index for each in analyses] == list(range(6))
    assert rows(analyses) == expected
    sink = Collector()
    played = Pipeline(FilmSource(FILM), lambda: doubting(script), sinks=[sink])
    played.start()
    assert played.wait_for_end(WAIT)
    assert played.state == "ended"
    assert sink.indices == list(range(6))
    assert rows(sink.analyses) == expected
    assert played.stop()


def test_one_face_keeps_one_number_when_rows_are_added() -> None:
    with FilmSource(FILM) as source:
        analyses = list(analyse_file(source, doubting(["a", "a", "A", "A", "A", "A"])))
    assert {row.face_id for each in analyses for row in each.readings} == {0}


def test_a_live_source_waits_for_nothing() -> None:
    camera, sink = HandFedCamera(), Collector()
    pipeline = Pipeline(camera, lambda: doubting(["a", "a", "A"]), sinks=[sink])
    pipeline.start()
    for i in range(3):
        camera.feed(frame(i))
        sink.wait_for(i + 1)
    assert rows(sink.analyses) == ["", "", "A"]
    assert pipeline.stop()


def found(index: int, seen: str, *, follows: bool = True, run: int = 0) -> Found:
    faces = [whose(letter) for letter in seen if letter.isupper()]
    return Found(frame(index), faces, follows, run, sightings(seen))


@pytest.mark.parametrize("how", ["seek", "recording", "joined"])
def test_nothing_is_learnt_about_a_face_from_frames_that_do_not_follow(how: str) -> None:
    back = LookBack()
    assert back.add(found(0, "a")) == []
    later = found(1, "A", follows=how != "seek", run=how == "recording")
    if how == "joined":
        later = replace(later, frame=replace(later.frame, restarts=True))
    assert [each.faces for each in back.add(later)] == [[], later.faces]
    assert back.held == 0


def test_no_more_frames_are_held_than_a_face_has_to_last() -> None:
    back = LookBack()
    for i in range(4 * HOLD):
        # Somebody new in each frame, who is gone before anything is known.
        doubtful = {i - k: face_at(20.0) for k in range(HOLD - 1)}
        back.add(Found(frame(i), [], True, 0, Sightings(frozenset(), doubtful)))
        assert back.held <= HOLD - 1


# With the real finder.


def test_a_face_of_which_the_finder_is_not_sure_is_read_from_its_first_frame_in_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from skimage import data

    # No photograph is so good that it is a face at once.
    monkeypatch.setattr(face_finder, "BEGIN", 0.99)
    rgb = np.ascontiguousarray(data.astronaut()[:240, 80:400], np.uint8)
    frames = [Frame(i, i / 25, rgb, 0.0) for i in range(6)]
    with FaceFinder(video=True) as finder:
        seen = [len(finder.find(each.rgb, 40 * each.index)) for each in frames]
    assert seen == [0] * (HOLD - 1) + [1] * (7 - HOLD)
    with Analyser(StandInNetwork()) as analyser, FilmSource(frames) as source:
        readings = [each.readings[0] for each in analyse_file(source, analyser)]
    assert [each.success for each in readings] == [True] * 6
    assert {each.face_id for each in readings} == {0}
    first, later = readings[0], readings[HOLD - 1]
    assert (first.x, first.width) == pytest.approx((later.x, later.width), abs=3.0)
    assert first.confidence == pytest.approx(later.confidence, abs=0.05)
