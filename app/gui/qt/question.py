"""A question over a window, with an answer on each button; the window stays alive meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

Role = QMessageBox.ButtonRole


class Answer(NamedTuple):
    """A button: its words, its role, and what is done when it is chosen."""

    words: str
    role: QMessageBox.ButtonRole
    then: Callable[[], object] = lambda: None


def ask(
    parent: QWidget, title: str, question: str, detail: str, answers: Sequence[Answer]
) -> QMessageBox:
    """Open a question; returns at once.

    Args:
        detail: what each answer means, in smaller letters.
        answers: the last one is safe: it is chosen by Enter, Escape and by closing the question.
    """
    box = QMessageBox(QMessageBox.Icon.Question, title, question, parent=parent)
    box.setInformativeText(detail)
    buttons = [box.addButton(answer.words, answer.role) for answer in answers]
    box.setDefaultButton(buttons[-1])
    box.setEscapeButton(buttons[-1])
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def answered() -> None:
        chosen = box.clickedButton()
        # None was clicked where the program itself closed the question.
        found = (a for b, a in zip(buttons, answers, strict=True) if b is chosen)
        next(found, answers[-1]).then()

    box.finished.connect(answered)
    box.open()
    return box
