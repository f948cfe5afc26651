"""The rating window: a video is played, and what the rater does is in the rater's file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox

from avce.app.gui import launch
from avce.app.gui.qt.theme import DARK
from avce.app.gui.rate.rate_window import RateWindow
from avce.app.gui.rate.rater_form import ORDERS, RaterForm, begin_sitting
from avce.app.gui.rate.rates import Rates
from avce.app.rating.game_pad import GamePad
from avce.app.rating.subject import Subject, open_subject
from avce.model.ratings.files import Rating, read_ratings, write_ratings

from ...videos import number_of, write_video

STEP = 0.1
COUNT = 20


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return open_subject(write_video(tmp_path / "clip.mp4", range(0, COUNT * 100, 100)))


class Clock:
    """Seconds that pass when a test says so."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(qtbot, subject: Subject, clock: Clock) -> Iterator[Callable[..., RateWindow]]:
    windows: list[RateWindow] = []

    def opened(order: str = "both", label: str = "R1") -> RateWindow:
        sitting = begin_sitting(subject, label, ORDERS[order][1])
        window = RateWindow(sitting, colours=DARK, pad=GamePad([]), now=clock)
        qtbot.addWidget(window)
        window._ticking.stop()  # time passes by `run` alone
        window.show()
        QTest.qWaitForWindowExposed(window)
        windows.append(window)
        return window

    yield opened
    for window in windows:
        window.close()


def until_shown(qtbot, window: RateWindow) -> None:
    """Tick until the frame of the player's time is on show."""

    def there() -> bool:
        window.tick()
        request = window.reader.answered
        return request is not None and request.number == window.reader.asked

    qtbot.waitUntil(there)


def run(qtbot, window: RateWindow, clock: Clock, frames: int) -> None:
    """Let the video play on by so many frames."""
    for _ in range(frames):
        clock.now += STEP
        window.tick()
        until_shown(qtbot, window)


def put(window: RateWindow, valence: float, arousal: float) -> QPoint:
    return window.plane.place_of(valence, arousal).toPoint()


def saved(window: RateWindow) -> np.ndarray:
    """What the file holds, on the frames of the video."""
    window.saving.finish()
    rating = read_ratings(window.sitting.file.path)
    values = np.full((COUNT, 2), np.nan)
    values[np.rint(rating.times * 10).astype(int)] = rating.values
    return values


def test_each_frame_gets_the_rating_of_the_moment_at_which_it_was_seen(qtbot, opened, clock):
    window = opened()
    until_shown(qtbot, window)
    QTest.mouseClick(window.plane, Qt.MouseButton.LeftButton, pos=put(window, 0.5, 0.5))
    assert window.plane.held
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert window.player.playing
    run(qtbot, window, clock, 5)
    frame = window.parts.view.frame
    assert frame is not None
    assert number_of(frame.rgb) == 5
    QTest.mouseMove(window.plane, put(window, -0.5, 0.25))
    qtbot.waitUntil(lambda: window.plane.value[0] < 0)
    run(qtbot, window, clock, 5)
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert not window.player.playing
    values = saved(window)
    assert values[:6] == pytest.approx(np.array([[0.5, 0.5]] * 6), abs=0.02)
    assert values[6:11] == pytest.approx(np.array([[-0.5, 0.25]] * 5), abs=0.02)
    assert np.isnan(values[11:]).all()


def test_a_click_lets_the_point_go_and_a_drag_ends_by_itself(qtbot, opened):
    window = opened()
    QTest.mouseClick(window.plane, Qt.MouseButton.LeftButton, pos=put(window, 0.5, 0.5))
    QTest.mouseMove(window.plane, put(window, 0.2, 0.1))
    qtbot.waitUntil(lambda: window.plane.value[0] < 0.3)
    QTest.mouseClick(window.plane, Qt.MouseButton.LeftButton, pos=put(window, 0.2, 0.1))
    assert not window.plane.held
    QTest.mouseMove(window.plane, put(window, 0.9, 0.9))
    assert window.plane.value == pytest.approx((0.2, 0.1), abs=0.02)
    QTest.mousePress(window.plane, Qt.MouseButton.LeftButton, pos=put(window, 0.2, 0.1))
    QTest.mouseMove(window.plane, put(window, -0.6, -0.6))
    qtbot.waitUntil(lambda: window.plane.value[0] < 0)
    QTest.mouseRelease(window.plane, Qt.MouseButton.LeftButton, pos=put(window, -0.6, -0.6))
    assert not window.plane.held
    assert window.plane.value == pytest.approx((-0.6, -0.6), abs=0.02)


def test_an_arrow_that_is_held_moves_the_point_at_a_steady_pace(qtbot, opened, clock):
    window = opened()
    QTest.keyPress(window, Qt.Key.Key_Right)
    for _ in range(10):
        clock.now += 0.05
        window.tick()
    QTest.keyRelease(window, Qt.Key.Key_Right)
    clock.now += 0.05
    window.tick()
    assert window.plane.value == pytest.approx((0.4, 0.0), abs=1e-9)
    QTest.keyClick(window, Qt.Key.Key_V)
    QTest.keyClick(window, Qt.Key.Key_2)
    assert window.plane.value == (-0.75, 0.0)


def test_one_axis_after_the_other_ends_in_one_file(qtbot, opened, clock):
    window = opened("apart")
    assert window.plane.axes == ("valence",)
    until_shown(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_9)
    QTest.keyClick(window, Qt.Key.Key_Space)
    run(qtbot, window, clock, COUNT)
    assert not window.player.playing
    assert window.plane.axes == ("arousal",)
    assert "arousal" in window.toast.text()
    QTest.keyClick(window, Qt.Key.Key_Space)
    QTest.keyClick(window, Qt.Key.Key_1)
    run(qtbot, window, clock, COUNT)
    values = saved(window)
    assert (values[:, 0] == 1.0).all()
    assert (values[1:, 1] == -1.0).all()
    assert "Everything is rated" in window.toast.text()


def test_a_stretch_is_redone_and_undone(qtbot, opened, clock):
    window = opened()
    until_shown(qtbot, window)
    window.plane.put(0.5, 0.5)
    window.play_or_pause()
    run(qtbot, window, clock, 10)
    window.play_or_pause()
    QTest.keyClick(window, Qt.Key.Key_Backspace)
    until_shown(qtbot, window)
    assert window.moment == 0.0
    assert window.plane.value == (0.5, 0.5), "the point is where this moment was rated"
    window.plane.put(-0.5, -0.5)
    window.play_or_pause()
    run(qtbot, window, clock, 4)
    window.play_or_pause()
    assert saved(window)[:11, 0].tolist() == [-0.5] * 5 + [0.5] * 6
    window.commands["undo"].trigger()
    assert saved(window)[:11, 0].tolist() == [0.5] * 11


def test_looking_at_ratings_changes_none_and_follows_them(qtbot, opened, clock):
    window = opened()
    until_shown(qtbot, window)
    window.plane.put(0.5, 0.0)
    window.play_or_pause()
    run(qtbot, window, clock, 8)
    window.play_or_pause()
    before = saved(window).tolist()
    window.commands["record"].trigger()
    window.go(0.0)
    window.plane.put(-1.0, -1.0)
    window.play_or_pause()
    run(qtbot, window, clock, 5)
    assert window.plane.value == (0.5, 0.0)
    window.play_or_pause()
    assert str(saved(window).tolist()) == str(before)


def test_a_killed_program_keeps_what_was_rated_up_to_two_seconds_before(
    qtbot, opened, clock, subject
):
    window = opened()
    until_shown(qtbot, window)
    window.plane.put(0.25, 0.25)
    window.play_or_pause()
    clock.now += 1.5
    window.tick()
    until_shown(qtbot, window)
    run(qtbot, window, clock, 10)
    path = subject.file("R1")
    qtbot.waitUntil(path.exists)
    rated = read_ratings(path)
    assert rated.times[0] == 0.0
    assert len(rated.times) >= 4
    assert (rated.values == 0.25).all()


def test_time_waits_for_frames_that_come_late(qtbot, opened, clock):
    window = opened()
    until_shown(qtbot, window)
    window.play_or_pause()
    clock.now += 30.0
    window.tick()
    assert window.player.time == pytest.approx(0.25)


def test_a_pass_is_continued_or_another_begun_and_none_is_replaced(qtbot, opened, clock, subject):
    window = opened()
    until_shown(qtbot, window)
    window.plane.put(0.5, 0.5)
    window.play_or_pause()
    run(qtbot, window, clock, 5)
    window.close()
    form = RaterForm(subject, "R1")
    qtbot.addWidget(form)
    words = [form.which.itemText(i) for i in range(form.which.count())]
    assert words == ["continue pass 1", "new pass 2"]
    assert form.which.currentText() == "continue pass 1", "as it is not whole"
    qtbot.mouseClick(
        form.buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton
    )
    sitting = form.sitting
    assert sitting is not None
    assert sitting.take.values[:6].tolist() == [[0.5, 0.5]] * 6
    again = RaterForm(subject, "R1")
    qtbot.addWidget(again)
    again.which.setCurrentIndex(0)
    again.accept()
    assert again.sitting is None
    assert "another window" in again.problem.text()
    again.rater.setText("a b")
    again.accept()
    assert "not a valid rater label" in again.problem.text()
    sitting.file.close()


def test_a_pass_that_is_continued_begins_where_ratings_are_missing(qtbot, opened, subject):
    values = np.full((len(subject.times), 2), np.nan)
    values[:7] = 0.5
    write_ratings(subject.file("R1"), Rating("R1", subject.times[:7], values[:7]))
    window = opened()
    until_shown(qtbot, window)
    assert window.moment == subject.times[7]


def test_another_pass_is_offered_first_where_the_last_one_is_whole(qtbot, subject):
    values = np.tile([0.5, np.nan], (len(subject.times), 1))
    write_ratings(subject.file("R1"), Rating("R1", subject.times, values))
    form = RaterForm(subject, "R1", "valence")
    qtbot.addWidget(form)
    assert form.which.currentText() == "new pass 2"
    form.order.setCurrentIndex(form.order.findData("apart"))
    assert form.which.currentText() == "continue pass 1", "of which arousal is left"


def test_the_command_says_at_its_end_where_the_ratings_are(qtbot, subject, monkeypatch, capsys):
    def rated(app):
        there = (w for w in app.topLevelWidgets() if isinstance(w, RateWindow))
        (window,) = (w for w in there if w.isVisible())
        for axes in moves.pop(0):
            window.choose_axes(axes)
            window.play_or_pause()
            window.pause()
        window.close()
        return 0

    monkeypatch.setattr(launch, "_execute", rated)
    moves = [["valence"], []]
    assert launch.run_rating(subject, rater="R1", order="apart") == 0
    said = f"ratings of R1 (valence {100 // len(subject.times)} %, arousal 0 %): "
    assert capsys.readouterr().out == f"{said}{subject.file('R1')}\n"
    assert launch.run_rating(subject, rater="R2") == 0
    assert capsys.readouterr().out == f"nothing of {subject.name} was rated by R2\n"

    def cancelled(app):
        (form,) = (w for w in app.topLevelWidgets() if isinstance(w, RaterForm) and w.isVisible())
        form.reject()
        return 0

    monkeypatch.setattr(launch, "_execute", cancelled)
    assert launch.run_rating(subject, rater="") == 0
    assert capsys.readouterr().out == f"nothing of {subject.name} was rated\n"


def test_what_the_model_says_is_nowhere_in_the_window(qtbot, opened):
    window = opened()
    until_shown(qtbot, window)
    assert window.parts.view.faces == ()
    assert not window.parts.plot.series
    assert not window.plane.show_words


def test_a_file_that_cannot_be_saved_is_told_and_tried_again(qtbot, opened, clock, subject):
    window = opened()
    until_shown(qtbot, window)
    window.plane.put(0.5, 0.5)
    window.play_or_pause()
    run(qtbot, window, clock, 3)
    subject.file("R1").write_text("somebody else's\n")
    window.pause()
    qtbot.waitUntil(lambda: (window.tick(), bool(window.saving.problem))[1])
    assert "changed by another program" in window.toast.text()
    subject.file("R1").unlink()
    assert saved(window)[:4, 0].tolist() == [0.5] * 4


def test_a_folder_that_is_no_session_is_refused_in_a_sentence(qtbot, tmp_path):
    rates = Rates(DARK)
    said: list[str] = []
    rates.refused.connect(said.append)
    rates.ask(tmp_path)
    assert "not a session folder" in said[0]
    assert not rates.windows
