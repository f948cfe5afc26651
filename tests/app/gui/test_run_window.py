"""What the settings of a run become, and what is refused before a window opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from avce.app.gui.launch import prepare, run_window, what_starts, with_remembered
from avce.app.gui.live.main_window import MainWindow
from avce.app.gui.qt.dialogs import Page
from avce.app.settings import RunSettings
from avce.app.sources.demo import DemoSource
from avce.model.errors import InputError

from ..stand_ins import FilmSource, frame


def test_settings_go_before_what_was_chosen_last_time(preferences, tmp_path):
    remembered = tmp_path / "last.onnx"
    remembered.touch()
    preferences.put("model", str(remembered))
    preferences.put("max_faces", 4.0)
    assert with_remembered(RunSettings(), preferences).model == remembered
    assert with_remembered(RunSettings(), preferences).faces == 4
    assert with_remembered(RunSettings(faces=1), preferences).faces == 1
    given = with_remembered(RunSettings(model=Path("given.onnx"), faces=2), preferences)
    assert (given.model, given.faces) == (Path("given.onnx"), 2)


def test_a_remembered_network_that_is_gone_is_forgotten(preferences):
    preferences.put("model", "gone.onnx")
    assert with_remembered(RunSettings(), preferences).model is None


@pytest.mark.parametrize(
    "settings",
    [RunSettings(source="nothing-here.mp4"), RunSettings(model=Path("nothing-here.onnx"))],
)
def test_wrong_use_is_refused_before_a_window_opens(settings):
    with pytest.raises(InputError, match="nothing-here"):
        prepare(settings)


def test_a_text_file_named_like_a_video_is_refused(tmp_path):
    wrong = tmp_path / "clip.mp4"
    wrong.write_text("not a video")
    with pytest.raises(InputError, match=r"clip\.mp4"):
        prepare(RunSettings(source=str(wrong)))


def test_the_window_runs_until_it_is_closed_and_stops_its_pipeline(qtbot, backend, preferences):
    def close_when_open() -> None:
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
        running = [w for w in windows if w.backend is backend and w.running is not None]
        if running:
            running[0].close()
        else:
            QTimer.singleShot(5, close_when_open)

    QTimer.singleShot(5, close_when_open)
    assert run_window(RunSettings(source="0"), backend=backend, preferences=preferences) == 0
    assert backend.opened[0].pipeline.calls == ["start", "stop"]


def test_a_run_with_a_duration_closes_its_window_at_the_end(qtbot, backend, preferences):
    def end_when_open() -> None:
        if backend.opened and backend.opened[0].pipeline.state == "running":
            backend.opened[0].pipeline.state = "ended"
        else:
            QTimer.singleShot(5, end_when_open)

    QTimer.singleShot(5, end_when_open)
    settings = RunSettings(source="0", duration=1.0)
    assert run_window(settings, backend=backend, preferences=preferences) == 0


def test_the_first_run_begins_with_what_the_numbers_mean(qtbot, backend, preferences):
    preferences.put("first_run_done", False)
    seen: list[str] = []

    def look() -> None:
        pages = [w for w in QApplication.topLevelWidgets() if type(w).__name__ == "Page"]
        shown = [page for page in pages if page.isVisible()]
        if not shown:
            QTimer.singleShot(5, look)
            return
        seen.append(shown[0].windowTitle())
        seen.append(shown[0].text.toPlainText())
        assert backend.opened == []
        shown[0].button.click()
        shown[0].parentWidget().close()

    QTimer.singleShot(5, look)
    run_window(RunSettings(source="0"), backend=backend, preferences=preferences)
    title, text = seen
    assert title == "What the numbers mean, and what they do not"
    assert "The button at the top left chooses another source" in text
    assert preferences.flag("first_run_done")


def test_a_closed_first_page_starts_the_source(qtbot, backend, preferences):
    window = MainWindow(backend, RunSettings("demo"), preferences)
    qtbot.addWidget(window)
    window.show()
    window.pages.welcome(what_starts(RunSettings(), DemoSource()), window.start)
    page = window.findChild(Page)
    assert "No camera was found. Closing this page starts the demo clip" in page.text.toPlainText()
    assert backend.opened == []
    page.reject()
    qtbot.waitUntil(lambda: len(backend.opened) == 1)
    window.close_now()


def test_the_first_page_tells_an_absent_camera_from_a_demo_that_was_asked_for():
    assert "No camera" not in what_starts(RunSettings("demo"), DemoSource())
    assert "starts film" in what_starts(RunSettings("film.mp4"), FilmSource([frame(0)], "film"))
