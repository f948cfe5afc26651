"""What raters said of a session: their curves over the plot, their lags, and how far they agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QLabel,
    QWidget,
)

from ....model.metrics import AXES
from ...rating.parts import (
    WINDOW_SECONDS,
    Floats,
    Part,
    PartAgreement,
    by_part,
    over_time,
)
from ...rating.session_ratings import (
    Compared,
    agreement_words,
    compare_ratings,
    face_words,
    lag_words,
)
from ...session.reader import Session
from ..qt.background_task import BackgroundTask
from ..qt.boxes import in_column, in_row, push_button
from ..widgets.timeline_plot import TimelinePlot
from .agreement_plot import AgreementPlot
from .copied_table import CopiedTable
from .rater_curves import SAMPLES, RaterCurves

RATERS: Final = (
    *("rater", "line", "rated (s)", "lag behind the model"),
    *(f"{axis} {name} with the model" for axis in AXES for name in ("CCC", "SAGR")),
)
PARTS: Final = (
    *("part", "from (s)", "to (s)"),
    *(f"{axis} {name}" for axis in AXES for name in ("ICC(A,1)", "ICC(A,k)", "CCC", "SAGR")),
    *(f"{axis} {name} with the model" for axis in AXES for name in ("CCC", "SAGR")),
)
_POLL_MS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    compared: Compared
    parts: list[PartAgreement]
    times: Floats
    curves: Floats


class RatingsDialog(QDialog):
    """Follows the files beside the session; the lines over the plot go when it is closed.

    Args:
        session: as it was read.
        plot: where the raters' curves are drawn.
        parts: gives the parts of the session as they are now.
    """

    gone = Signal()

    def __init__(
        self,
        session: Session,
        plot: TimelinePlot,
        parts: Callable[[], Sequence[Part]],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Ratings of this session")
        self._session, self._plot, self._parts = session, plot, parts
        self._curves = RaterCurves(plot)
        self._task: BackgroundTask[_Found] | None = None
        self._again = False
        self.found: _Found | None = None
        self.correct = QCheckBox("Correct for each rater's lag")
        self.correct.setAccessibleName("Correct for each rater's lag")
        self.correct.setToolTip(
            "Shift each rater's curve back by the lag behind the model, here alone: files stay"
        )
        self.correct.toggled.connect(lambda _: self.refresh())
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setAccessibleName("Agreement of the raters")
        self.raters = CopiedTable(
            RATERS, "Raters", "Each rater, with the lag and the model's agreement"
        )
        self.parts = CopiedTable(PARTS, "Agreement by part", "Agreement between markers")
        for table in (self.raters, self.parts):
            table.verticalHeader().setVisible(False)
        self.over_time = AgreementPlot(plot.theme)
        caption = QLabel(
            f"CCC in windows of {WINDOW_SECONDS:g} s: solid between raters, dashed with the model"
        )
        caption.setProperty("muted", True)
        buttons = in_row(
            self.correct,
            None,
            push_button("Copy raters", "Copy the upper table for a spreadsheet", self.raters.copy),
            push_button("Copy parts", "Copy the lower table for a spreadsheet", self.parts.copy),
            push_button("Close", "Close (Esc)", self.close),
        )
        in_column(
            *(self.said, (self.raters, 2), caption, (self.over_time, 2), (self.parts, 2), buttons),
            of=self,
        )
        self.resize(1040, 560)
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        self.refresh()

    def refresh(self) -> None:
        """Read the files and work everything out anew."""
        if self._task is not None:
            self._again = True
            return
        correct, parts = self.correct.isChecked(), list(self._parts())
        self.said.setText("Comparing…")
        self._task = BackgroundTask(
            "agreement", lambda _: _work(self._session, parts, correct=correct)
        )
        self._timer.start()

    def _poll(self) -> None:
        if self._task is None or not self._task.done:
            return
        task, self._task = self._task, None
        self._timer.stop()
        if self._again:
            self._again = False
            self.refresh()
        elif task.result is None:
            self.found = None
            self.said.setText(task.problem)
            self._curves.clear()
        else:
            self.found = task.result
            self._show(task.result)

    def _show(self, found: _Found) -> None:
        compared = found.compared
        self._curves.show(compared)
        lines = [
            agreement_words(f"{axis}, {len(compared.raters)} raters", each)
            for axis, each in (compared.between or {}).items()
        ]
        lines += [
            agreement_words(f"{axis}, passes of {rater}", each)
            for rater, axes in compared.retest.items()
            for axis, each in axes.items()
        ]
        lines = lines or ["One rater: nobody to agree with but the model."]
        if compared.face:
            lines.append(face_words(compared.face))
        self.said.setText("\n".join(lines))
        self.raters.fill(
            [
                [
                    rater,
                    SAMPLES[number % len(SAMPLES)],
                    f"{compared.seconds[number]:.1f}",
                    lag_words(compared.lags[number], compared.seconds[number]),
                    *(_number(v) for axis in AXES for v in compared.with_model[rater][axis]),
                ]
                for number, rater in enumerate(compared.raters)
            ],
        )
        self.parts.fill([_part_row(part) for part in found.parts])
        zero = self._plot.called(float(found.times[0])) if len(found.times) else 0.0
        self.over_time.show_curves(found.times, found.curves, float(found.times[0]) - zero)

    def done(self, result: int, /) -> None:
        """Take the lines away with the dialog."""
        self._timer.stop()
        self._curves.clear()
        super().done(result)
        self.gone.emit()


def _work(session: Session, parts: list[Part], *, correct: bool) -> _Found:
    compared = compare_ratings(session, correct_lag=correct)
    return _Found(compared, by_part(compared, parts), *over_time(compared))


def _part_row(found: PartAgreement) -> list[str]:
    row = [found.part.name, f"{found.part.start:.2f}", f"{found.part.end:.2f}"]
    for axis in AXES:
        own = found.between[axis] if found.between else None
        values = (own.icc_a1, own.icc_ak, own.ccc, own.sagr) if own else [float("nan")] * 4
        row += [_number(v) for v in values]
    return row + [_number(v) for axis in AXES for v in found.with_model[axis]]


def _number(value: float) -> str:
    return f"{value:+.3f}" if isfinite(value) else ""
