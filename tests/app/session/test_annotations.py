"""Markers and intervals in files of ELAN and Praat, and back."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from pympi import Eaf, TextGrid

from avce.app.session.annotations import read_annotations, write_annotations
from avce.app.session.edits import change_markers
from avce.app.session.reader import Event, Session, read_session
from avce.model.errors import InputError

from ..study_folders import columns, session

EVENTS = (
    Event(0.5, "onset"),
    Event(0.5, 'a "quoted" word, ä'),
    Event(1.25, "smile", 2.5),
    Event(2.0, "talk", 3.0),
    Event(3.75, "frown", 0.25),
    Event(9.0, "end"),
)
PRAAT = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2.5
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.75
            text = ""
        intervals [2]:
            xmin = 0.75
            xmax = 1.5
            text = "say ""a"""
        intervals [3]:
            xmin = 1.5
            xmax = 2.5
            text = ""
    item [2]:
        class = "TextTier"
        name = "clicks"
        xmin = 0
        xmax = 2.5
        points: size = 1
        points [1]:
            number = 1e-05
            mark = "click"
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return session(tmp_path / "s", columns(np.arange(0, 10, 0.1)))


@pytest.fixture
def opened(folder: Path) -> Session:
    return read_session(folder)


@pytest.mark.parametrize("ending", ["eaf", "TextGrid"])
def test_what_is_written_is_read_back(ending: str, opened: Session, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    write_annotations(path, opened, EVENTS)
    found = read_annotations(path)
    expected = sorted(EVENTS, key=lambda event: (event.timestamp, event.label))
    assert [event.label for event in found] == [event.label for event in expected]
    for one, other in zip(found, expected, strict=True):
        assert one.timestamp == pytest.approx(other.timestamp, abs=5e-4)
        assert one.duration == pytest.approx(other.duration, abs=1e-3)
    before = path.read_bytes()
    with pytest.raises(InputError, match="already exists"):
        write_annotations(path, opened, ())
    assert path.read_bytes() == before


def test_elan_reads_the_file_with_a_second_reader(opened: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    write_annotations(path, opened, EVENTS)
    tiers = Eaf(str(path)).get_tier_names()
    assert set(tiers) == {"markers", "markers 2"}, "annotations of one tier never overlap"
    for tier in tiers:
        spans = sorted(Eaf(str(path)).get_annotation_data_for_tier(tier))
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


def test_praats_text_files_have_no_gap_between_intervals(opened: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    write_annotations(path, opened, EVENTS)
    grid = TextGrid(str(path))
    for tier in grid.get_tiers():
        spans = sorted(tier.get_all_intervals())
        if tier.tier_type == "IntervalTier":
            assert spans[0][0] == 0
            assert spans[-1][1] == grid.xmax
            assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))


def test_a_textgrid_of_praat_is_read(tmp_path: Path) -> None:
    path = tmp_path / "p.TextGrid"
    for encoding in ("utf-8", "utf-16"):
        path.write_text(PRAAT, encoding=encoding)
        assert read_annotations(path) == [Event(1e-05, "click"), Event(0.75, 'say "a"', 0.75)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.TextGrid", "hello"),
        ("a.TextGrid", PRAAT[:300]),
        ("a.eaf", "<x/>"),
        ("a.eaf", "<a"),
        ("a.txt", ""),
    ],
)
def test_what_is_no_annotation_file_is_refused(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=name):
        read_annotations(path)


def test_no_markers_and_markers_before_the_start(opened: Session, tmp_path: Path) -> None:
    for ending in ("eaf", "TextGrid"):
        write_annotations(tmp_path / f"none.{ending}", opened, ())
        assert read_annotations(tmp_path / f"none.{ending}") == []
        with pytest.raises(InputError, match="before 0 s"):
            write_annotations(tmp_path / f"early.{ending}", opened, [Event(-1.0, "early")])
        assert not (tmp_path / f"early.{ending}").exists()


def test_intervals_are_stored_and_moments_stay_as_they_were(folder: Path) -> None:
    change_markers(folder, (), (Event(1.0, "a"),))
    assert (folder / "events.csv").read_text() == 'timestamp,label\n1.0,"a"\n'
    change_markers(folder, (), (Event(2.0, "b", 1.5),))
    assert (folder / "events.csv").read_text().splitlines() == [
        "timestamp,label,duration",
        '1.0,"a"',
        '2.0,"b",1.5',
    ]
    assert read_session(folder).events == (Event(1.0, "a"), Event(2.0, "b", 1.5))
    change_markers(folder, (Event(2.0, "b", 1.5),), (Event(2.0, "b", 2.5),))
    assert read_session(folder).events[1].duration == 2.5


def test_a_duration_that_is_none_is_told_and_kept_aside(folder: Path) -> None:
    rows = '1.0,"a",x\n2.0,"b",-1\n3.0,"c",\n'
    (folder / "events.csv").write_text(f"timestamp,label,duration\n{rows}")
    found = read_session(folder)
    assert found.events == (Event(3.0, "c"),)
    assert any("2 unreadable line(s) of events.csv" in words for words in found.damaged)
