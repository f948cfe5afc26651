"""Who the faces of a session are: named and merged in the review, beside the readings."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from avce.app.gui.qt.theme import DARK
from avce.app.gui.review.data import load
from avce.app.gui.review.faces_dialog import FacesDialog, seen_together
from avce.app.gui.review.reviews import Reviews
from avce.app.session.export import export_session
from avce.app.session.reader import read_session
from avce.app.session.rows import HEADER, row
from avce.model.session_people import People, read_people, write_people

from ..conftest import nobody_at, reading_at


def lost_and_found(folder: Path) -> Path:
    """Face 1 for 5 s, nobody for 2 s, then face 3 for 5 s; face 2 beside both, all at 10 Hz."""
    folder.mkdir(parents=True)
    rows = []
    for i in range(120):
        t = i / 10
        first = 1 if t < 5 else 3
        here = [] if 5 <= t < 7 else [reading_at(t, 0.4, face_id=first, index=i)]
        beside = [reading_at(t, -0.4, face_id=2, index=i)] if not 5 <= t < 7 else []
        rows += here + beside or [nobody_at(t, index=i)]
    (folder / "frames.csv").write_bytes(HEADER + "".join(map(row, rows)).encode())
    (folder / "events.csv").write_text("timestamp,label\n")
    info = {"format": 1, "status": "complete", "participant": "P01"}
    (folder / "session.json").write_text(json.dumps(info))
    (folder / "summary.png").touch()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lost_and_found(tmp_path / "20260101-101010_talk")


@pytest.fixture
def named(folder: Path) -> Path:
    write_people(folder, People({1: "Anna", 2: "Ben, too"}, {3: 1}))
    return folder


def test_two_numbers_of_one_person_are_merged_and_named_in_the_window(qtbot, folder):
    before = (folder / "frames.csv").read_bytes()
    reviews = Reviews(DARK)
    window = reviews.show(folder)
    window.playhead.go(3.0)
    window.commands["name_faces"].trigger()
    dialog = window.findChild(FacesDialog)
    assert dialog.focusWidget() is dialog.names[1]
    qtbot.keyClicks(dialog.names[1], "Anna")
    dialog.same[3].setCurrentIndex(dialog.same[3].findData(1))
    dialog.accept()
    qtbot.waitUntil(lambda: len(reviews.windows) == 1 and reviews.windows[0] is not window)
    (again,) = reviews.windows
    qtbot.addWidget(again)
    assert sorted(again.plot.series) == [1, 2]
    assert again.plot.name_of(1) == "Anna"
    assert len(again.review.series[1].time) == 101  # and the gap between the two
    assert again.playhead.time == 3.0
    assert (folder / "frames.csv").read_bytes() == before
    (task,) = reviews.summaries
    assert task.wait(20.0)
    assert (folder / "summary.png").stat().st_size > 0


def test_the_numbers_are_headed_by_the_name_of_the_person(qtbot, named):
    window = Reviews(DARK).show(named)
    qtbot.addWidget(window)
    heading = window.panes.readout.heading
    window.playhead.go(3.0)
    assert heading.text() == "Estimated expression, Anna (face 1)"
    window.playhead.go(9.0)  # the number is another one, the person the same
    assert heading.text() == "Estimated expression, Anna (face 1)"
    window.panes.show_face(2)
    window.playhead.go(3.0)
    assert heading.text() == "Estimated expression, Ben, too (face 2)"


def test_faces_that_are_seen_together_are_not_one_person(qtbot, folder):
    window = Reviews(DARK).show(folder)
    qtbot.addWidget(window)
    window.commands["name_faces"].trigger()
    dialog = window.findChild(FacesDialog)
    dialog.same[2].setCurrentIndex(dialog.same[2].findData(1))
    dialog.accept()
    assert dialog.isVisible()
    assert "Face 2 and face 1 are in the same frame (50 frames)" in dialog.problem.text()
    dialog.reject()
    assert not (folder / "people.json").exists()


def test_nor_are_those_that_are_merged_by_way_of_a_third_one(qtbot, tmp_path):
    folder = tmp_path / "20260101-101010_talk"
    folder.mkdir()
    rows = [
        row(reading_at(i / 10, 0.1, face_id=face, index=i))
        for i in range(40)
        for face in ([1, 3] if i < 20 else [2])
    ]
    (folder / "frames.csv").write_bytes(HEADER + "".join(rows).encode())
    (folder / "events.csv").write_text("timestamp,label\n")
    (folder / "session.json").write_text('{"format": 1, "status": "complete"}')
    (folder / "summary.png").touch()
    window = Reviews(DARK).show(folder)
    qtbot.addWidget(window)
    window.commands["name_faces"].trigger()
    dialog = window.findChild(FacesDialog)
    for face, other in ((2, 1), (3, 2)):
        dialog.same[face].setCurrentIndex(dialog.same[face].findData(other))
    dialog.accept()
    assert dialog.isVisible()
    assert "Face 3 and face 1 are in the same frame (20 frames)" in dialog.problem.text()
    dialog.reject()


def test_a_frame_that_is_shown_again_after_a_seek_is_another_one(tmp_path):
    folder = tmp_path / "20260101-101010_talk"
    folder.mkdir()
    again = [(i, face) for face in (1, 2) for i in range(20)]
    rows = [row(reading_at(i / 10, 0.1, face_id=face, index=i)) for i, face in again]
    (folder / "frames.csv").write_bytes(HEADER + "".join(rows).encode())
    (folder / "session.json").write_text('{"format": 1, "status": "complete"}')
    assert seen_together(read_session(folder), People({}, {2: 1})) == ""


def test_exports_carry_persons_and_names_beside_the_numbers(named, tmp_path):
    (out,) = export_session(named, "csv", tmp_path / "out.csv")
    with out.open(newline="") as file:
        rows = [line for line in csv.DictReader(file) if line["success"] == "1"]
    told = {(line["face_id"], line["person"], line["face_name"]) for line in rows}
    assert told == {("1", "1", "Anna"), ("2", "2", "Ben, too"), ("3", "1", "Anna")}


def test_bids_has_one_recording_a_person(named, tmp_path):
    written = export_session(named, "bids", tmp_path / "bids")
    sidecars = [p for p in written if p.name.endswith("_physio.json")]
    names = {json.loads(p.read_text())["FaceName"] for p in sidecars}
    assert names == {"Anna", "Ben, too"}


def test_a_session_of_which_nothing_was_said_is_exported_as_before(folder, tmp_path):
    (out,) = export_session(folder, "csv", tmp_path / "out.csv")
    assert "person" not in out.read_text().splitlines()[0].split(",")
    write_people(folder, People())
    assert not (folder / "people.json").exists()


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"format": 1, "names": 3, "same_person": {}}', '{"format": 9}', "\xff"],
)
def test_a_broken_file_of_people_costs_the_names_alone(folder, content):
    (folder / "people.json").write_text(content, encoding="latin-1")
    session = read_session(folder)
    assert session.people == People()
    assert session.damaged == ("people.json is broken: names of faces are left out.",)
    assert sorted(load(folder).series) == [1, 2, 3]


def test_a_circle_of_numbers_ends(folder):
    people = People({}, {1: 2, 2: 3, 3: 1})
    assert people.of(1) in (1, 2, 3)
    write_people(folder, people)
    assert read_people(folder, []) == people
