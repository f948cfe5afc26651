"""Pages over the window: what they say, and that they can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QTextCursor

from avce.app.doctor import Check
from avce.app.gui.live import live_backend
from avce.app.gui.live.live_backend import LiveBackend
from avce.app.gui.live.model_chooser import ModelChooser, card_page
from avce.app.gui.qt import help_pages
from avce.app.gui.qt.dialogs import LivePage, Page
from avce.app.gui.qt.theme import DARK, LIGHT
from avce.weights import available_weights, find_weights


def opened(window, kind: type[Page]) -> Page:
    return window.findChildren(kind)[-1]


def test_the_first_page_says_estimated_expression_and_what_it_is_not():
    page = help_pages.meaning(DARK)
    assert "estimated expression" in page
    assert "do not say what a person feels" in page
    assert DARK.valence in page
    assert LIGHT.arousal in help_pages.meaning(LIGHT)


@pytest.mark.parametrize("name", ["meaning", "keys", "about"])
def test_every_page_opens_with_words_on_it(window, name):
    window.commands[name].trigger()
    page = opened(window, Page)
    assert page.isVisible()
    assert len(page.text.toPlainText()) > 20
    page.button.click()
    assert not page.isVisible()


def test_the_check_of_the_computer_runs_beside_the_video(qtbot, window):
    window.commands["doctor"].trigger()
    page = opened(window, LivePage)
    qtbot.waitUntil(lambda: "one, as it should be" in page.text.toPlainText())
    page.close()


def test_reading_the_first_page_is_remembered(window, preferences):
    preferences.put("first_run_done", False)
    window.commands["meaning"].trigger()
    opened(window, Page).button.click()
    assert preferences.flag("first_run_done")


def test_about_names_the_licences_of_what_is_inside(window):
    window.commands["about"].trigger()
    text = opened(window, Page).text.toPlainText()
    assert "Apache License 2.0" in text
    paper = "Emotion-aware Multi-view Contrastive Learning for Facial Emotion Recognition"
    assert paper in " ".join(text.split())
    for name in ("PySide6", "mediapipe", "numpy"):
        assert name in text
    opened(window, Page).close()


def test_details_show_the_numbers_of_the_run(qtbot, window):
    qtbot.waitUntil(lambda: window.statistics is not None)
    window.commands["details"].trigger()
    text = opened(window, LivePage).text.toPlainText()
    assert "34 ms, 95 % below 52 ms" in text
    assert "Fake camera" in text
    opened(window, LivePage).close()


def test_the_model_chooser_shows_the_card_and_runs_the_chosen_network(
    qtbot, window, backend, preferences
):
    window.commands["model"].trigger()
    chooser = window.findChildren(ModelChooser)[-1]
    assert [chooser.list.item(row).text() for row in range(2)] == ["avce-al", "avce-r18"]
    assert "0.871" in chooser.card.toPlainText()
    chooser.list.setCurrentRow(1)
    chooser.use.click()
    qtbot.waitUntil(lambda: len(backend.opened) == 2)
    assert backend.opened[1].settings.model == Path("weights/avce-r18.onnx")
    assert Path(preferences.text("model")) == Path("weights/avce-r18.onnx")


def test_the_default_network_is_shown_first_and_every_card_can_be_read(qtbot, window):
    chooser = ModelChooser(window, LiveBackend(), DARK, None)
    qtbot.addWidget(chooser)
    chooser.show()
    assert chooser.list.currentItem().text() == find_weights(provider="cpu").stem
    assert chooser.list.count() == len(available_weights())
    for row in range(chooser.list.count()):
        chooser.list.setCurrentRow(row)
        assert "Known failures" in chooser.card.toPlainText()
        # The recipe's long lines wrap: nothing lies to the right of what is seen.
        assert chooser.card.horizontalScrollBar().maximum() == 0


def test_no_key_is_broken_into_two_lines(window):
    window.commands["keys"].trigger()
    page = opened(window, Page)
    text = page.text
    found = text.document().find("Ctrl+Shift+O")
    start, end = QTextCursor(found), QTextCursor(found)
    start.setPosition(found.selectionStart())
    end.setPosition(found.selectionEnd())
    assert found.hasSelection()
    assert text.cursorRect(start).top() == text.cursorRect(end).top()
    page.close()


def test_what_was_found_and_what_to_do_are_two_sentences(monkeypatch):
    checks = [Check("Cameras", "warn", "none found", "Plug one in."), Check("Disk", "ok", "3 GB")]
    monkeypatch.setattr(live_backend, "diagnose", lambda: checks)
    said = LiveBackend().doctor()
    assert said == [("Cameras", "none found. Plug one in."), ("Disk", "3 GB")]


def test_a_file_that_is_no_network_says_what_is_missing_and_cannot_be_used(qtbot, window, backend):
    chooser = ModelChooser(window, backend, DARK, Path("else.onnx"))
    qtbot.addWidget(chooser)
    assert "avce.format is missing" in chooser.card.toPlainText()
    assert not chooser.use.isEnabled()


def test_a_card_keeps_the_colours_of_the_axes(backend):
    page = card_page(backend.card(Path("avce-al.onnx")), LIGHT)
    assert LIGHT.valence in page
    assert LIGHT.arousal in page


def test_no_key_and_no_name_is_given_twice(window):
    actions = [action for menu in window.commands.menus.values() for action in menu if action]
    keys = [action.key for action in actions if action.key]
    assert len(keys) == len(set(keys))
    assert len(actions) == len({action.name for action in actions})
