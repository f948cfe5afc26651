"""Asks who rates, which pass it is, and what of valence and arousal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from ....model.errors import InputError
from ....model.metrics import AXES
from ....model.ratings.passes import label_of_pass
from ...rating.rated_file import RatedFile
from ...rating.subject import Subject
from ...rating.take import Take
from ..qt.form_end import FormEnd
from ..widgets.inputs import Choice

Order = tuple[tuple[str, ...], ...]
"""What is rated in each run through the video."""
ORDERS: Final[dict[str, tuple[str, Order]]] = {
    "both": ("valence and arousal together", (AXES,)),
    "apart": ("valence, then arousal", (("valence",), ("arousal",))),
    "valence": ("valence", (("valence",),)),
    "arousal": ("arousal", (("arousal",),)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Sitting:
    """A recording, a pass over it, and the file that it goes to, held until that is closed."""

    subject: Subject
    label: str
    take: Take
    file: RatedFile
    order: Order


def begin_sitting(subject: Subject, label: str, order: Order) -> Sitting:
    """Begin a pass, or continue the one that has a file. Raises `InputError` where it cannot be."""
    path = subject.file(label)
    there = path.exists()
    take = subject.read(label) if there else Take(subject.times)
    return Sitting(subject, label, take, RatedFile(path, mine=there), order)


class RaterForm(QDialog):
    """`sitting` holds what was accepted."""

    def __init__(
        self, subject: Subject, rater: str = "", order: str = "both", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.sitting: Sitting | None = None
        self._subject = subject
        self.setWindowTitle(f"Rate {subject.name}")
        self.setAccessibleName("Who rates what")
        form = QFormLayout(self)
        hint = QLabel(
            "Rate the expression that you see. What the model says is not shown. Your ratings "
            "are saved while you rate, beside the recording."
        )
        hint.setProperty("muted", True)
        hint.setWordWrap(True)
        form.addRow(hint)
        self.rater = QLineEdit(rater)
        self.rater.setMaxLength(48)
        self.rater.setPlaceholderText("a label, as R1")
        self.rater.setAccessibleName("Rater")
        self.rater.setToolTip("Letters, digits, - and _; it names your file")
        self.rater.textChanged.connect(self._offer)
        form.addRow("Rater", self.rater)
        self.which = Choice()
        self.which.setAccessibleName("Pass")
        self.which.setToolTip("Continue a pass, or rate the recording again")
        form.addRow("Pass", self.which)
        self.order = Choice()
        self.order.setAccessibleName("What is rated")
        self.order.setToolTip("Both at once in the circumplex, or one in each run")
        for name, (words, _) in ORDERS.items():
            self.order.addItem(words, name)
        self.order.setCurrentIndex(max(self.order.findData(order), 0))
        form.addRow("Rate", self.order)
        self._end = FormEnd(self, form.addRow, "Start")
        self.problem, self.buttons = self._end.problem, self._end.buttons
        self.setMinimumWidth(420)
        self.order.currentIndexChanged.connect(self._choose)
        self._offer()

    def _offer(self) -> None:
        """Offer the passes of the rater who is named now."""
        self.which.clear()
        rater = self.rater.text().strip()
        try:
            new = self._subject.next_pass(rater)
        except InputError:
            self.which.addItem("first pass", 1)
            return
        for number in range(1, new):
            self.which.addItem(f"continue pass {number}", number)
        self.which.addItem("first pass" if new == 1 else f"new pass {new}", new)
        self._choose()

    def _choose(self) -> None:
        """Offer first to continue the last pass, where it lacks some of what is rated now; a new
        one else."""
        last = self.which.count() - 1
        continued = last - 1
        if continued >= 0 and self._lacks(continued + 1):
            last = continued
        self.which.setCurrentIndex(last)

    def _lacks(self, number: int) -> bool:
        wanted = {axis for run in ORDERS[self.order.currentData()][1] for axis in run}
        try:
            shares = self._subject.share_rated(label_of_pass(self.rater.text().strip(), number))
        except InputError:
            return False
        return any(share < 1 for axis, share in zip(AXES, shares, strict=True) if axis in wanted)

    def accept(self) -> None:
        """Begin, or say why that cannot be."""
        label = label_of_pass(self.rater.text().strip(), self.which.currentData() or 1)
        try:
            self.sitting = begin_sitting(self._subject, label, ORDERS[self.order.currentData()][1])
        except InputError as error:
            self._end.refuse(str(error))
            return
        super().accept()
