"""The report: one file that needs no other, figures that draw what the epochs hold."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from avce.app.study.courses import gather
from avce.app.study.plan import StudyPlan, Window
from avce.app.study.study import run_study

from ..study_folders import columns, session

EVENTS = [(2.0, "a<b $x^"), (6.0, "calm")]
SEGMENTS = [{"used": True, "window": "w", "onset": 0.0, "start": -1.0, "end": 3.0}]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    times = np.arange(0, 10, 0.1)
    for i in range(3):
        step = np.where((times >= 2) & (times < 6), 0.3 + 0.1 * i, 0.0)
        rows = columns(times, valence=step, arousal=-step / 2)
        session(folder / "in" / f"s{i}", rows, EVENTS, participant=f"<P{i}>")
    windows = (Window("w", -1.0, 3.0),)
    plan = StudyPlan(condition="event", windows=windows, baseline=(-1, 0), mixed=True)
    run_study(folder / "in", folder / "out", plan)
    return folder / "out"


def test_the_report_is_one_file_in_which_no_label_is_markup(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert "http" not in re.sub(r"base64,[^\"]*", "", page)
    assert "&lt;P0&gt;" in page
    assert "<P0>" not in page
    assert page.count("<img ") == 4
    assert "<h2>Mixed models</h2>" in page


def test_each_figure_is_there_as_svg_and_png_for_a_page_and_for_a_column(out: Path) -> None:
    found = {path.name for path in (out / "figures").iterdir()}
    stems = ("circumplex-1-w", "course-1-w", "differences", "quality")
    wanted = {stem + width for stem in stems for width in ("", "-column")}
    assert found == {f"{name}.{kind}" for name in wanted for kind in ("png", "svg")}
    for name in wanted:
        svg = (out / "figures" / f"{name}.svg").read_text(encoding="utf-8")
        points = float(re.findall(r'width="([\d.]+)pt"', svg)[0])
        assert points <= (85 if name.endswith("-column") else 180) / 25.4 * 72 + 0.01


@pytest.mark.slow
def test_figures_and_tables_are_the_same_every_time(out: Path) -> None:
    names = sorted(path.name for path in (out / "figures").iterdir())
    again = out.parent / "again"
    plan = StudyPlan(condition="event", windows=(Window("w", -1.0, 3.0),), baseline=(-1, 0))
    run_study(out.parent / "in", again, plan)
    for name in (*(f"figures/{n}" for n in names), "contrasts.csv"):
        assert (again / name).read_bytes() == (out / name).read_bytes()


def test_courses_are_the_means_of_the_epochs_by_condition_and_person(out: Path) -> None:
    courses = gather(out / "epochs.parquet", SEGMENTS, 10.0)["w"]
    assert courses.conditions == ["a<b $x^", "calm"]
    values = courses.values()
    late = courses.times > 0.2
    seen = np.isfinite(values[0, 0, 0])
    assert courses.times[seen][0] == pytest.approx(-1.0)
    for i in range(3):
        assert values[i, 0, 0, late & seen] == pytest.approx(0.3 + 0.1 * i, abs=1e-6)
        assert values[i, 1, 0, late & seen] == pytest.approx(-0.3 - 0.1 * i, abs=1e-6)
    density = courses.density("calm")
    assert density.sum() == pytest.approx(1.0)
    # Valence is across, arousal up: less valence than before, more arousal.
    arousal, valence = np.argwhere(density > 0.05).T
    assert valence.min() < 20
    assert arousal.max() > 20


def test_what_a_reader_misses_is_said_and_settings_are_in_words(tmp_path: Path) -> None:
    times = np.arange(0, 10, 0.1)
    for i in range(3):
        rows = columns(times, valence=0.1 * i, arousal=0.0)
        events = [(1.0, "calm"), (4.0, "tense"), *[(7.0, "odd")][: 1 - i]]
        session(tmp_path / "in" / f"s{i}", rows, events, participant=f"P{i}")
    plan = StudyPlan(
        condition="event",
        windows=(Window("early", 0.0, 2.0, ("calm", "tense", "odd")),),
        baseline=(-1.0, 0.0),
        conditions={"calm": "calm", "tense": "tense", "odd": "odd"},
    )
    run_study(tmp_path / "in", tmp_path / "out", plan)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "so there is no within; the rarest condition is “odd” (1 participant)." in page
    assert "dark bands" not in page
    assert "Window “early” (0 to 2 s from the onset): valence and arousal over time." in page
    for words in (
        "early: 0 to 2 s from the onset, of calm, tense, odd",
        "calm: calm; tense: tense; odd: odd",
        "-1 to 0 s",
    ):
        assert f"<td>{words}</td>" in page
    settings = page.partition("<h2>Plan</h2>")[2]
    for raw in ("Window(", "{", "None"):
        assert raw not in settings
    assert "@media print" in page
