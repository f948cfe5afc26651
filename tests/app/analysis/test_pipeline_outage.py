"""A live source that is lost: said at once and again when it is back, and not waited for longer
than was asked."""

from __future__ import annotations

from avce.app.analysis.pipeline import Pipeline
from avce.model.errors import InputError

from ..stand_ins import WAIT, Collector, HandFedCamera, analyser, frame


def test_a_source_that_is_lost_and_comes_back_is_told_both_times() -> None:
    camera, sink = HandFedCamera(), Collector()
    pipeline = Pipeline(camera, analyser, sinks=[sink])
    pipeline.start()
    camera.feed(frame(0))
    sink.wait_for(1)
    assert pipeline.reports() == []
    camera.absent.set()
    camera.unplug()
    assert camera.refused.wait(WAIT)
    assert pipeline.reports() == ["The camera is gone. Reconnecting."]
    camera.absent.clear()
    camera.feed(frame(1))
    sink.wait_for(2)
    (back,) = pipeline.reports()
    assert back.startswith("Reconnected after ")
    assert pipeline.stop()
    assert pipeline.error is None


def test_a_source_that_stays_away_is_given_up() -> None:
    camera, sink = HandFedCamera(), Collector()
    pipeline = Pipeline(camera, analyser, sinks=[sink], give_up_after=0.05)
    pipeline.start()
    camera.feed(frame(0))
    sink.wait_for(1)
    camera.absent.set()
    camera.unplug()
    assert pipeline.join(WAIT)
    assert isinstance(pipeline.error, InputError)
    assert str(pipeline.error).endswith("did not come back within 0.05 s.")
    assert sink.complete is False


def test_a_duration_counts_time_also_where_no_frame_comes() -> None:
    for lost in (False, True):
        camera, sink = HandFedCamera(), Collector()
        pipeline = Pipeline(camera, analyser, sinks=[sink], duration=0.1)
        pipeline.start()
        camera.feed(frame(0))
        sink.wait_for(1)
        if lost:
            camera.absent.set()
            camera.unplug()
        assert any(pipeline.wait_for_end(0.05) for _ in range(round(WAIT / 0.05)))
        assert pipeline.stop()
        assert pipeline.error is None
        assert sink.complete is True
