"""Two threads between source and sinks: what is dropped, what never is, and how it ends."""

from __future__ import annotations

import threading
from math import inf, isfinite, isnan

import pytest

from avce.app.analysis.frame_queue import AHEAD, FrameQueue, Waiting, Work
from avce.app.analysis.pipeline import Pipeline, analyse_file
from avce.app.analysis.statistics import Meter
from avce.app.sources.base import Frame
from avce.model.errors import AvceError, InputError

from ..stand_ins import WAIT, Collector, FilmSource, HandFedCamera, analyser, frame

FILM = [frame(i, i / 1000) for i in range(40)]


def wait(condition: threading.Event) -> None:
    assert condition.wait(WAIT)


def ended(pipeline: Pipeline) -> None:
    assert pipeline.wait_for_end(WAIT)


def test_a_file_is_read_whole_and_in_order() -> None:
    with FilmSource(FILM) as source:
        results = list(analyse_file(source, analyser()))
    assert [each.frame.index for each in results] == list(range(40))


def test_a_file_is_read_up_to_the_duration_asked_for() -> None:
    with FilmSource(FILM) as source:
        assert len(list(analyse_file(source, analyser(), duration=0.01))) == 10


def test_a_played_file_loses_no_frame_however_slow_the_network() -> None:
    turn = threading.Semaphore(0)
    sink = Collector()
    pipeline = Pipeline(
        FilmSource(FILM), lambda: analyser(before=lambda: turn.acquire(timeout=WAIT)), sinks=[sink]
    )
    pipeline.start()
    for _ in FILM:
        turn.release()
    ended(pipeline)
    assert pipeline.state == "ended"
    assert sink.indices == list(range(40))
    assert [each.frame.index for each in pipeline.drain()] == list(range(40))
    assert pipeline.drain() == []
    assert pipeline.statistics().frames_seen == 40
    assert pipeline.statistics().frames_dropped == 0
    assert pipeline.stop(WAIT)


def test_a_file_is_not_read_far_ahead_of_the_network() -> None:
    inside, turn = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        turn.wait(WAIT)

    source = FilmSource(FILM)
    pipeline = Pipeline(source, lambda: analyser(before=hold))
    pipeline.start()
    wait(inside)
    # One is inside the network, as many as are allowed wait, and the reader stands still.
    shown = pipeline.newest_frame
    assert _soon(lambda: (f := shown()) is not None and f.index >= AHEAD)
    assert not pipeline.join(0.05)
    newest = shown()
    assert newest is not None
    assert newest.index == AHEAD
    turn.set()
    assert pipeline.stop(WAIT)


def live(before: object = None) -> tuple[HandFedCamera, Pipeline, Collector]:
    camera, sink = HandFedCamera(), Collector()
    hook = before if callable(before) else (lambda: None)
    return camera, Pipeline(camera, lambda: analyser(before=hook), sinks=[sink]), sink


def test_of_a_live_source_the_newest_frame_wins_and_older_ones_count_as_dropped() -> None:
    inside, turn = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        turn.wait(WAIT)

    camera, pipeline, sink = live(hold)
    pipeline.start()
    camera.feed(frame(0))
    wait(inside)
    for i in range(1, 6):
        camera.feed(frame(i))
    camera.feed(None)
    pipeline.join(0.0)
    # The frame went on while the network was busy.
    shown = pipeline.newest_frame
    assert _soon(lambda: (f := shown()) is not None and f.index == 5)
    turn.set()
    ended(pipeline)
    # The finder may have begun with the next one before the newest came.
    assert len(sink.indices) <= 3
    assert (sink.indices[0], sink.indices[-1]) == (0, 5)
    statistics = pipeline.statistics()
    assert statistics.frames_seen == 6
    assert statistics.frames_dropped == 6 - len(sink.indices)
    assert pipeline.stop(WAIT)


def test_the_frame_that_waited_for_the_model_to_be_ready_is_counted() -> None:
    frames = FrameQueue()
    for i in range(3):
        frames.put_newest(frame(i))
    waiting = frames.take()
    assert waiting is not None
    assert waiting.frame.index == 2
    statistics = frames.meter.statistics()
    # Those before it were never before the model.
    assert (statistics.frames_seen, statistics.frames_dropped) == (1, 0)


def test_what_waited_for_the_model_or_through_a_pause_tells_no_delay() -> None:
    def frame_of(index: int) -> Frame:
        assert frames.put_when_due(frame(index))
        taken = frames.take()
        assert isinstance(taken, Waiting)
        return taken.frame

    frames = FrameQueue()
    first = frame_of(0)
    assert frames.waited(first), "it was shown while the model was made ready"
    second = frame_of(1)
    assert not frames.waited(second)
    frames.pause(True)
    assert not frames.waited(second), "what is on its way is analysed as ever"
    frames.pause(False)
    assert frames.waited(second)
    frames.pause(True)
    third = frame_of(2)
    assert not frames.waited(third)
    frames.step()
    assert frames.waited(third)


def test_a_reading_that_was_held_through_a_pause_is_not_in_the_delays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def before() -> None:
        calls.append(0)
        if len(calls) == 10:
            pipeline.pause()
            pipeline.resume()

    calls: list[int] = []
    pipeline = Pipeline(FilmSource(FILM), lambda: analyser(before=before))
    delays: list[float] = []
    told = pipeline._frames.meter.result

    def tell(latency: float, *, face: bool) -> None:
        delays.append(latency)
        told(latency, face=face)

    monkeypatch.setattr(pipeline._frames.meter, "result", tell)
    pipeline.start()
    ended(pipeline)
    waited = [each.frame.index for each in pipeline.drain() if each.waited]
    assert 9 in waited
    assert set(waited) <= {*range(AHEAD + 2), *range(9, 9 + AHEAD + 2)}
    assert [i for i, delay in enumerate(delays) if isnan(delay)] == waited
    assert isfinite(pipeline.statistics().latency_p95)
    assert pipeline.stop(WAIT)


def _soon(condition: object) -> bool:
    """Whether it comes true; asks again and again, as nothing tells."""
    assert callable(condition)
    tick = threading.Event()
    return any(condition() or tick.wait(0.001) for _ in range(int(WAIT * 1000)))


def test_a_pipeline_starts_only_once() -> None:
    _, pipeline, _ = live()
    pipeline.start()
    with pytest.raises(AvceError, match="started before"):
        pipeline.start()
    assert pipeline.stop(WAIT)


def test_a_paused_file_steps_frame_by_frame() -> None:
    sink = Collector()
    pipeline = Pipeline(FilmSource(FILM), analyser, sinks=[sink])
    pipeline.pause()
    pipeline.start()
    assert pipeline.state == "paused"
    pipeline.step()
    sink.wait_for(1)
    pipeline.step()
    sink.wait_for(2)
    assert sink.indices == [0, 1]
    pipeline.resume()
    ended(pipeline)
    assert sink.indices == list(range(40))
    assert pipeline.stop(WAIT)


def test_a_paused_camera_is_read_but_not_shown() -> None:
    camera, pipeline, sink = live()
    pipeline.start()
    camera.feed(frame(0))
    sink.wait_for(1)
    pipeline.pause()
    for i in range(1, 4):
        camera.feed(frame(i))
    camera.feed(None)
    ended(pipeline)
    assert sink.indices == [0]
    assert pipeline.stop(WAIT)


def test_seeking_in_a_paused_file_shows_the_frame_there() -> None:
    sink = Collector()
    pipeline = Pipeline(FilmSource(FILM), analyser, sinks=[sink])
    pipeline.pause()
    pipeline.start()
    pipeline.seek(0.02)
    sink.wait_for(1)
    pipeline.seek(0.005)
    sink.wait_for(2)
    assert sink.indices == [20, 5]
    # Seeking is no reason for a new face number.
    assert {each.readings[0].face_id for each in sink.analyses} == {0}
    assert pipeline.state == "paused"
    assert pipeline.stop(WAIT)


def test_a_file_can_be_sought_in_after_its_end() -> None:
    sink = Collector()
    pipeline = Pipeline(FilmSource(FILM), analyser, sinks=[sink])
    pipeline.start()
    ended(pipeline)
    pipeline.seek(0.035)
    sink.wait_for(45)
    assert sink.indices[40:] == [35, 36, 37, 38, 39]
    assert pipeline.stop(WAIT)


def test_a_camera_does_not_support_seeking() -> None:
    _, pipeline, _ = live()
    with pytest.raises(InputError, match="does not support seeking"):
        pipeline.seek(1.0)


def test_a_run_ends_after_its_duration() -> None:
    camera = HandFedCamera()
    sink = Collector()
    pipeline = Pipeline(camera, analyser, sinks=[sink], duration=1.0)
    pipeline.start()
    for i, at in enumerate((5.0, 5.5, 6.0)):
        camera.feed(frame(i, at))
        if i < 2:
            sink.wait_for(i + 1)
    ended(pipeline)
    assert sink.indices == [0, 1]
    assert pipeline.stop(WAIT)


def test_a_live_frame_is_taken_just_in_time_to_be_found_when_the_one_before_is_estimated() -> None:
    now = 0.0
    work = Work(lambda: now)

    def passed(seconds: float) -> None:
        nonlocal now
        now += seconds

    assert work.seconds_early(0) == 0.0
    work.finding()
    passed(0.010)
    work.found()
    # Found, and on its way: another one would wait for it.
    assert work.seconds_early(1) == inf
    work.estimating()
    passed(0.070)
    work.estimated()
    work.finding()
    passed(0.010)
    work.found()
    work.estimating()
    assert work.seconds_early(1) == pytest.approx(0.060)
    passed(0.060)
    assert work.seconds_early(1) == pytest.approx(0.0)
    assert work.seconds_early(2) == inf
    # An estimate that takes longer than the one before keeps nobody waiting for ever.
    passed(1.0)
    assert work.seconds_early(1) == 0.0


def test_what_waits_for_the_window_keeps_the_pixels_of_its_newest_frame_alone() -> None:
    pipeline = Pipeline(FilmSource(FILM), analyser, sinks=[sink := Collector()])
    pipeline.start()
    ended(pipeline)
    kept = pipeline.drain()
    assert [each.frame.index for each in kept] == list(range(40))
    assert [each.frame.rgb.size for each in kept[:-1]] == [0] * 39
    assert kept[-1].frame.rgb.size
    # Sinks have seen all of them.
    assert all(each.frame.rgb.size for each in sink.analyses)
    assert pipeline.stop(WAIT)


def test_nothing_is_kept_where_nobody_asks_for_it() -> None:
    pipeline = Pipeline(FilmSource(FILM), analyser, sinks=[sink := Collector()], kept=0)
    pipeline.start()
    ended(pipeline)
    assert sink.indices == list(range(40))
    assert pipeline.drain() == []
    assert pipeline.stop(WAIT)


def test_rates_and_delays_are_those_of_the_last_moments() -> None:
    now = 0.0
    meter = Meter(lambda: now)
    for i in range(101):
        now = i * 0.04
        meter.frame()
        if i % 2 == 0:
            meter.result(0.01 * (1 + i % 4), face=i % 4 == 0)
    statistics = meter.statistics()
    assert statistics.video_rate == pytest.approx(25.0, rel=0.03)
    assert statistics.analysis_rate == pytest.approx(12.5, rel=0.06)
    assert statistics.latency_median in (0.01, 0.03)
    assert statistics.latency_p95 == pytest.approx(0.03)
    assert statistics.frames_without_face == 25
    now += 60.0
    assert meter.statistics().video_rate == 0.0
