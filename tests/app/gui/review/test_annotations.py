"""Intervals, preset labels and files of other programs in the review."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from avce.app.gui.qt.preferences import Preferences
from avce.app.gui.qt.theme import DARK
from avce.app.gui.review.review_window import ReviewWindow
from avce.app.gui.review.reviews import Reviews
from avce.app.session.annotations import read_annotations, write_annotations
from avce.app.session.reader import Event, read_session

from ...study_folders import columns, session


@pytest.fixture
def chosen(tmp_path: Path) -> Preferences:
    return Preferences(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def window(qtbot, tmp_path: Path, chosen: Preferences) -> ReviewWindow:
    path = session(
        tmp_path / "s", columns(np.arange(0, 20, 0.1), valence=0.1, arousal=0.2), [(3.0, "clip")]
    )
    made = Reviews(DARK, preferences=chosen).show(path)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    return made


def stored(window: ReviewWindow) -> tuple[Event, ...]:
    return read_session(window.review.path).events


def test_a_marker_becomes_an_interval_that_ends_at_the_cursor(qtbot, window):
    window.events.choose(window.history.markers[0])
    window.playhead.go(7.5)
    QTest.keyClick(window, Qt.Key.Key_E)
    assert stored(window) == (Event(3.0, "clip", 4.5),)
    qtbot.waitUntil(lambda: window.events.table.item(0, 0).text() == "0:03.0 – 0:07.5")
    window.commands["undo"].trigger()
    assert stored(window) == (Event(3.0, "clip"),)


def test_the_ends_of_an_interval_can_be_typed(qtbot, window):
    item = window.events.table.item(0, 0)
    item.setText("0:04.5 - 0:06")
    assert stored(window) == (Event(4.5, "clip", 1.5),)
    qtbot.waitUntil(lambda: "–" in window.events.table.item(0, 0).text())
    window.events.table.item(0, 0).setText("0:08 - 0:06")
    assert stored(window) == (Event(4.5, "clip", 1.5),), "an end before the start is none"


def test_the_band_over_the_plot_becomes_an_interval(qtbot, window):
    window.commands["stretch"].trigger()
    window.stretch.select(5.0, 9.0)
    window.stretch.keep()
    assert stored(window)[-1] == Event(5.0, "marker 2", 4.0)
    window.stretch.close()


def test_a_key_sets_a_marker_with_a_preset_label(qtbot, window, chosen):
    assert not window.commands["preset_1"].isVisible()
    dialog = window.presets.edit()
    dialog.field.setPlainText("smile\n\n  look   away \n")
    dialog.accept()
    assert chosen.texts("marker_labels") == ["smile", "look away"]
    assert window.commands["preset_2"].text() == "Marker “look away”"
    assert not window.commands["preset_3"].isVisible()
    window.playhead.go(5.0)
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert stored(window)[-1] == Event(5.0, "look away")


def test_annotations_come_from_elan_and_go_to_praat(qtbot, window, tmp_path, monkeypatch):
    given = (Event(1.0, "smile", 2.0), Event(8.0, "end"))
    path = tmp_path / "a.eaf"
    write_annotations(path, window.review.session, given)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.commands["import_annotations"].trigger()
    assert stored(window) == (Event(1.0, "smile", 2.0), Event(3.0, "clip"), Event(8.0, "end"))
    window.commands["import_annotations"].trigger()
    assert len(stored(window)) == 3, "what already exists is not taken in again"
    out = tmp_path / "b.TextGrid"
    window.exporter.save(out, "textgrid")
    qtbot.waitUntil(lambda: (window.exporter.poll(), out.exists())[1])
    assert read_annotations(out) == list(stored(window))
    window.commands["undo"].trigger()
    assert stored(window) == (Event(3.0, "clip"),), "an import is one change"


def test_a_file_that_holds_no_annotations_is_told(qtbot, window, tmp_path, monkeypatch):
    path = tmp_path / "a.eaf"
    path.write_text("<x/>")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.commands["import_annotations"].trigger()
    assert "not an ELAN file" in window.toast.text()
    assert stored(window) == (Event(3.0, "clip"),)
