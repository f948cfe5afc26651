"""What a study is to do: the fields of its window, and the plan that they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QWidget

from ...study.plan import StudyPlan, Window
from ..qt.boxes import Part, in_column, in_row
from ..widgets.inputs import Choice, TickBox

USES: Final = {
    "raw": "raw estimates",
    "smooth": "smoothed estimates",
    "relative": "relative to the neutral baseline",
}
CONDITIONS: Final = {
    "session": "as each session says",
    "event": "each event's label",
}
_LABEL_WIDTH: Final = 84
"""Of what stands before a field, in pixels."""
_REACH: Final = 3600.0


class StudyForm(QWidget):
    """The fields begin with a plan, of which they change what they show and keep the rest."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base = StudyPlan()
        self.condition = _choice("Conditions", "What is compared", CONDITIONS)
        self.around = _tick("around each event, from", "Off: a segment is the whole event")
        self.start, self.end = _seconds("Start of the window"), _seconds("End of the window")
        self.windows = QLabel()
        self.windows.setProperty("muted", True)
        self.windows.setWordWrap(True)
        self.less = _tick("subtract the mean from", "Of the seconds around the event's onset")
        self.before, self.until = _seconds("Start of the baseline"), _seconds("End of the baseline")
        self.use = _choice("Values", "Which estimates are used", USES)
        self.quality = _share("Least quality of a reading")
        self.coverage = _share("Least share of a segment that was seen well")
        coverage = QLabel("share of a segment seen well")
        self.mixed = _tick("mixed models of the segments", "With participants as random effects")
        to, seconds = partial(QLabel, "to"), partial(QLabel, "s")
        rows = (
            ("Conditions", self.condition),
            ("Window", self.around, self.start, to(), self.end, seconds()),
            ("Baseline", self.less, self.before, to(), self.until, seconds()),
            ("Values", self.use),
            ("At least", QLabel("quality"), self.quality, coverage, self.coverage),
            ("Models", self.mixed),
        )
        named = [named_row(name, *widgets, None) for name, *widgets in rows]
        named.insert(2, self.windows)
        in_column(*named, of=self, margins=(0, 0, 0, 0))
        for box in (self.around, self.less, self.mixed):
            box.toggled.connect(self._changed)
        for spin in (*self._spins(), self.quality, self.coverage):
            spin.valueChanged.connect(self._changed)
        for choice in (self.condition, self.use):
            choice.currentIndexChanged.connect(self._changed)
        self.show_plan(self._base, ())

    def _spins(self) -> tuple[QDoubleSpinBox, ...]:
        return self.start, self.end, self.before, self.until

    def show_plan(self, plan: StudyPlan, columns: Sequence[str]) -> None:
        """Begin with a plan, as that of a folder's `study.yaml`; columns are those of
        participants.tsv."""
        self.blockSignals(True)
        self._base = plan
        # Columns of another folder's participants.tsv are none of this one's.
        for at in reversed(range(len(CONDITIONS), self.condition.count())):
            self.condition.removeItem(at)
        self.offer(columns)
        at = self.condition.findData(plan.condition)
        if at < 0:
            self.condition.addItem(plan.condition, plan.condition)
            at = self.condition.count() - 1
        self.condition.setCurrentIndex(at)
        own = self._own_windows()
        first = plan.windows[0] if plan.windows and not own else Window("window", 0.0, 5.0)
        self.around.setChecked(bool(plan.windows) and not own)
        self.start.setValue(first.start)
        self.end.setValue(5.0 if first.end is None else first.end)
        names = ", ".join(window.name for window in plan.windows)
        self.windows.setText(f"The windows of study.yaml are used: {names}." if own else "")
        self.windows.setVisible(own)
        self.less.setChecked(plan.baseline is not None)
        self.before.setValue((plan.baseline or (-1.0, 0.0))[0])
        self.until.setValue((plan.baseline or (-1.0, 0.0))[1])
        self.use.setCurrentIndex(self.use.findData(plan.use))
        self.quality.setValue(plan.min_quality)
        self.coverage.setValue(plan.min_coverage)
        self.mixed.setChecked(plan.mixed)
        self.blockSignals(False)
        self._enable()

    def offer(self, columns: Sequence[str]) -> None:
        """Let conditions be named by these columns too."""
        for name in columns:
            if self.condition.findData(name) < 0:
                self.condition.addItem(f"participants.tsv: {name}", name)

    def _own_windows(self) -> bool:
        """Whether the plan's windows are more than these fields can say."""
        windows = self._base.windows
        plain = [w for w in windows if not (w.whole or w.events or w.end is None)]
        return len(windows) > 1 or plain != list(windows)

    def plan(self) -> StudyPlan:
        """What the fields say. Raises `InputError` for what is no plan."""
        windows = self._base.windows
        if not self._own_windows():
            name = windows[0].name if windows else "window"
            own = Window(name, self.start.value(), self.end.value())
            windows = (own,) if self.around.isChecked() else ()
        return replace(
            self._base,
            condition=self.condition.currentData(),
            windows=windows,
            baseline=(self.before.value(), self.until.value()) if self.less.isChecked() else None,
            use=self.use.currentData(),
            min_quality=self.quality.value(),
            min_coverage=self.coverage.value(),
            mixed=self.mixed.isChecked(),
        )

    def _changed(self) -> None:
        self._enable()
        self.changed.emit()

    def _enable(self) -> None:
        own = self._own_windows()
        self.around.setEnabled(not own)
        for spin in (self.start, self.end):
            spin.setEnabled(self.around.isChecked() and not own)
        for spin in (self.before, self.until):
            spin.setEnabled(self.less.isChecked())


def _choice(name: str, tip: str, words: dict[str, str]) -> Choice:
    made = Choice()
    made.setAccessibleName(name)
    made.setToolTip(tip)
    for value, text in words.items():
        made.addItem(text, value)
    return made


def _tick(text: str, tip: str) -> TickBox:
    made = TickBox(text)
    made.setAccessibleName(text)
    made.setToolTip(tip)
    return made


def _seconds(name: str) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setRange(-_REACH, _REACH)
    made.setDecimals(2)
    made.setSingleStep(0.5)
    made.setAccessibleName(name)
    made.setToolTip(f"{name}, in seconds since the event's onset")
    return made


def _share(name: str) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setRange(0.0, 1.0)
    made.setDecimals(2)
    made.setSingleStep(0.05)
    made.setAccessibleName(name)
    made.setToolTip(f"{name}, 0 to 1")
    return made


def named_row(name: str, *parts: Part) -> QWidget:
    """Fields in a row behind their name."""
    row, label = QWidget(), QLabel(name)
    label.setFixedWidth(_LABEL_WIDTH)
    in_row(label, *parts, of=row, margins=(0, 0, 0, 0))
    return row
