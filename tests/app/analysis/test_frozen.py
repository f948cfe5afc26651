"""A camera that hangs, is covered, or changes its mind about the size: said, and nothing breaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avce.app.analysis.frozen import FrozenWatch
from avce.app.analysis.pipeline import Pipeline
from avce.app.session.reader import read_session
from avce.model.errors import InputError

from ..session_folders import writer
from ..stand_ins import WAIT, Collector, HandFedCamera, analyser, frame

NOISE = np.random.default_rng(0).integers(0, 256, (2, 48, 64, 3), np.uint8)


def said(*frames) -> list[str]:
    watch = FrozenWatch()
    return [words for words in map(watch.frame, frames) if words]


@pytest.mark.parametrize("light", [0, 255, 117], ids=["black", "white", "any"])
def test_one_frame_for_ever_is_said_once_and_its_end_too(light: int) -> None:
    still = [frame(i, i / 10, light) for i in range(200)]
    first, second = said(*still, replace(frame(200, 20.0), rgb=NOISE[0]))
    assert "same frame has been arriving for 5 s" in first
    assert second == "Frames change again, after 20 s."


def test_frames_of_a_still_scene_are_not_called_frozen() -> None:
    shown = [replace(frame(i, i / 10), rgb=NOISE[i % 2]) for i in range(200)]
    assert said(*shown) == []
    # A short hang is none either.
    assert said(*(frame(i, i / 10, i // 40) for i in range(200))) == []


def test_frames_of_another_size_are_analysed_like_any_other() -> None:
    sizes = [(48, 64), (96, 128), (24, 32), (1, 1), (48, 64)]
    camera, sink = HandFedCamera(), Collector()
    pipeline = Pipeline(camera, analyser, sinks=[sink])
    pipeline.start()
    for i, size in enumerate(sizes):
        camera.feed(replace(frame(i), rgb=np.full((*size, 3), 100, np.uint8)))
        sink.wait_for(i + 1)
    assert [each.frame.rgb.shape[:2] for each in sink.analyses] == sizes
    assert pipeline.stop(WAIT)
    assert pipeline.error is None


def test_a_pipeline_tells_of_a_camera_that_hangs() -> None:
    camera, sink = HandFedCamera(), Collector()
    pipeline = Pipeline(camera, analyser, sinks=[sink])
    pipeline.start()
    for i in range(12):
        camera.feed(frame(i, float(i)))
        sink.wait_for(i + 1)
    (words,) = pipeline.reports()
    assert "stuck or covered" in words
    assert pipeline.stop(WAIT)


def test_a_video_of_frames_that_change_their_size_ends_in_a_sentence_and_keeps_its_rows(
    tmp_path: Path,
) -> None:
    camera = HandFedCamera()
    session = writer(tmp_path, video=True)
    told = Collector()
    pipeline = Pipeline(camera, analyser, sinks=[told, session])
    pipeline.start()
    for i in range(3):
        camera.feed(frame(i))
        told.wait_for(i + 1)
    camera.feed(replace(frame(3), rgb=np.zeros((24, 32, 3), np.uint8)))
    assert pipeline.join(WAIT)
    assert isinstance(pipeline.error, InputError)
    assert "frames changed from 64 x 48" in str(pipeline.error)
    read = read_session(session.path)
    assert read.info["status"] == "interrupted"
    assert read.readings["frame"].tolist()[:3] == [0, 1, 2]
    assert len(read) == read.info["counts"]["rows"]
