"""A question over a window takes the safe answer, however it is closed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QWidget

from avce.app.gui.qt.question import Answer, Role, ask


@pytest.mark.parametrize("way", ["escape", "enter", "cross", "reject"])
def test_a_question_that_is_not_answered_takes_the_safe_answer(qtbot, way: str) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    done: list[str] = []
    answers = [
        Answer("End", Role.AcceptRole, lambda: done.append("end")),
        Answer("Keep", Role.RejectRole, lambda: done.append("keep")),
    ]
    box = ask(window, "End?", "End it?", "It is kept.", answers)
    ways = {
        "escape": lambda: QTest.keyClick(box, Qt.Key.Key_Escape),
        "enter": lambda: QTest.keyClick(box, Qt.Key.Key_Return),
        "cross": box.close,
        "reject": lambda: QMessageBox.reject(box),
    }
    with qtbot.captureExceptions() as raised:
        ways[way]()
    assert raised == []
    assert done == ["keep"]
