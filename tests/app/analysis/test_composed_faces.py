"""Face numbers on composed frames, with the real face finder: hidden, crossing, leaving, capped.

The faces are one photograph (Eileen Collins; NASA, public domain), plain and mirrored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avce.app.analysis.analyser import Analyser
from avce.app.analysis.reading import Reading
from avce.app.sources.base import Frame

from ..stand_ins import StandInNetwork

RATE = 12
WIDTH, HEIGHT, HEAD = 480, 240, 200

Place = tuple[str, float]
"""Whose head, and where its middle is from the left, in pixels; the last one lies on top."""


@pytest.fixture(scope="module")
def heads() -> dict[str, NDArray[np.uint8]]:
    """Two heads on a plain ground: as photographed, and mirrored."""
    from skimage import data

    photograph = np.asarray(data.astronaut(), dtype=np.uint8)
    head = np.asarray(cv2.resize(photograph[10:220, 115:325], (HEAD, HEAD)), np.uint8)
    return {"one": head, "two": np.ascontiguousarray(head[:, ::-1])}


def composed(heads: dict[str, NDArray[np.uint8]], places: Sequence[Place]) -> NDArray[np.uint8]:
    rgb = np.full((HEIGHT, WIDTH + 2 * HEAD, 3), 128, np.uint8)
    top = (HEIGHT - HEAD) // 2
    for who, middle in places:
        left = round(middle) - HEAD // 2 + HEAD
        rgb[top : top + HEAD, left : left + HEAD] = heads[who]
    return np.ascontiguousarray(rgb[:, HEAD:-HEAD])


def followed(
    heads: dict[str, NDArray[np.uint8]], script: Sequence[Sequence[Place]], max_faces: int = 2
) -> list[dict[str, int]]:
    """The number of each head that was found, frame by frame."""
    found = []
    with Analyser(StandInNetwork(), max_faces=max_faces) as analyser:
        for i, places in enumerate(script):
            rgb = composed(heads, places)
            readings = analyser.analyse(Frame(i, i / RATE, rgb, 0.0)).readings
            found.append(_named([r for r in readings if r.success], places))
    return found


def _named(readings: Sequence[Reading], places: Sequence[Place]) -> dict[str, int]:
    def owner(reading: Reading) -> str:
        middle = reading.x + reading.width / 2
        # Of two heads in one place the upper one is seen.
        return min(reversed(places), key=lambda place: abs(place[1] - middle))[0]

    return {owner(reading): reading.face_id for reading in readings}


def numbers(found: Sequence[dict[str, int]]) -> dict[str, set[int]]:
    """Every number that a head ever had."""
    whos = {who for frame in found for who in frame}
    return {who: {frame[who] for frame in found if who in frame} for who in whos}


def frames(seconds: float, places: Callable[[float], Sequence[Place]]) -> list[Sequence[Place]]:
    """A script of that length; `places` at a share of it, 0 to 1."""
    count = round(seconds * RATE)
    return [places(i / (count - 1)) for i in range(count)]


def test_two_seconds_behind_something_leave_a_face_its_number(heads) -> None:
    both = [("one", 110.0), ("two", 370.0)]
    script = [[both[0], both[1]]] * 12 + [[both[0]]] * (2 * RATE) + [[both[0], both[1]]] * 12
    found = followed(heads, script)
    assert all("two" not in frame for frame in found[14 : 12 + 2 * RATE])
    assert [len(each) for each in numbers(found).values()] == [1, 1]
    assert found[-1] == found[4]
    assert len(found[-1]) == 2


def test_two_faces_that_cross_keep_their_numbers(heads) -> None:
    script = frames(4.0, lambda t: [("two", 370 - 260 * t), ("one", 110 + 260 * t)])
    found = followed(heads, script)
    assert any(len(frame) == 1 for frame in found), "one was hidden behind the other"
    assert len(found[-1]) == 2
    assert found[-1] == found[2]


def test_a_face_that_leaves_the_frame_and_comes_back_keeps_its_number(heads) -> None:
    stay = ("one", 110.0)
    out = frames(1.5, lambda t: [stay, ("two", 370 + 210 * t)])
    back = frames(1.5, lambda t: [stay, ("two", 580 - 210 * t)])
    found = followed(heads, [*[[stay, ("two", 370.0)]] * 6, *out, *back, *[back[-1]] * 6])
    assert any("two" not in frame for frame in found[6:])
    assert found[-1] == found[4]
    assert len(found[-1]) == 2


def test_with_a_cap_of_one_only_one_face_is_ever_read(heads) -> None:
    script = [[("one", 110.0)]] * 6 + [[("one", 110.0), ("two", 370.0)]] * 18
    found = followed(heads, script, max_faces=1)
    assert all(len(frame) <= 1 for frame in found)
    assert numbers(found) == {"one": {0}}
