"""The window of a study: a folder is looked over, worked out in the background, and reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
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
