"""How a run ends: stopped, unplugged, failed; who is told, and what is closed."""

from __future__ import annotations

import threading

import pytest

from avce.app.analysis.pipeline import Pipeline
from avce.model.errors import InputError

from ..stand_ins import WAIT, Collector, FilmSource, HandFedCamera, analyser, frame

FILM = [frame(i, i / 1000) for i in range(40)]


def wait(condition: threading.Event) -> None:
    assert condition.wait(WAIT)


def ended(pipeline: Pipeline) -> None:
    assert pipeline.wait_for_end(WAIT)


def live(before: object = None) -> tuple[HandFedCamera, Pipeline, Collector]:
    camera, sink = HandFedCamera(), Collector()
    hook = before if callable(before) else (lambda: None)
    return camera, Pipeline(camera, lambda: analyser(before=hook), sinks=[sink]), sink


def test_stopping_closes_everything_once_and_keeps_what_was_analysed() -> None:
    # Other tests' windows may still be closing.
    others = set(threading.enumerate())
    camera, pipeline, sink = live()
    pipeline.start()
    camera.feed(frame(0))
    sink.wait_for(1)
    assert pipeline.stop(WAIT)
    assert pipeline.stop(WAIT)
    assert (sink.closed, camera.closed) == (1, 1)
    assert sink.indices == [0]
    left = set(threading.enumerate()) - others
    assert not [thread for thread in left if thread.name.startswith("avce-")]


def test_stopping_before_the_start_closes_what_there_is() -> None:
    camera, pipeline, sink = live()
    assert pipeline.stop(WAIT)
    assert (sink.closed, camera.closed) == (1, 1)


def lost():
    """A live pipeline that has analysed one frame and whose camera was unplugged then."""
    camera, pipeline, sink = live()
    pipeline.start()
    camera.feed(frame(0))
    sink.wait_for(1)
    camera.absent.set()
    camera.unplug()
    wait(camera.refused)
    return camera, pipeline, sink


def test_a_camera_that_is_unplugged_is_lost_and_taken_up_again() -> None:
    camera, pipeline, sink = lost()
    assert pipeline.state == "lost"
    assert pipeline.error is None
    camera.absent.clear()
    camera.feed(frame(1))
    sink.wait_for(2)
    assert pipeline.state == "running"
    assert camera.opened == 2
    assert pipeline.stop(WAIT)


def test_stopping_while_the_camera_is_lost_does_not_hang() -> None:
    _, pipeline, _ = lost()
    assert pipeline.stop(WAIT)


def test_a_camera_that_was_never_there_is_an_error() -> None:
    camera, pipeline, sink = live()
    camera.absent.set()
    pipeline.start()
    assert pipeline.join(WAIT)
    assert pipeline.state == "failed"
    assert isinstance(pipeline.error, InputError)
    assert sink.closed == 1


def test_a_network_that_fails_ends_the_run_and_is_told() -> None:
    def fail() -> None:
        raise RuntimeError("out of order")

    camera, pipeline, sink = live(fail)
    pipeline.start()
    camera.feed(frame(0))
    assert pipeline.join(WAIT)
    assert pipeline.state == "failed"
    assert str(pipeline.error) == "out of order"
    assert (sink.closed, camera.closed) == (1, 1)


def test_a_sink_that_fails_ends_the_run_and_is_told() -> None:
    class Full(Collector):
        def write(self, analysis: object) -> None:
            raise OSError("disk full")

    pipeline = Pipeline(FilmSource(FILM), analyser, sinks=[Full()])
    pipeline.start()
    assert pipeline.join(WAIT)
    assert isinstance(pipeline.error, OSError)


@pytest.mark.parametrize("at_fault", ["source", "network"])
def test_a_run_that_fails_closes_its_sinks_as_incomplete(at_fault: str) -> None:
    calls: list[int] = []

    def fail_second_time() -> None:
        calls.append(0)
        if at_fault == "network" and len(calls) == 2:
            raise RuntimeError("out of order")

    camera, pipeline, sink = live(fail_second_time)
    pipeline.start()
    camera.feed(frame(0))
    sink.wait_for(1)
    camera.feed(RuntimeError("broken driver") if at_fault == "source" else frame(1))
    assert pipeline.join(WAIT)
    assert pipeline.state == "failed"
    assert (sink.indices, sink.closed, sink.complete) == ([0], 1, False)


def test_a_run_that_is_stopped_or_ends_is_complete() -> None:
    camera, pipeline, sink = live()
    pipeline.start()
    camera.feed(frame(0))
    sink.wait_for(1)
    assert pipeline.stop(WAIT)
    assert sink.complete is True


def test_a_sink_that_cannot_close_keeps_no_other_from_closing() -> None:
    class Stuck(Collector):
        def close(self, *, complete: bool = True) -> None:
            raise OSError("disk full")

    other = Collector()
    pipeline = Pipeline(FilmSource(FILM[:1]), analyser, sinks=[Stuck(), other])
    pipeline.start()
    ended(pipeline)
    assert pipeline.stop(WAIT)
    assert isinstance(pipeline.error, OSError)
    assert (other.closed, other.complete) == (1, False)


def test_two_hundred_runs_leave_no_thread_behind() -> None:
    others = set(threading.enumerate())
    for _ in range(200):
        pipeline = Pipeline(FilmSource(FILM[:2]), analyser)
        pipeline.start()
        assert pipeline.stop(WAIT)
    assert set(threading.enumerate()) <= others
