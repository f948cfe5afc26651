"""The review window with pictures, a second session, a replay, and folders that are broken."""

from __future__ import annotations

import gc
import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent

from avce.app.analysis import Analysis
from avce.app.gui.open_review import show_review
from avce.app.gui.review import ReviewWindow
from avce.app.gui.review_data import OTHER, load
from avce.app.gui.review_tools import ReviewTools, faces_at_peaks
from avce.app.gui.theme import DARK, LIGHT
from avce.app.replay import Replay
from avce.app.session import ModelInfo, SessionWriter, SourceInfo
from avce.app.sources.base import Frame
from avce.model.errors import InputError

from .conftest import reading_at
from .test_review import folder, review, write_session

__all__ = ["folder", "review"]

DONE = Replay(True, 3, 3, 3, 3, 0, 0, (0.0, 0.0), (0.0, 0.0))


def with_pictures(folder: Path, *, lossless: bool = True) -> tuple[Path, list[np.ndarray]]:
    """Thirty pictures at 15 a second, each of its own colours, with one face that smiles once."""
    writer = SessionWriter(
        folder,
        source=SourceInfo("video", "clip", size=(64, 48)),
        model=ModelInfo(Path("none.onnx"), "ab", "cpu"),
        record_video=True,
        lossless=lossless,
    )
    rng = np.random.default_rng(2)
    pictures = []
    for i in range(30):
        rgb = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
        at = 0.0333 + i / 15
        reading = reading_at(at, 0.8 * np.exp(-((i - 15) ** 2) / 9.0), 0.0, index=i)
        writer.write(Analysis(Frame(i, at, rgb, 0.0), (reading,)))
        pictures.append(rgb)
    writer.close()
    return writer.path, pictures


def shown(qtbot, path: Path, **tools: object) -> ReviewWindow:
    window = ReviewWindow(load(path), ReviewTools(**tools))  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    return window


def test_every_step_shows_the_picture_of_its_own_row(qtbot, tmp_path):
    path, pictures = with_pictures(tmp_path)
    window = shown(qtbot, path, faces=lambda _: {})
    for number, rgb in enumerate(pictures):
        qtbot.waitUntil(
            lambda rgb=rgb: (
                window.panes.view.frame is not None
                and np.array_equal(window.panes.view.frame.rgb, rgb)
            )
        )
        analysis = window.panes.view._analysis
        assert analysis is not None
        assert analysis.readings[0].frame == number
        window.commands["step"].trigger()
    window.close()


def test_faces_stand_at_the_peaks_even_where_the_network_is_not_at_hand(qtbot, tmp_path):
    path, _pictures = with_pictures(tmp_path)
    loaded = load(path)
    faces = faces_at_peaks(loaded)
    assert len(faces) == len(loaded.found) == 1
    window = shown(qtbot, path)
    table = window.events.table
    qtbot.waitUntil(lambda: not table.item(0, 1).icon().isNull(), timeout=20_000)
    assert table.item(0, 1).text().startswith("valence")
    window.close()


def test_a_damaged_video_is_told_in_the_picture(qtbot, tmp_path):
    path, _ = with_pictures(tmp_path)
    (path / "video.mkv").write_bytes(b"no video")
    window = shown(qtbot, path)
    qtbot.waitUntil(lambda: window.panes.view.state == "failed")
    window.commands["replay"].trigger()
    qtbot.waitUntil(lambda: window.strip.errand is None)
    assert window.strip.words.text()
    window.close()


def test_a_missing_video_is_told_in_the_heading(tmp_path):
    path, _ = with_pictures(tmp_path)
    (path / "video.mkv").unlink()
    loaded = load(path)
    assert loaded.video is None
    assert "Its video is missing." in loaded.warnings


def test_a_replay_shows_its_progress_and_its_result(qtbot, tmp_path):
    path, _ = with_pictures(tmp_path)
    gate = threading.Event()

    def slowly(_, go_on):
        go_on(0.5)
        assert gate.wait(10)
        return DONE

    window = shown(qtbot, path, replay=slowly, faces=lambda _: {})
    window.commands["replay"].trigger()
    qtbot.waitUntil(lambda: window.strip.bar.value() == 500)
    window.commands["replay"].trigger()  # runs already: nothing more begins
    gate.set()
    qtbot.waitUntil(lambda: window.strip.errand is None)
    assert "All 3 estimates in 3 frames are the same" in window.strip.words.text()
    window.strip.button.click()
    assert not window.strip.isVisible()
    window.close()


def test_a_replay_can_be_stopped(qtbot, tmp_path):
    path, _ = with_pictures(tmp_path)

    def until_told(_, go_on):
        while go_on(0.1):
            time.sleep(0.001)
        return replace(DONE, stopped=True, replayed=1)

    window = shown(qtbot, path, replay=until_told, faces=lambda _: {})
    window.commands["replay"].trigger()
    window.strip.button.click()
    qtbot.waitUntil(lambda: window.strip.errand is None)
    assert "Stopped after 1 of 3 frames" in window.strip.words.text()
    window.close()


def test_a_replay_that_cannot_be_made_says_why(qtbot, tmp_path):
    path, _ = with_pictures(tmp_path)
    window = shown(qtbot, path, faces=lambda _: {})
    window.commands["replay"].trigger()
    qtbot.waitUntil(lambda: window.strip.errand is None)
    assert "none.onnx" in window.strip.words.text()
    window.close()


def test_closing_ends_every_thread_and_leaves_no_widget(qtbot, tmp_path):
    path, _ = with_pictures(tmp_path)

    def until_told(_, go_on):
        while go_on(0.1):
            time.sleep(0.001)
        return DONE

    before = set(threading.enumerate())
    for number in range(4):
        window = show_review(path, DARK if number % 2 else LIGHT)
        window.tools = replace(window.tools, replay=until_told)
        window.strip._work = lambda errand: until_told(None, errand.go_on)
        window.commands["replay"].trigger()
        window.commands["play"].trigger()
        began = time.monotonic()
        window.close()
        assert time.monotonic() - began < 2.0
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
        assert not shiboken6.isValid(window)
        gc.collect()
    left = [thread for thread in set(threading.enumerate()) - before if thread.name != "avce-faces"]
    for thread in left:
        thread.join(5)
    assert not [thread for thread in left if thread.is_alive()]


def test_a_second_session_is_laid_over_this_one_at_a_marker(review, tmp_path):
    path = write_session(tmp_path / "other", start=5000.0)
    # The other one has the same curve 1 s earlier than its marker says.
    (path / "events.csv").write_text('timestamp,label\n5003.5,"first"\n5001.0,"second"\n')
    review.compare_with(load(path))
    card = review.comparison
    assert [card.choice.itemText(i) for i in range(card.choice.count())] == [
        "aligned at both starts",
        "aligned at “first”",
    ]
    assert card.result is not None
    assert card.result.rmse == (pytest.approx(0, abs=1e-6), pytest.approx(0, abs=1e-6))
    assert card.result.ccc[0] == pytest.approx(1.0)
    card.choice.setCurrentIndex(1)
    assert card.shift == pytest.approx(102.5 - 5003.5)
    series = review.plot.series
    np.testing.assert_allclose(series[OTHER + 1].time, series[1].time - 1.0, atol=1e-6)
    # At 106 s the other curve is where this one is a second later, at its peak.
    here = card.at(106.0)
    assert here[0] == pytest.approx(0.8 - 0.8 * np.exp(-1.0), abs=1e-5)
    assert here[1] == pytest.approx(0.0, abs=1e-6)
    review.go(106.0)
    assert "+0.51" in card.numbers.text()


def test_a_comparison_ends_and_leaves_nothing_behind(review, tmp_path):
    choice = review.panes.timeline.face_choice
    for name in ("one", "two"):
        review.compare_with(load(write_session(tmp_path / name, start=50.0)))
        review.panes.timeline.refresh()
        assert [choice.itemText(i) for i in range(choice.count())][-1] == f"{name}, face 1"
        assert choice.count() == 3
    choice.setCurrentIndex(2)
    review.comparison.close_button.click()
    review.panes.timeline.refresh()
    assert set(review.plot.series) == {1}
    assert (choice.count(), choice.currentIndex()) == (2, 0)
    assert review.comparison.isHidden()
    assert review.other is None


def test_sessions_that_share_no_moment_say_so(review, tmp_path):
    path = write_session(tmp_path / "other", start=0.0)
    (path / "events.csv").write_text('timestamp,label\n500.0,"first"\n')
    review.compare_with(load(path))
    review.comparison.choice.setCurrentIndex(1)
    assert "share no moment" in review.comparison.numbers.text()


def test_facts_of_any_kind_open(qtbot, folder):
    info = {"format": 1, "status": 7, "source": [1], "model": "x", "faces": None, "video": {}}
    (folder / "session.json").write_text(json.dumps(info))
    window = shown(qtbot, folder)
    assert sum("nothing readable" in warning for warning in window.review.warnings) == 3
    window.close()


def test_names_are_shown_as_they_are(qtbot, tmp_path):
    window = shown(qtbot, write_session(tmp_path / "<b>x</b>&amp;"))
    assert "&lt;b&gt;x&lt;/b&gt;&amp;amp;" in window.parts._heading.text()
    window.close()


def test_folders_that_are_too_much_are_refused_in_a_sentence(folder, monkeypatch):
    with (folder / "events.csv").open("a") as file:
        file.writelines(f'{i}.0,"m"\n' for i in range(2001))
    with pytest.raises(InputError, match="2002 markers; a review shows 2000"):
        load(folder)
    monkeypatch.setitem(
        __import__("avce.app.session_reading").app.session_reading._MOST_BYTES, "frames.csv", 100
    )
    with pytest.raises(InputError, match="more than the 0 MB"):
        load(folder)


def test_of_a_crowd_the_faces_seen_most_are_drawn(folder):
    frames = folder / "frames.csv"
    with frames.open("a") as file:
        for face in range(2, 60):
            file.write(f"{200 + face},{200 + face},{face},1,1,1,1,1,1,0.5,0.5,0.5,0.5,,\n")
    loaded = load(folder)
    assert len(loaded.series) == 32
    assert 1 in loaded.series
    assert any("The 32 faces seen most of 59" in warning for warning in loaded.warnings)
