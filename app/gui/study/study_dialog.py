"""The window of a study: its folder and plan, what would be left out, the run and its report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from ....model.errors import AvceError
from ...study.command import plan_of
from ...study.plan import StudyPlan
from ...study.preview import Found, Preview, look_over
from ...study.study import Outcome, run_study
from ..qt.background_task import BackgroundTask
from ..qt.boxes import in_column, in_row, push_button
from .study_form import StudyForm, named_row

COLUMNS: Final = (
    *("participant", "session", "condition", "minutes"),
    *("events", "segments used", "remark", "recording"),
)
REPORT: Final = "report.html"
_REMARK, _RECORDING = COLUMNS.index("remark"), COLUMNS.index("recording")
_NARROWEST: Final = 120
"""Pixels of the recording's name."""
_POLL_MS: Final = 50
_SETTLE_MS: Final = 400
"""After a change, before the sessions are looked over again."""


def open_file(path: Path) -> None:
    """Show a file in the program that the desktop has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.absolute())))


class StudyDialog(QDialog):
    """Looks a folder over whenever something changes, and runs the study when it is asked to.

    Args:
        folder: of the sessions, to begin with; None for none yet.
        show_report: opens the report.
    """

    gone = Signal()

    def __init__(
        self,
        folder: Path | None = None,
        parent: QWidget | None = None,
        *,
        show_report: Callable[[Path], None] = open_file,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Study")
        self.setWindowFlag(Qt.WindowType.WindowMinMaxButtonsHint)
        self._show_report = show_report
        self._look: BackgroundTask[Preview] | None = None
        self._run: BackgroundTask[Outcome] | None = None
        self._again = False
        self._report: Path | None = None
        self._refused = False
        """What is shown is why the folder cannot be studied: it is read anew when asked for."""
        self._plan_problem = ""
        """Why study.yaml of the folder cannot be used: no other plan takes its place."""
        self._offered = ""
        """The place for results that was made up from the folder's name."""
        self.folder, folder_row = _path("Sessions", "The folder of sessions", self._ask_folder)
        self.out, out_row = _path("Results", "A new folder for the results", self._ask_out)
        self.form = StudyForm()
        self._fields = (folder_row, out_row, self.form)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setAccessibleName("What was found")
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels([name.capitalize() for name in COLUMNS])
        self.table.verticalHeader().setVisible(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAccessibleName("Recordings")
        self.table.setToolTip("What the study takes, and what it leaves out and why")
        self.table.horizontalHeader().setSectionResizeMode(_REMARK, QHeaderView.ResizeMode.Stretch)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setAccessibleName("Progress of the study")
        self.bar.hide()
        self.run_button = push_button("Run", "Run the study (Enter)", self._run_or_stop)
        self.run_button.setProperty("primary", True)
        self.run_button.setDefault(True)
        self.report_button = push_button("Open report", "Show report.html", self.open_report)
        self.report_button.hide()
        close = push_button("Close", "Close (Esc)", self.close)
        buttons = in_row(self.report_button, None, self.run_button, close)
        in_column(
            *(
                folder_row,
                out_row,
                self.form,
                self.said,
                (self.table, 1),
                self.bar,
                buttons,
            ),
            of=self,
            margins=(20, 16, 20, 16),
            spacing=10,
        )
        self.resize(900, 680)
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self.look)
        self.folder.editingFinished.connect(lambda: self.take(self.folder.text()))
        self.form.changed.connect(self._settle.start)
        self._taken = ""
        if folder is None:
            self.said.setText("Choose the folder that holds the sessions.")
            self.run_button.setEnabled(False)
        else:
            self.take(str(folder))

    # What the user asks for.

    def take(self, folder: str) -> None:
        """Look at another folder, by its own plan where it has one."""
        folder = folder.strip()
        if self._run is not None or (folder == self._taken and not self._refused):
            return
        self._taken = folder
        self.folder.setText(folder)
        if not folder:
            self._refuse("Choose the folder that holds the sessions.")
            return
        path = self._folder_path()
        if self.out.text().strip() in ("", self._offered):
            self._offered = str(path.with_name(f"{path.name}-results"))
            self.out.setText(self._offered)
        self._plan_problem = ""
        try:
            self.form.show_plan(plan_of(path, None, {}), ())
        except AvceError as error:
            self._plan_problem = str(error)
        self.look()

    def look(self) -> None:
        """Look over the sessions by the plan as it is now."""
        if self._run is not None or not self._taken:
            return
        if self._look is not None:
            self._look.stop()
            self._again = True
            return
        plan = self._plan()
        if plan is None:
            return
        folder = self._folder_path()
        self._refused = False
        self.said.setText("Reading the sessions …")
        self._look = BackgroundTask("look over", lambda task: look_over(folder, plan, task.report))
        self._begin()

    def run(self) -> None:
        """Run the study."""
        plan = self._plan()
        if plan is None or self._run is not None:
            return
        place = self.out.text().strip()
        if not place:
            self.said.setText("Name a new folder for the results.")
            self.out.setFocus()
            return
        if self._look is not None:
            self._look.stop()
        folder, out = self._folder_path(), Path(place).expanduser().absolute()
        self.report_button.hide()
        self.said.setText("Running the study …")
        self._run = BackgroundTask(
            "study", lambda task: run_study(folder, out, plan, tell=task.report)
        )
        self.run_button.setText("Stop")
        self._allow_changes(False)
        self._begin()

    def open_report(self) -> None:
        """Show the report of the study that was run last."""
        if self._report is not None:
            self._show_report(self._report)

    def _run_or_stop(self) -> None:
        if self._run is None:
            self.run()
        else:
            self._run.stop()
            self.run_button.setEnabled(False)

    def _allow_changes(self, yes: bool) -> None:
        for widget in self._fields:
            widget.setEnabled(yes)

    def _folder_path(self) -> Path:
        return Path(self._taken).expanduser().absolute()

    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Sessions of the study", self.folder.text())
        if name:
            self.take(name)

    def _ask_out(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "New folder for the results", self.out.text())
        if name:
            self.out.setText(name)

    def _plan(self) -> StudyPlan | None:
        if self._plan_problem:
            self._refuse(self._plan_problem)
            return None
        try:
            return self.form.plan()
        except AvceError as error:
            self._refuse(str(error))
            return None

    # What the tasks bring.

    def _begin(self) -> None:
        self.bar.setValue(0)
        self.bar.show()
        self._timer.start()

    def _poll(self) -> None:
        task = self._run or self._look
        if task is not None:
            self.bar.setValue(round(task.progress * 1000))
        if self._look is not None and self._look.done:
            self._looked(self._look)
        if self._run is not None and self._run.done:
            self._ran(self._run)
        if self._look is None and self._run is None:
            self._timer.stop()
            self.bar.hide()

    def _looked(self, task: BackgroundTask[Preview]) -> None:
        self._look = None
        if self._again:
            self._again = False
            self.look()
        elif self._run is not None:
            return
        elif task.result is None:
            self._refuse(task.problem)
        else:
            self.show_preview(task.result)

    def _ran(self, task: BackgroundTask[Outcome]) -> None:
        self._run = None
        self.run_button.setText("Run")
        self.run_button.setEnabled(True)
        self._allow_changes(True)
        if task.result is None:
            self.said.setText(task.problem)
            return
        self.said.setText(f"{task.result.words[0].upper()}{task.result.words[1:]}.")
        self._report = task.result.out / REPORT
        self.report_button.show()
        self.open_report()

    def show_preview(self, found: Preview) -> None:
        """Show what a study would take, then what it would leave out."""
        self.form.offer(found.columns)
        labels = ", ".join(f"{name} ({n})" for name, n in found.labels.most_common(8))
        self.said.setText(found.words + (f" Events: {labels}." if labels else " No events."))
        rows = [_taken(each) for each in found.found]
        kinds = {"excluded": "left out: ", "note": ""}
        rows += [
            [r.participant, "", "", "", "", "", kinds[r.kind] + r.reason, r.recording]
            for r in found.remarks
        ]
        self.table.setRowCount(len(rows))
        for i, cells in enumerate(rows):
            for j, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(i, j, item)
        self.table.resizeColumnsToContents()
        self._share_width()
        self.run_button.setEnabled(bool(found.found))

    def _share_width(self) -> None:
        """Give the remarks what room there is; of the recording's name at least the beginning."""
        others = sum(self.table.columnWidth(i) for i in range(_REMARK))
        room = self.table.viewport().width() - others
        wanted = self.table.sizeHintForColumn(_RECORDING) + 8
        self.table.setColumnWidth(_RECORDING, min(wanted, max(_NARROWEST, room * 2 // 5)))

    def _refuse(self, problem: str) -> None:
        self._refused = True
        self.said.setText(problem)
        self.table.setRowCount(0)
        self.run_button.setEnabled(False)

    # Qt's own events.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.folder.hasFocus():
            # The folder is looked over first: nothing is run that was not seen.
            event.accept()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def done(self, result: int, /) -> None:
        """Ask what runs to end: nothing half-done is kept."""
        for task in (self._look, self._run):
            if task is not None:
                task.stop()
        self._timer.stop()
        self._settle.stop()
        super().done(result)
        self.gone.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.done(0)
        event.accept()


def _taken(found: Found) -> list[str]:
    about = found.recording
    return [
        *(about.participant, about.session, about.condition),
        *(f"{found.minutes:.1f}", str(found.events)),
        f"{found.used} of {found.segments}",
        *(found.reason, about.name),
    ]


def _path(name: str, tip: str, ask: Callable[[], None]) -> tuple[QLineEdit, QWidget]:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setToolTip(tip)
    field.setPlaceholderText(tip)
    return field, named_row(name, (field, 1), push_button("Choose…", tip, ask))
