"""The review window and a session's frames: each at its moment, or words where there are none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QTextBrowser

from avce.app.analysis.analyser import Analysis
from avce.app.gui.qt.theme import DARK
from avce.app.gui.review.review_window import ReviewWindow
from avce.app.gui.review.reviews import Reviews
from avce.app.session.writer import SessionWriter
from avce.app.sources.base import Frame

from ...session_folders import MODEL, NOON
from ...session_folders import writer as session_writer
from ...videos import number_of, numbered_frame
from ..conftest import reading_at

# A first timestamp other than 0, an uneven rate, and a pause of three seconds after frame 4.
TIMES = (2.5, 2.6, 2.8, 2.85, 3.0, 6.0, 6.1, 6.3, 6.4, 6.5)


def record(folder: Path, *, video: bool) -> Path:
    """A session of one face, with a frame for each row that tells its number."""
    made: SessionWriter = session_writer(
        folder, model=MODEL, video=video, lossless=video, clock=lambda: NOON
    )
    with made as session:
        for number, time in enumerate(TIMES):
            frame = Frame(number, time, numbered_frame(number), captured=0.0)
            reading = reading_at(time, number / 20, index=number)
            session.write(Analysis(frame, (reading,)))
    return session.path


def opened(qtbot, folder: Path) -> Iterator[ReviewWindow]:
    window = Reviews(DARK).show(folder)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    yield window
    window.close()


@pytest.fixture
def review(qtbot, tmp_path: Path) -> Iterator[ReviewWindow]:
    yield from opened(qtbot, record(tmp_path, video=True))


@pytest.fixture
def without_video(qtbot, tmp_path: Path) -> Iterator[ReviewWindow]:
    yield from opened(qtbot, record(tmp_path, video=False))


def shows(qtbot, review: ReviewWindow, number: int) -> None:
    """Wait until the frame of that number is on show, with its own box and estimate."""

    def looked() -> None:
        view = review.panes.view
        assert view.frame is not None
        assert number_of(view.frame.rgb) == number
        assert [reading.frame for reading in view.faces] == [number]

    qtbot.waitUntil(lambda: looked() is None)


@pytest.mark.parametrize(
    ("moment", "number"), [(2.5, 0), (2.81, 2), (6.0, 5), (6.5, 9), (0.0, 0), (99.0, 9)]
)
def test_the_frame_of_the_moment_is_shown_with_its_box(qtbot, review, moment, number):
    shows(qtbot, review, 0)
    review.playhead.go(moment)
    shows(qtbot, review, number)


def test_in_a_pause_the_nearest_frame_is_shown(qtbot, review):
    review.playhead.go(4.4)
    shows(qtbot, review, 4)
    review.playhead.go(4.6)
    shows(qtbot, review, 5)


def test_steps_go_from_frame_to_frame_however_uneven_they_come(qtbot, review):
    for number in range(1, 7):
        review.commands["step"].trigger()
        shows(qtbot, review, number)
        assert review.playhead.time == pytest.approx(TIMES[number])
    review.commands["step_back"].trigger()
    shows(qtbot, review, 5)


def test_a_click_in_the_plot_moves_cursor_numbers_and_frame_there(qtbot, review):
    plot = review.plot
    at = plot.getViewBox().mapViewToScene(QPointF(6.3 - TIMES[0], 0.0))
    place = plot.mapFromScene(at)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert review.playhead.time == pytest.approx(6.3, abs=0.04)
    assert review.panes.readout.values["valence"].text() == "+0.35"
    shows(qtbot, review, 7)


def test_a_click_on_the_slider_moves_the_cursor_there(qtbot, review):
    slider = review.panes.transport.slider
    end = QPoint(slider.width() - 1, slider.height() // 2)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=end)
    assert review.playhead.time == pytest.approx(TIMES[-1], abs=0.04)
    shows(qtbot, review, 9)


def test_a_chosen_marker_shows_its_frame(qtbot, review):
    review.playhead.go(2.8)
    review.commands["marker"].trigger()
    qtbot.waitUntil(lambda: review.events.marker() is not None)
    line = review.events.table.currentRow()
    review.playhead.go(6.5)
    shows(qtbot, review, 9)
    review.events.table.selectRow(line)
    shows(qtbot, review, 2)


def test_a_session_without_video_says_so_and_its_cursor_moves_all_the_same(qtbot, without_video):
    window = without_video
    assert not window.panes.view.isVisible()
    said = [page.toPlainText() for page in window.findChildren(QTextBrowser) if page.isVisible()]
    assert any("has no video" in text for text in said)
    assert not window.commands["replay"].isEnabled()
    window.playhead.go(6.3)
    assert window.panes.readout.values["valence"].text() == "+0.35"


def test_a_session_whose_video_is_gone_says_so_in_its_heading(qtbot, tmp_path):
    folder = record(tmp_path, video=True)
    (folder / "video.mkv").unlink()
    for window in opened(qtbot, folder):
        assert "The video is missing" in window.parts._heading.text()


def test_a_video_that_cannot_be_read_is_said_in_place_of_the_video(qtbot, tmp_path):
    folder = record(tmp_path, video=True)
    (folder / "video.mkv").write_bytes(b"no video")
    for window in opened(qtbot, folder):
        qtbot.waitUntil(lambda window=window: window.panes.view.state == "failed")
        assert "cannot be opened" in window.panes.view._detail
