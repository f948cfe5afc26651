"""Sources and sessions that were opened lately, and what another source leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from avce.app.gui.live.recent import RecentMenu

from ..conftest import FakeSource, analysis_at, frame_at, reading_at


@pytest.fixture
def menu(qtbot, window, preferences) -> RecentMenu:
    return RecentMenu("Recent", "anything", preferences, window)


def test_the_newest_comes_first_once_and_what_is_gone_is_left_out(menu, tmp_path):
    files = [tmp_path / f"{n}.mp4" for n in range(10)]
    for file in files:
        file.touch()
        menu.remember(file)
    menu.remember(files[4])
    files[7].unlink()
    listed = [Path(text).name for text in menu.listed]
    assert listed == ["4.mp4", "9.mp4", "8.mp4", "6.mp4", "5.mp4", "3.mp4", "2.mp4"]


def test_a_list_of_one_is_read_again_and_no_password_is_kept(menu, preferences):
    menu.remember("rtsp://me:secret@host/door")
    preferences.store.sync()
    assert menu.listed == ["rtsp://host/door"]
    assert "secret" not in Path(preferences.store.fileName()).read_text()


def test_an_opened_file_can_be_chosen_again_from_the_menu(qtbot, window, backend, tmp_path):
    film = tmp_path / "a & b.mp4"
    film.touch()
    backend.sources[str(film)] = FakeSource("video", film.name, False, True, 20.0)
    window.open(str(film))
    qtbot.waitUntil(lambda: window.recent.sources.listed == [str(film)])
    window.sources.open_demo()
    qtbot.waitUntil(lambda: len(backend.opened) == 3)
    window.recent.sources.fill()
    window.recent.sources.actions()[0].trigger()
    qtbot.waitUntil(lambda: len(backend.opened) == 4)
    assert backend.opened[-1].settings.source == str(film)


def test_cameras_are_not_listed_for_they_are_always_on_offer(qtbot, window):
    assert window.recent.sources.listed == []
    window.recent.sources.fill()
    assert not window.recent.sources.actions()[0].isEnabled()


def test_a_recorded_session_is_in_the_menu_of_recent_sessions(qtbot, window, pipeline, backend):
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert window.recent.sessions.listed == [str(backend.writers[0].path)]
    wanted = []
    window.recent.session_chosen.connect(wanted.append)
    window.recent.sessions.fill()
    window.recent.sessions.actions()[0].trigger()
    assert wanted == [backend.writers[0].path]


def test_a_source_that_cannot_be_opened_leaves_nothing_of_the_one_before(qtbot, window, backend):
    backend.sources["film.mp4"] = FakeSource("video", "film.mp4", False, True, 100.0)
    window.open("film.mp4")
    qtbot.waitUntil(lambda: len(backend.opened) == 2 and window.running is not None)
    film = backend.opened[-1].pipeline
    film.push(frame_at(50.0), analysis_at(50.0, reading_at(50.0)))
    qtbot.waitUntil(lambda: window.transport.slider.value() == 50_000)
    qtbot.waitUntil(lambda: window.status.model.text() != "")
    window.open("broken")
    qtbot.waitUntil(lambda: window.feed.current_state == "failed")
    assert "no camera 7" in window.view.detail
    assert not window.transport.slider.isVisible()
    assert window.transport.time.text() == "0:00"
    assert window.view.frame is None
    assert window.view.faces == ()
    assert window.readout.face_id is None
    assert window.timeline.plot.series == {}
    assert window.statistics is None
    shown = (window.status.model, window.status.video, window.status.latency)
    assert [field.text() for field in shown] == ["", "", ""]
    assert "film" not in window.windowTitle() + window.controls.source_button.text()


def test_numbers_follow_the_chosen_face_while_paused(qtbot, window, pipeline):
    both = (reading_at(1.0, 0.3), reading_at(1.0, -0.6, face_id=2, x=60.0))
    pipeline.push(frame_at(1.0), analysis_at(1.0, *both))
    qtbot.waitUntil(lambda: window.timeline.face_choice.count() == 3)
    pipeline.state = "paused"
    window.panes.show_face(2)
    assert window.readout.face_id == 2
    assert window.readout.values["valence"].text() == "\N{MINUS SIGN}0.60"
