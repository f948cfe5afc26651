"""The numbers of a stretch that is dragged over the plot are those of a study."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from avce.app.gui.qt.theme import DARK
from avce.app.gui.review.reviews import Reviews
from avce.app.gui.review.stretch import COLUMNS
from avce.app.study.plan import StudyPlan, Window
from avce.app.study.study import run_study

from ...study_folders import columns, session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two faces, twelve seconds, markers at 4 and 9 s."""
    times = np.repeat(np.arange(100, 112, 0.1), 2)
    n = len(times)
    rows = columns(
        times,
        frame=np.arange(n) // 2,
        face_id=np.tile([0, 1], n // 2),
        valence=np.sin(times) / 2,
        arousal=np.tile([0.25, -0.5], n // 2),
    )
    rows["success"][1:60:2] = False
    return session(tmp_path / "in" / "s", rows, [(104.0, "a"), (109.0, "b")], participant="P1")


def shown(dialog) -> list[dict[str, str]]:
    table = dialog.table
    return [
        {name: table.item(row, at).text() for at, name in enumerate(COLUMNS)}
        for row in range(table.rowCount())
    ]


def test_a_stretch_between_markers_has_the_numbers_of_a_study(qtbot, folder, tmp_path):
    window = Reviews(DARK).show(folder)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    window.commands["stretch"].trigger()
    dialog = window.stretch
    assert dialog is not None
    dialog.select(105.0, 106.0)
    dialog.snap()
    assert dialog.stretch == pytest.approx((104.0, 109.0))
    plan = StudyPlan(faces="all", windows=(Window("w", 0, 5, ("a",)),), min_coverage=0.0)
    run_study(tmp_path / "in", tmp_path / "out", plan, report=False)
    with (tmp_path / "out" / "segments.csv").open(encoding="utf-8") as file:
        expected = list(csv.DictReader(file))
    rows = shown(dialog)
    assert [row["face"] for row in rows] == ["0", "1"]
    for row, own in zip(rows, expected, strict=True):
        assert row["readings"] == own["n"]
        for name in ("share valid", "valence mean", "valence sd", "arousal min", "arousal max"):
            assert row[name] == f"{float(own[name.replace(' ', '_')]):.3f}"
    dialog.select(99.95, 101.95)
    assert next(row["readings"] for row in shown(dialog)) == "20"
    dialog.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == list(COLUMNS)
    assert lines[1].split("\t")[3] == "20"
    dialog.close()
    assert window.stretch is None
    assert dialog.region.scene() is None
