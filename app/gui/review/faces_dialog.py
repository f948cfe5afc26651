"""Asks who the faces of a session are: a name for each, and which numbers are one person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from ....model.session_people import LONGEST_NAME, People
from ...session.reader import Session
from ...session.video import frame_of_rows
from ..qt.boxes import in_column
from ..qt.form_end import FormEnd
from ..widgets.inputs import Choice


def seen_together(session: Session, people: People) -> str:
    """Why two numbers cannot be one person, in a sentence; "" where all can."""
    readings = session.readings
    seen = readings["success"]
    numbers, frames = readings["face_id"][seen], frame_of_rows(session)[seen]
    persons = people.numbers(numbers)
    # Of a person, numbers that were merged by way of a third one are one too.
    order = np.lexsort((numbers, frames, persons))
    same = (np.diff(persons[order]) == 0) & (np.diff(frames[order]) == 0)
    pairs = np.stack([numbers[order][:-1], numbers[order][1:]])[:, same]
    pairs = pairs[:, pairs[0] != pairs[1]]
    if not pairs.shape[1]:
        return ""
    found, counts = np.unique(pairs, axis=1, return_counts=True)
    one, other = found[:, 0].tolist()
    count = "1 frame" if counts[0] == 1 else f"{counts[0]} frames"
    return f"Face {other} and face {one} are in the same frame ({count}): they are two people."


class FacesDialog(QDialog):
    """`people` holds what was accepted.

    Args:
        session: with its readings as they were recorded.
        faces: the numbers to ask for.
    """

    def __init__(self, session: Session, faces: Sequence[int], parent: QWidget) -> None:
        super().__init__(parent)
        self.people = session.people
        self._session = session
        self.setWindowTitle("Faces")
        self.setAccessibleName("Names of faces")
        hint = QLabel(
            "Names and merged numbers are stored beside the readings, which are not changed. "
            "Exports carry them."
        )
        hint.setProperty("muted", True)
        hint.setWordWrap(True)
        self.names: dict[int, QLineEdit] = {}
        self.same: dict[int, Choice] = {}
        inner = QWidget()
        grid = QGridLayout(inner)
        for column, words in enumerate(("face", "name", "same person as")):
            grid.addWidget(QLabel(words), 0, column)
        for row, face in enumerate(faces, 1):
            name = self.names[face] = QLineEdit(self.people.names.get(face, ""))
            name.setMaxLength(LONGEST_NAME)
            name.setAccessibleName(f"Name of face {face}")
            name.setToolTip("A name or a code; stored in the session's folder")
            choice = self.same[face] = Choice()
            choice.setAccessibleName(f"Face {face} is the same person as")
            choice.setToolTip("The number that this person had before")
            choice.addItem("nobody else", None)
            for other in faces:
                if other < face:
                    choice.addItem(f"face {other}", other)
            choice.setCurrentIndex(max(choice.findData(self.people.same.get(face)), 0))
            grid.addWidget(QLabel(str(face)), row, 0)
            grid.addWidget(name, row, 1)
            grid.addWidget(choice, row, 2)
        grid.setRowStretch(len(faces) + 1, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        layout = in_column(hint, area, of=self)
        self._end = FormEnd(self, layout.addWidget)
        self.problem, self.buttons = self._end.problem, self._end.buttons
        self.resize(520, 320)
        if faces:
            self.names[faces[0]].setFocus()

    def accept(self) -> None:
        """Take what was said, unless two numbers that were seen together are called one person."""
        names = {face: " ".join(field.text().split()) for face, field in self.names.items()}
        same = {face: choice.currentData() for face, choice in self.same.items()}
        people = People(
            {face: name for face, name in names.items() if name},
            {face: other for face, other in same.items() if other is not None},
        )
        problem = seen_together(self._session, people)
        if problem:
            self._end.refuse(problem)
            return
        self.people = people
        super().accept()
