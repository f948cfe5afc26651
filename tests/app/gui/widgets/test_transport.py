"""Play, step and seek under the video, by hand and by key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt

from avce.app.gui.widgets.transport import Transport

from ..conftest import FakeSource, analysis_at, frame_at, reading_at


@pytest.fixture
def film(qtbot, window, backend):
    """The window on a file of 100 seconds that stands at 50; gives its pipeline."""
    backend.sources["clip.mp4"] = FakeSource("video", "clip.mp4", False, True, 100.0)
    before = window.running
    window.open("clip.mp4")
    qtbot.waitUntil(lambda: window.running not in (None, before))
    pipeline = window.running.pipeline
    pipeline.push(frame_at(50.0), analysis_at(50.0, reading_at(50.0)))
    qtbot.waitUntil(lambda: window.transport.slider.value() == 50_000)
    pipeline.calls.clear()
    return pipeline


@pytest.mark.parametrize(
    ("key", "moment"),
    [
        (Qt.Key.Key_Left, "45"),
        (Qt.Key.Key_Right, "55"),
        (Qt.Key.Key_PageUp, "80"),
        (Qt.Key.Key_PageDown, "20"),
        (Qt.Key.Key_Home, "0"),
        (Qt.Key.Key_End, "100"),
    ],
)
def test_the_keys_of_the_slider_move_by_whole_seconds(qtbot, window, film, key, moment):
    window.transport.slider.setFocus()
    qtbot.keyClick(window.transport.slider, key)
    assert film.calls == [f"seek {moment}"]


def test_a_click_on_the_slider_goes_to_that_place(qtbot, window, film):
    slider = window.transport.slider
    place = QPoint(slider.width() // 4, slider.height() // 2)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=place)
    moments = [float(call.split()[1]) for call in film.calls]
    assert moments
    assert all(moment == pytest.approx(25.0, abs=1.5) for moment in moments)


def test_the_slider_follows_the_film_without_asking_it_to_go_anywhere(qtbot, window, film):
    film.push(frame_at(70.25), analysis_at(70.25, reading_at(70.25)))
    qtbot.waitUntil(lambda: window.transport.slider.value() == 70_250)
    assert film.calls == []


def test_a_camera_has_no_slider(window):
    assert not window.transport.slider.isVisible()
    assert window.transport.play_button.isVisible()


@pytest.mark.parametrize("width", [1000, 1280, 1920])
def test_the_seek_bar_keeps_its_width_whatever_is_stored_and_shown(qtbot, window, film, width):
    window.resize(width, 720)
    qtbot.wait(1)
    bar = window.transport.slider.width()
    window.commands["record_video"].trigger()
    window.commands["lossless"].trigger()
    film.push(None, analysis_at(1.0, reading_at(1.0), index=25))
    film.state = "paused"
    qtbot.waitUntil(lambda: "frame 25" in window.transport.time.text())
    # What is told of the source every half second leaves the frame's number alone.
    window.feed.statistics.emit(film.statistics())
    assert "frame 25" in window.transport.time.text()
    qtbot.wait(1)
    assert window.transport.slider.width() == bar
    assert bar >= 200


def test_a_paused_file_shows_its_own_frame_number_or_none(qtbot, window, film):
    film.state = "paused"
    film.push(frame_at(70.25, index=1756), analysis_at(70.25, reading_at(70.25), index=1756))
    qtbot.waitUntil(lambda: "frame 1756, 1:10.250" in window.transport.time.text())
    away = analysis_at(80.5, reading_at(80.5), index=1757)
    film.push(away.frame, replace(away, frame=replace(away.frame, counted=False)))
    qtbot.waitUntil(lambda: window.transport.time.text() == "1:20.500 / 1:40")


@pytest.mark.parametrize(
    ("looped", "seconds", "shown", "at"),
    [
        (False, 6.4, "0:06 / 0:06", 6000),
        (True, 5.9, "0:06 / 0:06", 5900),
        (True, 8.0, "0:02 / 0:06, round 2", 2000),
        (True, 19.0, "0:01 / 0:06, round 4", 1000),
    ],
)
def test_a_looped_file_is_never_beyond_its_end(qtbot, looped, seconds, shown, at):
    transport = Transport()
    qtbot.addWidget(transport)
    transport.show_source(6.0, seekable=True, looped=looped)
    transport.show_time(seconds)
    assert (transport.time.text(), transport.slider.value()) == (shown, at)


def test_images_whose_first_cannot_be_read_keep_their_places(qtbot, window, backend):
    backend.sources["faces"] = FakeSource("images", "faces", False, True, 5.0, still=True)
    before = window.running
    window.open("faces")
    qtbot.waitUntil(lambda: window.running not in (None, before))
    for place in (1.0, 4.0):
        window.running.pipeline.push(frame_at(place), analysis_at(place, reading_at(place)))
    qtbot.waitUntil(lambda: window.transport.slider.value() == 4000)
    assert window.transport.time.text() == "0:04 / 0:05"


def test_the_bar_can_be_dragged_in_the_smallest_window(qtbot, window, film):
    window.resize(window.minimumSizeHint())
    window.resize(1, 1)
    qtbot.waitUntil(lambda: window.transport.slider.width() >= 100)
    assert window.transport.geometry().right() <= window.panes.view.geometry().right() + 8
