"""An export to BIDS that would replace files asks first, in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from avce.app.gui.qt.theme import DARK
from avce.app.gui.review.review_window import ReviewWindow
from avce.app.gui.review.reviews import Reviews
from avce.app.session.export import export_session

from .test_faces import lost_and_found


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A data set that holds a first session of P01."""
    first = lost_and_found(tmp_path / "20260101-090909_talk")
    export_session(first, "bids", tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture
def review(qtbot, tmp_path: Path) -> ReviewWindow:
    """A second session of P01."""
    folder = lost_and_found(tmp_path / "20260101-101010_talk")
    (folder / "frames.csv").write_bytes(
        (folder / "frames.csv").read_bytes().replace(b"0.4", b"0.3")
    )
    window = Reviews(DARK).show(folder)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    return window


def content(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.rglob("*_physio.tsv.gz")}


def asked(qtbot, review: ReviewWindow, root: Path) -> QMessageBox:
    """The question that the export asks."""
    review.exporter.save(root, "bids")
    qtbot.waitUntil(lambda: review.findChild(QMessageBox) is not None)
    box = review.findChild(QMessageBox)
    assert box is not None
    return box


def press(qtbot, box: QMessageBox, words: str) -> None:
    button = next(each for each in box.buttons() if each.text() == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_nothing_is_replaced_before_the_question_is_answered(qtbot, review, exported):
    before = content(exported)
    box = asked(qtbot, review, exported)
    assert "of session 20260101-090909_talk" in box.text()
    assert content(exported) == before
    press(qtbot, box, "Cancel")
    assert content(exported) == before


def test_replacing_puts_this_session_in_the_place_of_the_other(qtbot, review, exported):
    before = content(exported)
    press(qtbot, asked(qtbot, review, exported), "Replace")
    qtbot.waitUntil(lambda: "Saved: " in review.toast.text())
    after = content(exported)
    assert after.keys() == before.keys()
    assert all(after[name] != before[name] for name in after)


def test_keeping_both_adds_a_run_and_then_another(qtbot, review, exported):
    before = content(exported)
    for number in (2, 3):
        press(qtbot, asked(qtbot, review, exported), "Keep both")
        qtbot.waitUntil(lambda: "Saved: " in review.toast.text())
        review.toast.say("")
        runs = {name for name in content(exported) if f"_run-{number}_" in name}
        assert len(runs) == len(before)
    after = content(exported)
    assert {name: after[name] for name in before} == before
    assert len(after) == 3 * len(before)
