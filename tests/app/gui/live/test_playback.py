"""What the keys for time ask of the pipeline, frame shown or not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject

from avce.app.gui.live.playback import Playback


@pytest.fixture
def view() -> Any:
    return SimpleNamespace(frame=SimpleNamespace(timestamp=2.0))


@pytest.fixture
def sought() -> list[float]:
    return []


@pytest.fixture
def playback(view: Any, sought: list[float], qapp: Any) -> Playback:
    source = SimpleNamespace(seekable=True, rate=10.0, duration=5.0)
    pipeline: Any = SimpleNamespace(seek=sought.append, state="paused")
    running: Any = SimpleNamespace(source=source, pipeline=pipeline)
    feed: Any = SimpleNamespace(current_state="paused")
    return Playback(lambda: running, feed, view, lambda: False, QObject())


def test_two_quick_presses_step_two_frames_back(playback: Playback, sought: list[float]) -> None:
    playback.step_back()
    playback.step_back()
    assert sought == pytest.approx([1.9, 1.8])


def test_quick_jumps_add_up_and_stop_at_the_start(playback: Playback, sought: list[float]) -> None:
    for seconds in (1.0, -5.0, 1.0):
        playback.seek_by(seconds)
    assert sought == pytest.approx([3.0, 0.0, 1.0])


def test_a_press_after_the_frame_is_shown_counts_from_it(
    playback: Playback, view: Any, sought: list[float]
) -> None:
    playback.seek_by(1.0)
    view.frame = SimpleNamespace(timestamp=2.97)
    playback.step_back()
    assert sought == pytest.approx([3.0, 2.87])
