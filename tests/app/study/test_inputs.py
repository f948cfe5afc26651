"""What a study takes in, what it leaves out and says so, and what it refuses in a sentence."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from avce.app.cli import main
from avce.app.session.recording_lock import RecordingLock
from avce.app.study.events import read_events
from avce.app.study.plan import StudyPlan, Window, read_plan
from avce.app.study.preview import look_over
from avce.app.study.study import run_study
from avce.model.errors import InputError
from avce.model.session_people import People, write_people

from ..study_folders import columns, session

TIMES = np.arange(0, 10, 0.1)
ROWS = columns(TIMES, valence=0.5, arousal=-0.5)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def remarks(out: Path, kind: str) -> dict[str, str]:
    rows = table(out / "exclusions.csv")
    return {row["recording"]: row["reason"] for row in rows if row["kind"] == kind}


def test_nothing_is_overwritten_and_a_failed_study_leaves_nothing(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS, participant="P1")
    run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    with pytest.raises(InputError, match="already exists"):
        run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before
    wrong = StudyPlan(windows=(Window("w", 0, 1, ("never",)),))
    with pytest.raises(InputError, match="never"):
        run_study(tmp_path / "in", tmp_path / "other", wrong, report=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out"]


def test_a_part_of_a_file_that_was_analysed_twice_is_told(tmp_path: Path) -> None:
    film = {"file": {"name": "a.mp4", "bytes": 7, "modified_ns": 1}}
    later = columns(TIMES + 20, valence=0.5, arousal=-0.5)
    again = columns(TIMES, valence=0.4, arousal=-0.5)
    elsewhere = columns(TIMES, valence=0.2, arousal=-0.5)
    for name, rows, source in (
        ("a", ROWS, film),
        ("another part", later, film),
        ("another file", elsewhere, {"file": {**film["file"], "bytes": 8}}),
        ("b, another model", again, film),
        ("live", columns(TIMES, valence=0.3, arousal=0.1), {"file": None}),
    ):
        session(tmp_path / "in" / name, rows, participant="P1", source=source)
    run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)
    said = "It shows the same part of a.mp4 as a, and both count: exclude one."
    told = remarks(tmp_path / "out", "note")
    assert {name: words for name, words in told.items() if name} == {"b, another model": said}


def test_a_recording_that_goes_on_is_left_out(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS, participant="P1")
    session(tmp_path / "in" / "b", columns(TIMES, valence=0.1), status="recording")
    lock = RecordingLock(tmp_path / "in" / "b")
    try:
        outcome = run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)
    finally:
        lock.release()
    assert outcome.recordings == 1
    assert remarks(tmp_path / "out", "excluded")["b"] == "It is still being recorded."


def test_a_copied_folder_counts_once(tmp_path: Path) -> None:
    first = session(tmp_path / "in" / "a", ROWS, participant="P1")
    shutil.copytree(first, tmp_path / "in" / "a copy")
    outcome = run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)
    assert outcome.recordings == 1
    assert "very readings" in remarks(tmp_path / "out", "excluded")["a copy"]


def test_windows_without_an_event_are_the_reason_that_is_given(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS, participant="P1")
    plan = StudyPlan(windows=(Window("w", 0, 1),))
    with pytest.raises(InputError, match="no recording has one; without --window"):
        run_study(tmp_path / "in", tmp_path / "out", plan, report=False)


def test_a_recording_without_events_beside_others_is_left_out_by_name(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS, [(1.0, "x")], participant="P1", condition="film")
    without = columns(TIMES, valence=0.1, arousal=0.1)
    session(tmp_path / "in" / "b", without, participant="P2", condition="film")
    other = columns(TIMES, valence=0.2, arousal=0.1)
    session(tmp_path / "in" / "c", other, [(1.0, "y")], participant="P3")
    plan = StudyPlan(condition="event", windows=(Window("w", 0, 1, ("x",)),))
    run_study(tmp_path / "in", tmp_path / "out", plan, report=False)
    assert remarks(tmp_path / "out", "excluded") == {
        "b": "It gives no segment: it has no event.",
        "c": "It gives no segment: no window stands around its events.",
    }
    # What the session says of itself stays beside what its events are.
    rows = table(tmp_path / "out" / "recordings.csv")
    assert [row["condition"] for row in rows] == ["film", "film", ""]
    assert [row["condition"] for row in table(tmp_path / "out" / "segments.csv")] == ["x"]


def test_listed_events_of_nobody_are_told(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS, participant="P1")
    events = tmp_path / "events.tsv"
    events.write_text("participant\tonset\ttrial_type\nP1\t1\tx\np1\t2\tx\np1\t3\tx\n")
    plan = StudyPlan(windows=(Window("w", 0, 1),), events=events)
    outcome = run_study(tmp_path / "in", tmp_path / "out", plan, report=False)
    said = f"2 of 3 events of {events} are of no recording here, the first of participant 'p1'."
    assert outcome.remarks[0].reason == said
    assert look_over(tmp_path / "in", plan).remarks[0].reason == said
    events.write_text("participant\tonset\ttrial_type\nP2\t1\tx\n")
    with pytest.raises(InputError, match=r"1 of 1 event of .* are of no recording here"):
        run_study(tmp_path / "in", tmp_path / "other", plan, report=False)


def test_an_epoch_ends_before_the_next_event_as_its_window_does(tmp_path: Path) -> None:
    step = columns(TIMES, valence=np.where(TIMES < 2, -0.5, 0.5), arousal=0.0)
    session(tmp_path / "in" / "a", step, [(0.0, "x"), (2.0, "y")], participant="P1")
    plan = StudyPlan(windows=(Window("w", 0, 2),))
    run_study(tmp_path / "in", tmp_path / "out", plan, report=False)
    rows = parquet.read_table(tmp_path / "out" / "epochs.parquet").to_pylist()
    first = [row for row in rows if row["event"] == "x"]
    assert len(first) == 20
    assert {row["valence"] for row in first} == {-0.5}


def test_one_set_of_readings_under_two_names_is_refused(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS, participant="P1")
    session(tmp_path / "in" / "b", ROWS, participant="P2")
    with pytest.raises(InputError, match=r"a and b hold the same readings.*P1.*P2"):
        run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)


def test_what_cannot_be_read_or_is_empty_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    session(tmp_path / "in" / "good", ROWS, participant="P1")
    session(tmp_path / "in" / "newer", ROWS, participant="P2", format=99)
    session(tmp_path / "in" / "empty", columns(TIMES[:0]), participant="P3")
    blank = columns(TIMES, success=False, face_id=-1)
    session(tmp_path / "in" / "nobody", blank, participant="P4")
    session(tmp_path / "in" / "left", columns(TIMES, valence=0.1, arousal=0.1), participant="P5")
    plan = StudyPlan(exclude={"P5": "withdrew consent"})
    outcome = run_study(tmp_path / "in", tmp_path / "out", plan, report=False)
    said = remarks(tmp_path / "out", "excluded")
    assert set(said) == {"newer", "empty", "nobody", "left"}
    assert said["left"] == "withdrew consent"
    assert outcome.segments == 1


def test_a_recording_of_nobody_is_never_mixed_with_another(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS)
    session(tmp_path / "in" / "b", columns(TIMES, valence=0.1, arousal=0.0))
    run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)
    assert [row["participant"] for row in table(tmp_path / "out" / "summary.csv")] == ["a", "b"]


def test_participants_and_recordings_tables_say_who_it_is(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS, source={"name": "one.mp4"})
    session(tmp_path / "in" / "b", columns(TIMES, valence=0.1, arousal=0.0), participant="P2")
    people = "participant_id\tgroup\nsub-P1\tyoung\nsub-P2\told\nsub-P3\told\n"
    (tmp_path / "in" / "participants.tsv").write_text(people)
    (tmp_path / "in" / "recordings.tsv").write_text("source\tparticipant\none.mp4\tP1\n")
    run_study(tmp_path / "in", tmp_path / "out", StudyPlan(condition="group"), report=False)
    rows = table(tmp_path / "out" / "summary.csv")
    found = [(row["participant"], row["condition"], row["group"]) for row in rows]
    assert found == [("P1", "young", "young"), ("P2", "old", "old")]
    notes = table(tmp_path / "out" / "exclusions.csv")
    assert [row["participant"] for row in notes] == ["P3"]


def test_points_last_until_the_next_event_and_spans_as_long_as_they_say(tmp_path: Path) -> None:
    folder = session(tmp_path / "in" / "a", ROWS, [(2.0, "x"), (6.0, "y")], participant="P1")
    (folder / "rated_events.tsv").write_text("onset\tduration\ttrial_type\n3\t1.5\tz\n7\tn/a\tw\n")
    run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)
    rows = table(tmp_path / "out" / "segments.csv")
    found = {row["event"]: (float(row["start"]), float(row["end"])) for row in rows}
    assert found["x"] == (2.0, 3.0)
    assert found["z"] == (3.0, 4.5)
    assert found["y"] == (6.0, 7.0)
    assert found["w"] == (7.0, pytest.approx(10.0))


def test_a_window_beyond_the_end_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS, [(9.0, "x")], participant="P1")
    plan = StudyPlan(windows=(Window("w", 0.0, 5.0),))
    run_study(tmp_path / "in", tmp_path / "out", plan, report=False)
    (row,) = table(tmp_path / "out" / "segments.csv")
    assert float(row["share_good"]) == 1.0
    assert float(row["share_recorded"]) == pytest.approx(0.2)
    assert (row["used"], row["reason"]) == ("0", "coverage 0.200 is below 0.5")


def test_two_faces_are_kept_apart_unless_they_are_said_to_be_one(tmp_path: Path) -> None:
    n = len(TIMES)
    two = columns(
        np.repeat(TIMES, 2),
        frame=np.repeat(np.arange(n), 2),
        face_id=np.tile([0, 1], n),
        valence=np.tile([0.5, -0.5], n),
        arousal=0.0,
        width=np.tile([90.0, 60.0], n),
    )
    two["success"][1::4] = False
    session(tmp_path / "in" / "a", two, participant="P1")
    means = {}
    for faces in ("main", "all", "joined"):
        run_study(tmp_path / "in", tmp_path / faces, StudyPlan(faces=faces), report=False)
        rows = table(tmp_path / faces / "summary.csv")
        means[faces] = [float(row["valence_mean"]) for row in rows]
    assert means == {"main": [0.5], "all": [0.5, -0.5], "joined": [0.5]}
    note = remarks(tmp_path / "main", "note")["a"]
    assert note.startswith("50 readings of face 1, seen in the same frames as number 0")
    assert "joined" not in note
    # The smaller face is never taken, so nobody is mixed.
    assert "a" not in remarks(tmp_path / "joined", "note")


ELAN = """<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT><TIME_ORDER>
<TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="1500"/><TIME_SLOT TIME_SLOT_ID="b" TIME_VALUE="2750"/>
</TIME_ORDER><TIER TIER_ID="face"><ANNOTATION><ALIGNABLE_ANNOTATION TIME_SLOT_REF1="a"
TIME_SLOT_REF2="b"><ANNOTATION_VALUE>smile é</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>
</ANNOTATION></TIER></ANNOTATION_DOCUMENT>"""


def test_elan_and_tables_of_other_kinds_give_the_same_events(tmp_path: Path) -> None:
    files = {
        "a.eaf": ELAN.encode(),
        "a.csv": "onset;duration;trial_type\r\n1,5;1,25;smile é\r\n".encode("cp1252"),
        "a.tsv": "﻿onset\tduration\ttrial_type\n1.5\t1.25\tsmile é\n".encode(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        (listed,) = read_events(tmp_path / name)
        event = listed.event
        assert (event.onset, event.duration, event.label) == (1.5, 1.25, "smile é")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("e.csv", "time,label\n1,a\n", "no column 'onset'"),
        ("e.csv", "onset,duration\nsoon,1\n", "onset is 'soon'"),
        ("e.csv", "onset,duration\n1,-1\n", "duration cannot be -1"),
        ("e.csv", "", "is empty"),
        ("e.eaf", "<!DOCTYPE a [<!ENTITY b 'c'>]><ANNOTATION_DOCUMENT/>", "declares entities"),
        ("e.eaf", "<html/>", "not an ELAN file"),
    ],
)
def test_a_file_of_events_that_is_none_is_refused(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=words):
        read_events(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rate: fast", "rate must be a number"),
        ("rte: 10", "'rte' is not one of"),
        ("- a", "must contain names and values"),
        ("a: [", "line 2.*not YAML"),
        ("windows: {w: {start: 0, stop: 1}}", "window 'w' must be"),
        ("baseline: [1]", "two numbers"),
        ("use: sideways", "raw or smooth or relative"),
    ],
)
def test_a_plan_that_is_wrong_is_refused_in_a_sentence(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "study.yaml").write_text(text + "\n")
    with pytest.raises(InputError, match=words):
        read_plan(tmp_path / "study.yaml")


def test_the_command_takes_the_plan_of_the_folder_and_options_above_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session(tmp_path / "in" / "a", ROWS, [(2.0, "x")], participant="P1")
    plan = "windows: {w: {start: 0, end: 2, events: x}, all: session}\nabove: 0.3\nrate: 5\n"
    (tmp_path / "in" / "study.yaml").write_text(plan)
    arguments = ["study", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--rate", "2", "--condition", "event", "--tables-only"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("1 recording of 1 participant, 2 of 2 segments used, 0 exclusions;")
    rows = {row["window"]: row for row in table(tmp_path / "out" / "segments.csv")}
    assert rows["w"]["condition"] == "x"
    assert float(rows["w"]["valence_time_above"]) == pytest.approx(2.0)
    assert rows["all"]["condition"] == ""
    assert main([*arguments]) == 2
    assert main(["study", str(tmp_path / "nowhere"), "--out", str(tmp_path / "o")]) == 2
    errors = capsys.readouterr().err
    assert "Traceback" not in errors
    assert "There is no folder" in errors


def test_numbers_that_were_merged_are_one_face_with_the_name_it_was_given(tmp_path: Path) -> None:
    numbers = np.where(TIMES < 6, 2, 5)
    rows = columns(TIMES, valence=np.where(TIMES < 6, 0.5, 0.1), arousal=0.0, face_id=numbers)
    folder = session(tmp_path / "in" / "a", rows, participant="P1")
    run_study(tmp_path / "in", tmp_path / "apart", StudyPlan(), report=False)
    assert "merge the numbers in the review" in remarks(tmp_path / "apart", "note")["a"]
    write_people(folder, People({5: "P1's child"}, {5: 2}))
    run_study(tmp_path / "in", tmp_path / "merged", StudyPlan(), report=False)
    assert "a" not in remarks(tmp_path / "merged", "note")
    (segment,) = table(tmp_path / "merged" / "segments.csv")
    assert (segment["face_id"], segment["n"]) == ("2", "100")
    assert float(segment["valence_mean"]) == pytest.approx(0.5 * 0.6 + 0.1 * 0.4, abs=1e-6)
    (row,) = table(tmp_path / "merged" / "recordings.csv")
    assert (row["faces"], row["face_name"]) == ("1", "P1's child")
    readings = parquet.read_table(tmp_path / "merged" / "readings.parquet").to_pylist()
    assert {(row["face_id"], row["face_name"]) for row in readings} == {(2, "P1's child")}


def test_a_study_is_run_from_python_by_plain_names(tmp_path: Path) -> None:
    from avce import app

    session(tmp_path / "in" / "a", ROWS, participant="P1")
    outcome = app.run_study(str(tmp_path / "in"), str(tmp_path / "out"), report=False)
    assert outcome.recordings == 1
    assert (outcome.out / "segments.csv").is_file()
    assert app.StudyPlan is StudyPlan
