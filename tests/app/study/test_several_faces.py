"""Two people in the frame: never taken for one in a study, and told."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from avce.app.study.courses import gather
from avce.app.study.plan import StudyPlan
from avce.app.study.preview import look_over
from avce.app.study.study import run_study
from avce.model.session_people import People, write_people

from ..study_folders import columns, session

TIMES = np.arange(0, 10, 0.1)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def two_people(folder: Path, names: People | None = None) -> Path:
    """Face 0 at 0.5, and 1 at -0.5 beside it but from 4 to 6 s; then it is 2. They sway."""
    frames = [(t, i, face) for i, t in enumerate(TIMES) for face in _there(t)]
    times, index, faces = (np.array(part) for part in zip(*frames, strict=True))
    width = np.where(faces == 0, 70 + 10 * np.sin(times), 70 - 10 * np.sin(times))
    rows = columns(
        times,
        frame=index,
        face_id=faces,
        valence=np.where(faces == 0, 0.5, -0.5),
        arousal=0.1 * len(folder.name) + 0.1 * (folder.name == "b"),
        width=width,
    )
    made = session(folder, rows, [(0.0, "one"), (6.0, "two")], participant=folder.name)
    if names is not None:
        write_people(made, names)
    return made


def _there(t: float) -> list[int]:
    return [0] if 4 <= t < 6 else [0, 1 if t < 4 else 2]


def test_two_people_in_the_frame_are_told_and_never_taken_for_one(tmp_path: Path) -> None:
    two_people(tmp_path / "in" / "a", People({0: "Anna", 1: "Ben"}, {2: 1}))
    two_people(tmp_path / "in" / "b", People({1: "Ben", 2: "Ben"}))
    told = {}
    for faces in ("main", "joined", "all"):
        plan = StudyPlan(faces=faces, condition="event")
        outcome = run_study(tmp_path / "in", tmp_path / faces, plan, report=faces == "all")
        assert (outcome.recordings, outcome.participants) == (2, 2)
        rows = table(tmp_path / faces / "exclusions.csv")
        told[faces] = [row["reason"] for row in rows if row["recording"]]
        seen = look_over(tmp_path / "in", plan).remarks
        assert [remark.reason for remark in seen] == told[faces]
    left_out = "seen in the same frames as number 0"
    same = "Faces 1 and 2 are called 'Ben' and count as 2 people"
    assert told["main"][0].startswith(f"80 readings of face 1 (Ben), {left_out} (Anna) and so")
    assert told["main"][1].startswith(f"80 readings of faces 1 (Ben) and 2 (Ben), {left_out} and")
    assert same in told["main"][2]
    assert len(told["joined"]) == 2
    assert all("different people, and joined mixes their readings" in w for w in told["joined"])
    assert told["all"] == [told["main"][2]]
    # Each face by itself, under the name that it was given: none has the other's value.
    rows = table(tmp_path / "all" / "summary.csv")
    means = {
        (row["recording"], row["face_name"] or row["face_id"], row["valence_mean"])
        for row in rows
        if row["segments_used"] != "0"
    }
    assert means == {
        *(("a", "Anna", "0.5"), ("a", "Ben", "-0.5")),
        *(("b", "0", "0.5"), ("b", "Ben", "-0.5")),
    }
    assert {row["face_name"] for row in table(tmp_path / "main" / "summary.csv")} == {""}
    segments = table(tmp_path / "all" / "segments.csv")
    assert {row["face_name"] for row in segments} == {"Anna", "Ben", ""}
    page = (tmp_path / "all" / "report.html").read_text(encoding="utf-8")
    assert "<h1>Study of 2 recordings</h1>" in page
    assert "2 participants, 0.3 minutes" in page
    assert "<td>Anna</td>" in page
    assert "thin lines single faces." in page
    assert "95 %" not in page
    # Nor does a figure draw the mean of two faces of a recording.
    for apart, count in ((True, 5), (False, 2)):
        by = gather(tmp_path / "all" / "epochs.parquet", rows_used(segments), 10.0, apart=apart)
        assert len(by["event"].participants) == count


def rows_used(segments: list[dict[str, str]]) -> list[dict[str, object]]:
    numbers = ("onset", "start", "end")
    return [
        {"window": row["window"], "used": row["used"] == "1", **{n: float(row[n]) for n in numbers}}
        for row in segments
    ]
