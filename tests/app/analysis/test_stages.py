"""Stages on threads: the order, what is kept between them, and how each end ends all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from random import Random

import pytest

from avce.app.analysis.analyser import Analyser
from avce.app.analysis.pipeline import analyse_file
from avce.app.analysis.stages import ahead, mapped

from ..stand_ins import (
    WAIT,
    FilmSource,
    StandInFinder,
    StandInNetwork,
    analyser,
    face_at,
    frame,
)


@pytest.fixture
def stage_threads() -> Callable[[], list[str]]:
    """The stages' threads that began in this test."""
    before = set(threading.enumerate())

    def running() -> list[str]:
        began = set(threading.enumerate()) - before
        return [t.name for t in began if t.name.startswith(("avce-", "stage-"))]

    return running


class Counted:
    """Items made one by one; how many, on which thread, and whether the generator was closed."""

    def __init__(self, items: Iterable[int], *, fails_at: int | None = None) -> None:
        self.items, self.fails_at = items, fails_at
        self.made = 0
        self.threads: set[int] = set()
        self.closed = threading.Event()

    def __call__(self) -> Generator[int]:
        try:
            for item in self.items:
                self.threads.add(threading.get_ident())
                if item == self.fails_at:
                    raise RuntimeError("broken")
                self.made += 1
                yield item
        finally:
            self.closed.set()


def test_items_come_whole_and_in_order_from_a_thread_of_their_own(stage_threads) -> None:
    source = Counted(range(500))
    assert list(ahead(source(), "stage-a")) == list(range(500))
    assert threading.get_ident() not in source.threads
    assert not stage_threads()


def test_three_stages_with_random_delays_keep_the_order(stage_threads) -> None:
    random, tick = Random(0), threading.Event()

    def slowly(item: int) -> int:
        tick.wait(random.random() * 2e-4)
        return item * 3

    first = ahead(Counted(range(400))(), "stage-a", most=2)
    second = ahead(mapped(slowly, first), "stage-b", most=1)
    third = ahead(mapped(lambda item: item + 1, second), "stage-c", most=3)
    assert list(third) == [3 * i + 1 for i in range(400)]
    assert not stage_threads()


def test_no_more_is_made_ahead_than_may_wait(stage_threads) -> None:
    source = Counted(range(100))
    with closing(ahead(source(), "stage-a", most=3)) as items:
        assert next(items) == 0
        # Three wait, one is in hand of the thread; it stands still there.
        assert not source.closed.wait(0.05)
        assert source.made <= 5
    assert source.closed.is_set()
    assert not stage_threads()


@pytest.mark.parametrize(("size", "most"), [(10, 3), (30, 1), (500, 1)])
def test_what_waits_is_bounded_by_bytes_and_one_item_may_be_of_any_size(
    size: int, most: int
) -> None:
    source = Counted(range(20))
    items = ahead(source(), "stage-a", most=100, most_bytes=30, size=lambda _: size)
    with closing(items):
        assert next(items) == 0
        assert not source.closed.wait(0.05)
        assert source.made <= 1 + most + 1
        assert list(items) == list(range(1, 20))


def test_an_error_comes_after_everything_that_was_before_it(stage_threads) -> None:
    source, seen = Counted(range(10), fails_at=7), list[int]()
    items = ahead(mapped(lambda i: i, ahead(source(), "stage-a")), "stage-b")
    with pytest.raises(RuntimeError, match="broken"):
        seen.extend(items)
    assert seen == list(range(7))
    assert source.closed.is_set()
    assert not stage_threads()


def test_an_error_of_a_later_stage_ends_those_before_it(stage_threads) -> None:
    source = Counted(range(1000))

    def fail(item: int) -> int:
        if item == 5:
            raise ValueError("cannot")
        return item

    with pytest.raises(ValueError, match="cannot"):
        list(ahead(mapped(fail, ahead(source(), "stage-a")), "stage-b"))
    assert source.closed.is_set()
    assert source.made < 20
    assert not stage_threads()


def test_an_interruption_of_whoever_uses_the_items_ends_all_stages(stage_threads) -> None:
    source = Counted(range(1000))
    items = ahead(mapped(lambda i: i, ahead(source(), "stage-a")), "stage-b")

    def use() -> None:
        with closing(items):
            for item in items:
                if item == 3:
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        use()
    assert source.closed.is_set()
    assert not stage_threads()


FILM = [frame(i, i / 25, value=(37 * i) % 256) for i in range(60)]


def faces(i: int) -> list:
    """One face, two, none, in turn; a third that comes and goes."""
    places = [30.0, 90.0, 150.0][: (i // 7) % 4]
    return [face_at(x + i / 5) for x in places]


def test_readings_are_those_of_one_frame_after_the_other_to_the_last_bit() -> None:
    # The jump back in time restarts smoothing and tracking.
    frames = [*FILM[:40], *FILM[20:]]
    one = analyser(faces)
    expected = [one.analyse(each) for each in frames]
    with FilmSource(frames) as source, closing(analyse_file(source, analyser(faces))) as found:
        for was, now in zip(expected, found, strict=True):
            assert [repr(reading) for reading in was.readings] == [
                repr(reading) for reading in now.readings
            ]
            assert {i: crop.tobytes() for i, crop in was.crops.items()} == {
                i: crop.tobytes() for i, crop in now.crops.items()
            }
            assert was.squares == now.squares
            assert now.frame is was.frame


def test_reading_finding_and_estimating_go_on_at_the_same_time() -> None:
    """A network that waits for the third frame to be found, and a finder that waits for the fifth
    to be read, come to an end only where each stage is ahead of the next."""
    third_found, fifth_read = threading.Event(), threading.Event()

    class Film(FilmSource):
        def read(self):
            found = super().read()
            if found is not None and found.index == 4:
                fifth_read.set()
            return found

    def script(i: int) -> list:
        if i == 1:
            assert fifth_read.wait(WAIT)
        if i == 2:
            third_found.set()
        return [face_at(30.0)]

    def wait() -> None:
        assert third_found.wait(WAIT)

    side = Analyser(StandInNetwork(wait), StandInFinder(script))
    with Film(FILM[:8]) as source, closing(analyse_file(source, side)) as found:
        assert [each.frame.index for each in found] == list(range(8))
