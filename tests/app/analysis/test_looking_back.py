"""A face that is known to be one only after some frames has its rows from the first, in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avce.app.analysis.analyser import Analyser, Analysis
from avce.app.analysis.looking_back import MOST_BYTES, Found, LookBack
from avce.app.analysis.pipeline import Pipeline, analyse_file
from avce.app.sources.base import Frame
from avce.model.face import finder as face_finder
from avce.model.face.face import Face
from avce.model.face.finder import HOLD, SEARCH_EVERY, FaceFinder
from avce.model.face.search import once
from avce.model.face.tracked_faces import TrackedFaces

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
        self.tracked = tracked(seen)
        return [whose(letter) for letter in seen if letter.isupper()]


def whose(letter: str) -> Face:
    return face_at(16.0 if letter in "aA" else 48.0, side=20.0 if letter in "aA" else 14.0)


def tracked(seen: str) -> TrackedFaces:
    return TrackedFaces(
        {ord(letter) - ord("A"): whose(letter) for letter in seen if letter.isupper()},
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
    return Found(frame(index), faces, follows, run, tracked(seen))


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
        back.add(Found(frame(i), [], True, 0, TrackedFaces({}, doubtful)))
        assert back.held <= HOLD - 1


class SearchingFinder(DoubtingFinder):
    """Faces that are found only later: behind a bar those that a frame shows all the same."""

    def __init__(self, script: Sequence[str]) -> None:
        super().__init__([seen.split("|")[0] for seen in script])
        self.shown = [seen.replace("|", "").upper() for seen in script]

    def before(
        self, face: Face, earlier: Iterable[tuple[NDArray[np.uint8], float, Sequence[Face]]]
    ) -> Iterator[Face]:
        letter, last = "A" if face.x < 20 else "B", len(self.milliseconds) - 1
        for rgb, seconds, _ in earlier:
            number = int(rgb.max())  # frames are as bright as their number, a millisecond apart
            assert 0 < seconds <= (last - number) / 1000 + 1e-9
            if letter not in self.shown[number]:
                return
            yield face


def follow_back(script: Sequence[str], max_faces: int) -> list[str]:
    frames = [
        replace(frame(i, i / 1000), rgb=np.full((720, 1280, 3), i, np.uint8))
        for i in range(len(script))
    ]
    with (
        Analyser(StandInNetwork(), SearchingFinder(script), max_faces=max_faces) as analyser,
        FilmSource(frames) as source,
    ):
        analyses = list(analyse_file(source, analyser))
    assert [each.frame.index for each in analyses] == list(range(len(script)))
    return rows(analyses)


ROUND = len(once(720, 1280))
RARE = ROUND * SEARCH_EVERY


@pytest.mark.parametrize(
    ("script", "max_faces", "expected"),
    [
        (["", "|A", "|A", "A", "A"], 1, ["", "A", "A", "A", "A"]),
        # It was away in between.
        (["|A", "", "|A", "A", "A"], 1, ["", "", "A", "A", "A"]),
        # From where it was doubtful on.
        (["|A", "|A", "a", "a", "A"], 1, ["A"] * 5),
        # Somebody else filled the one place meanwhile.
        (["|B", "A|B", "|B", "B", "B"], 1, ["", "A", "B", "B", "B"]),
        (["|B", "A|B", "A|B", "AB", "AB"], 2, ["B", "AB", "AB", "AB", "AB"]),
        # Hidden for a while.
        (["A", "", "|A", "A", "A"], 2, ["A", "", "A", "A", "A"]),
        # No further than a round of the search.
        (["|A"] * (ROUND + 3) + ["A"], 1, [""] * 3 + ["A"] * (ROUND + 1)),
        # Beside a face that is followed, a round takes longer.
        (["A|B"] * (RARE + 3) + ["AB"], 2, ["A"] * 3 + ["AB"] * (RARE + 1)),
    ],
)
def test_a_file_has_the_rows_of_a_face_from_before_the_search_came_to_it(
    script: list[str], max_faces: int, expected: list[str]
) -> None:
    assert follow_back(script, max_faces) == expected


def test_frames_are_kept_only_while_they_may_lack_a_face() -> None:
    back = LookBack(StandInFinder().before, max_faces=1)
    large = np.zeros((2160, 3840, 3), np.uint8)
    held = []
    for i in range(20):
        back.add(Found(replace(frame(i), rgb=large), [], True, 0))
        held.append(back.held)
    assert max(held) * large.nbytes <= MOST_BYTES
    assert max(held) > 12
    assert back.add(found(20, "A")) != []
    assert back.held == 0


# With the real finder.


def test_a_small_face_in_a_frame_of_4k_has_its_rows_from_the_first_frame_of_a_file() -> None:
    from skimage import data

    small = cv2.resize(data.astronaut()[:300, 80:380], None, fx=0.4, fy=0.4)
    rgb = np.full((2160, 3840, 3), 120, np.uint8)
    rgb[1900:2020, 3500:3620] = small
    frames = [Frame(i, i / 25, rgb, 0.0) for i in range(16)]
    with FaceFinder(video=True) as finder:
        assert [finder.find(each.rgb, 40 * each.index) for each in frames[:6]] == [[]] * 6
    with Analyser(StandInNetwork()) as analyser, FilmSource(frames) as source:
        readings = [each.readings[0] for each in analyse_file(source, analyser)]
    assert [each.success for each in readings] == [True] * 16
    assert {each.face_id for each in readings} == {0}
    assert np.ptp([(each.x, each.y, each.width) for each in readings], axis=0).max() < 1.0
    assert min(each.confidence for each in readings) > 0.75


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
