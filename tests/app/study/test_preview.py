"""A look over a folder tells what the study would then do, and either can be stopped."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from avce.app.study.plan import StudyPlan, Window
from avce.app.study.preview import look_over
from avce.app.study.study import StoppedError, run_study

from ..study_folders import columns, session, wandering

EVENTS = [(1.0, "smile"), (4.5, "frown"), (9.0, "smile"), (19.5, "frown")]
PLAN = StudyPlan(
    condition="event", windows=(Window("w", 0.0, 3.0),), baseline=(-1, 0), min_coverage=0.7
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i in range(3):
        session(tmp_path / "in" / f"s{i}", wandering(i), EVENTS, participant=f"P{i}")
    session(tmp_path / "in" / "same", wandering(0), EVENTS, participant="P0")
    session(tmp_path / "in" / "nobody", columns(np.arange(0, 5, 0.1), success=False))
    (tmp_path / "in" / "participants.tsv").write_text("participant_id\tage\nP0\t30\n")
    return tmp_path / "in"


def test_it_finds_what_the_study_uses_and_leaves_out(folder: Path) -> None:
    found = look_over(folder, PLAN)
    outcome = run_study(folder, folder.parent / "out", PLAN, report=False)
    assert sum(each.segments for each in found.found) == outcome.segments
    assert sum(each.used for each in found.found) == outcome.used < outcome.segments
    with (folder.parent / "out" / "segments.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for each in found.found:
        own = [row for row in rows if row["recording"] == each.recording.name]
        assert len(own) == each.segments
        reasons = [row["reason"] for row in own if row["used"] == "0"]
        empty = "no face" if each.events else "it has no event"
        assert each.reason == (reasons[0] if reasons else "" if own else empty)
    assert found.labels == {"smile": 6, "frown": 6}
    assert found.columns == ["age"]
    left_out = {remark.recording for remark in found.remarks if remark.kind == "excluded"}
    assert left_out == {"same", "nobody"} - ({"nobody"} if _has(found, "nobody") else set())
    assert "would be used" in found.words


def _has(found, name: str) -> bool:
    return any(each.recording.name == name for each in found.found)


def test_either_ends_when_it_is_told_to_and_leaves_nothing(folder: Path) -> None:
    told: list[float] = []

    def tell(share: float) -> bool:
        told.append(share)
        return len(told) < 2

    with pytest.raises(StoppedError, match="nothing was written"):
        run_study(folder, folder.parent / "out", PLAN, tell=tell)
    assert [path.name for path in folder.parent.iterdir()] == ["in"]
    assert told == sorted(told)
    assert 0 < told[0] < told[1] < 1
    with pytest.raises(StoppedError):
        look_over(folder, PLAN, lambda _: False)


@pytest.mark.parametrize("figures", [0, 1])
def test_a_report_ends_when_it_is_told_to(folder: Path, figures: int) -> None:
    told: list[float] = []

    def tell(share: float) -> bool:
        told.append(share)
        return told.count(1.0) <= figures + 1

    with pytest.raises(StoppedError):
        run_study(folder, folder.parent / "out", PLAN, tell=tell)
    assert [path.name for path in folder.parent.iterdir()] == ["in"]
