"""The window of a study: a folder is looked over, worked out in the background, and reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from avce.app.gui.study.study_dialog import StudyDialog
from avce.app.study.plan import StudyPlan, Window

from ...study_folders import columns, session
from ..conftest import PATIENCE_MS

EVENTS = [(2.0, "clip"), (5.0, "rest")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    times = np.arange(0, 8, 0.1)
    for i in range(3):
        rows = columns(times, valence=np.where(times >= 2, 0.1 * i, 0.0), arousal=0.0)
        session(tmp_path / "sessions" / f"s{i}", rows, EVENTS, participant=f"P{i}")
    (tmp_path / "sessions" / "participants.tsv").write_text("participant_id\tage\nP0\t30\n")
    return tmp_path / "sessions"


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Callable[[Path | None], StudyDialog]]:
    dialogs: list[StudyDialog] = []

    def opened(folder: Path | None) -> StudyDialog:
        shown: list[Path] = []
        dialog = StudyDialog(folder, show_report=shown.append)
        dialog.shown_reports = shown  # pyright: ignore[reportAttributeAccessIssue]
        qtbot.addWidget(dialog)
        dialog.show()
        dialogs.append(dialog)
        return dialog

    yield opened
    for dialog in dialogs:
        dialog.close()


def looked(qtbot: QtBot, dialog: StudyDialog) -> None:
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=PATIENCE_MS)


def cells(dialog: StudyDialog, column: int) -> list[str]:
    table = dialog.table
    items = [table.item(row, column) for row in range(table.rowCount())]
    return [item.text() for item in items if item is not None]


def test_a_folder_is_looked_over_and_worked_out_to_a_report(qtbot, folder: Path, opened) -> None:
    dialog = opened(folder)
    looked(qtbot, dialog)
    assert cells(dialog, 0)[:3] == ["P0", "P1", "P2"]
    assert "6 of 6 segments would be used" in dialog.said.text()
    assert "clip (3), rest (3)" in dialog.said.text()
    assert dialog.out.text() == str(folder.with_name("sessions-results"))
    dialog.form.condition.setCurrentIndex(dialog.form.condition.findData("event"))
    dialog.run_button.click()
    assert dialog.run_button.text() == "Stop"
    qtbot.waitUntil(lambda: bool(dialog.shown_reports), timeout=PATIENCE_MS)
    out = folder.with_name("sessions-results")
    assert dialog.shown_reports == [out / "report.html"]
    assert (out / "report.html").is_file()
    assert '"condition": "event"' in (out / "study.json").read_text()
    assert dialog.run_button.text() == "Run"
    # What is there is not replaced.
    dialog.run()
    qtbot.waitUntil(lambda: "already exists" in dialog.said.text(), timeout=PATIENCE_MS)


def test_a_change_of_the_plan_is_looked_over_again(qtbot, folder: Path, opened) -> None:
    dialog = opened(folder)
    looked(qtbot, dialog)
    dialog.form.around.setChecked(True)
    dialog.form.end.setValue(30.0)
    qtbot.waitUntil(lambda: "0 of 6" in dialog.said.text(), timeout=PATIENCE_MS)
    assert cells(dialog, 6)[0].startswith("coverage")
    dialog.form.start.setValue(40.0)
    qtbot.waitUntil(lambda: "must start before it ends" in dialog.said.text(), timeout=PATIENCE_MS)
    assert not dialog.run_button.isEnabled()


def test_the_fields_say_the_plan_of_the_folder_and_change_what_they_show_alone(
    qtbot, folder: Path, opened
) -> None:
    (folder / "study.yaml").write_text(
        "condition: age\nbaseline: [-0.5, 0]\nuse: smooth\nrate: 5\nexclude: {P2: withdrew}\n"
        "windows:\n  early: {start: 0, end: 1}\n  late: {start: 1, end: 2, events: [clip]}\n"
    )
    dialog = opened(folder)
    looked(qtbot, dialog)
    windows = (Window("early", 0.0, 1.0), Window("late", 1.0, 2.0, ("clip",)))
    plan = dialog.form.plan()
    assert plan == StudyPlan(
        use="smooth",
        condition="age",
        windows=windows,
        baseline=(-0.5, 0.0),
        rate=5.0,
        exclude={"P2": "withdrew"},
    )
    assert not dialog.form.around.isEnabled()
    assert "early, late" in dialog.form.windows.text()
    assert "left out: withdrew" in cells(dialog, 6)
    dialog.form.less.setChecked(False)
    assert dialog.form.plan().baseline is None


def another(folder: Path) -> Path:
    """A second folder of sessions, without participants.tsv."""
    rows = columns(np.arange(0, 4, 0.1), valence=0.3, arousal=0.0)
    session(folder.parent / "other" / "s", rows, EVENTS, participant="Q1")
    return folder.parent / "other"


def typed(qtbot: QtBot, dialog: StudyDialog, text: str, key: Qt.Key = Qt.Key.Key_Tab) -> None:
    dialog.folder.setFocus()
    dialog.folder.selectAll()
    qtbot.keyClicks(dialog.folder, text)
    qtbot.keyClick(dialog.folder, key)


def says(qtbot: QtBot, dialog: StudyDialog, words: str) -> None:
    qtbot.waitUntil(lambda: words in dialog.said.text(), timeout=PATIENCE_MS)


def test_another_folder_has_its_own_results_and_conditions(qtbot, folder: Path, opened) -> None:
    dialog, other = opened(folder), another(folder)
    looked(qtbot, dialog)
    dialog.form.condition.setCurrentIndex(dialog.form.condition.findData("age"))
    dialog.take(str(other))
    assert dialog.out.text() == str(folder.parent / "other-results")
    assert dialog.form.condition.findData("age") < 0
    says(qtbot, dialog, "1 recording of 1 participant")
    dialog.out.setText(str(folder.parent / "mine"))
    dialog.take(str(folder))
    assert dialog.out.text() == str(folder.parent / "mine"), "the user's own word stays"
    says(qtbot, dialog, "3 recordings of 3 participants")


def test_enter_in_the_folder_looks_it_over_and_runs_nothing(qtbot, folder: Path, opened) -> None:
    dialog, other = opened(folder), another(folder)
    looked(qtbot, dialog)
    typed(qtbot, dialog, f" {other} ", Qt.Key.Key_Return)
    says(qtbot, dialog, "1 recording of 1 participant")
    assert dialog.run_button.text() == "Run"
    assert not Path(dialog.out.text()).exists()
    typed(qtbot, dialog, " ")
    assert "Choose the folder" in dialog.said.text()
    assert not dialog.run_button.isEnabled()


def test_a_folder_that_comes_back_is_read_when_it_is_named_again(
    qtbot, folder: Path, opened
) -> None:
    dialog = opened(folder)
    looked(qtbot, dialog)
    away = folder.rename(folder.with_name("away"))
    dialog.form.coverage.setValue(0.4)
    says(qtbot, dialog, "There is no folder")
    away.rename(folder)
    typed(qtbot, dialog, str(folder))
    says(qtbot, dialog, "3 recordings of 3 participants")


def test_a_plan_that_cannot_be_read_is_not_left_out_when_a_field_changes(
    qtbot, folder: Path, opened
) -> None:
    (folder / "study.yaml").write_text("ratee: 3\n")
    dialog = opened(folder)
    assert "'ratee' is not one of" in dialog.said.text()
    dialog.form.coverage.setValue(0.4)
    dialog.look()
    assert "'ratee' is not one of" in dialog.said.text()
    assert not dialog.run_button.isEnabled()
    (folder / "study.yaml").write_text("rate: 3\n")
    typed(qtbot, dialog, str(folder), Qt.Key.Key_Return)
    says(qtbot, dialog, "3 recordings of 3 participants")
    assert dialog.form.plan().rate == 3.0


def test_results_need_a_place_and_nothing_else_changes_while_they_are_made(
    qtbot, folder: Path, opened
) -> None:
    dialog = opened(folder)
    looked(qtbot, dialog)
    dialog.out.setText("  ")
    dialog.run_button.click()
    assert dialog.said.text() == "Name a new folder for the results."
    dialog.out.setText(str(folder.parent / "out"))
    dialog.run_button.click()
    choosers = [b for b in dialog.findChildren(QPushButton) if b.text() == "Choose…"]
    assert not any(button.isEnabled() for button in choosers)
    dialog.take(str(another(folder)))
    assert dialog.folder.text() == str(folder)
    qtbot.waitUntil(lambda: bool(dialog.shown_reports), timeout=PATIENCE_MS)
    assert all(button.isEnabled() for button in choosers)
    dialog.run_button.click()
    says(qtbot, dialog, "already exists, and nothing is overwritten: name another folder")


def test_a_recording_without_a_baseline_has_that_as_its_reason(qtbot, folder, opened) -> None:
    dialog = opened(folder)
    looked(qtbot, dialog)
    dialog.form.use.setCurrentIndex(dialog.form.use.findData("relative"))
    says(qtbot, dialog, "0 of 0 segments")
    assert cells(dialog, 6)[0] == "no neutral baseline, so no relative value"


@pytest.mark.parametrize("width", [900, 1280, 1900])
def test_remark_and_recording_are_both_in_sight(qtbot, folder, opened, width: int) -> None:
    dialog = opened(folder)
    dialog.resize(width, 700)
    looked(qtbot, dialog)
    table = dialog.table
    widths = [table.columnWidth(i) for i in range(table.columnCount())]
    assert sum(widths) <= table.viewport().width()
    name = min(table.sizeHintForColumn(7), 110)
    assert min(widths[6], widths[7]) >= name


def test_a_folder_without_sessions_is_told(qtbot, tmp_path: Path, opened) -> None:
    dialog = opened(None)
    assert not dialog.run_button.isEnabled()
    dialog.take(str(tmp_path))
    qtbot.waitUntil(lambda: "no session in" in dialog.said.text(), timeout=PATIENCE_MS)
    assert not dialog.run_button.isEnabled()


def test_a_run_that_is_stopped_or_closed_leaves_nothing(
    qtbot, folder: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = opened(folder)
    looked(qtbot, dialog)
    dialog.run()
    dialog.run_button.click()
    qtbot.waitUntil(lambda: dialog.run_button.text() == "Run", timeout=PATIENCE_MS)
    stopped = "The study was stopped" in dialog.said.text()  # the folder has the test's name
    assert stopped == (not folder.with_name("sessions-results").exists())
